package domain

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// watch learns of changes in a domain: from the system for as many directories
// as it may, by comparing times for the rest.
type watch struct {
	d *Domain

	mu      sync.RWMutex
	dirs    map[Path]struct{} // told by the system
	pending map[Path]bool     // changed; true: came, went or was replaced
	subs    map[int]func(Path)
	subID   int

	polled map[Path]snapshot // only the loop uses it
	moved  bool              // a watched directory went: see heal
	warned bool
	wake   chan struct{}
}

const (
	// settleTime gathers what belongs together: a save is several events.
	settleTime = 5 * time.Millisecond

	// maxPending is when looking at everything is cheaper.
	maxPending = 8192
)

func newWatch(d *Domain) *watch {
	w := &watch{
		d: d, wake: make(chan struct{}, 1),
		dirs: map[Path]struct{}{}, polled: map[Path]snapshot{},
		pending: map[Path]bool{}, subs: map[int]func(Path){},
	}
	d.root.notify.join(w)
	w.addTree("", nil)
	go w.loop()
	return w
}

func (w *watch) close() { w.d.root.notify.leave(w) }

func (w *watch) covers(dir Path) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	_, ok := w.dirs[dir]
	return ok
}

func (w *watch) subscribe(f func(Path)) (stop func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.subID++
	id := w.subID
	w.subs[id] = f
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.subs, id)
	}
}

// note takes a change from the system or an own write. Caches forget it here and
// now; the rest is the loop's.
func (w *watch) note(p Path, whole bool) {
	w.d.forget(p, whole)
	w.mu.Lock()
	w.pending[p] = w.pending[p] || whole
	if len(w.pending) > maxPending {
		w.pending = map[Path]bool{"": true}
	}
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// lost is called when the system dropped events: anything may have changed.
func (w *watch) lost() { w.note("", true) }

func (w *watch) loop() {
	every := w.d.root.opt.Poll
	poll := time.NewTimer(every)
	defer poll.Stop()
	for {
		select {
		case <-w.d.quit:
			return
		case <-w.wake:
			time.Sleep(settleTime)
			w.flush()
		case <-poll.C:
			start := time.Now()
			w.poll()
			poll.Reset(max(every, 20*time.Since(start)))
		}
	}
}

// flush looks at what changed and tells it.
func (w *watch) flush() {
	w.mu.Lock()
	batch := w.pending
	w.pending = map[Path]bool{}
	w.mu.Unlock()
	paths := slices.Sorted(maps.Keys(batch))
	for _, p := range paths { // all old watches go before any new comes: see heal
		if batch[p] {
			w.dropTree(p)
		}
	}
	var told []Path
	for _, p := range paths {
		told = append(told, w.settle(p, batch[p])...)
	}
	w.heal()
	slices.Sort(told)
	w.tell(slices.Compact(told))
}

// settle brings everything up to date with p and gives the paths to tell.
func (w *watch) settle(p Path, whole bool) []Path {
	if p == "" && whole {
		w.addTree("", nil)
		w.d.ids.reset()
		w.d.forget("", true)
		w.d.conf.refresh()
		return []Path{""}
	}
	if w.d.engines(p) {
		return nil
	}
	told := []Path{p}
	if owner, _, ok := metaOwner(p); ok {
		told[0] = owner
	} else if whole {
		p, told = w.settleTree(p, told)
	}
	w.d.learn(p, whole)
	return told
}

// settleTree watches a directory that came. It gives the path to learn anew.
func (w *watch) settleTree(p Path, told []Path) (Path, []Path) {
	if p.Base() == thingJSON { // it makes its folders an engine's, or no longer
		p = p.Dir()
		told = append(told, p)
		w.dropTree(p)
	}
	if fi, err := w.d.files.Lstat(p.rel()); err == nil && fi.IsDir() {
		told = w.addTree(p, told)
		w.d.forget(p, true) // what was looked at by way of the old watch
	}
	return p, told
}

func (w *watch) tell(paths []Path) {
	w.mu.RLock()
	subs := slices.Collect(maps.Values(w.subs))
	w.mu.RUnlock()
	for _, p := range paths {
		for _, f := range subs {
			if w.d.isClosing() {
				return
			}
			f(p)
		}
	}
}
