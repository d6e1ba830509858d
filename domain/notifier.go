package domain

import (
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/fsnotify/fsnotify"
)

// notifier is the root's one line to the system's file events, shared by all
// domains: a system hands out few such lines (128 to a user on Linux) but many
// watches.
type notifier struct {
	root *Root

	mu      sync.RWMutex
	events  *fsnotify.Watcher
	watches map[string]*watch // by domain
	done    chan struct{}
	err     error // there is none to be had
}

// join has a watch told of its domain's events.
func (n *notifier) join(w *watch) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.watches == nil {
		n.watches, n.done = map[string]*watch{}, make(chan struct{})
		if n.events, n.err = fsnotify.NewBufferedWatcher(1024); n.err == nil {
			go n.loop(n.events)
		}
	}
	n.watches[w.d.name] = w
}

// leave takes a domain's watches back.
func (n *notifier) leave(w *watch) {
	n.mu.Lock()
	if n.watches[w.d.name] == w {
		delete(n.watches, w.d.name)
	}
	n.mu.Unlock()
	for _, p := range w.uncover("") {
		n.remove(w, p)
	}
}

func (n *notifier) add(w *watch, p Path) error {
	n.mu.RLock()
	events, err := n.events, n.err
	n.mu.RUnlock()
	if err != nil {
		return err
	}
	if p.Base() == "..." { // fsnotify takes that for "and all below"
		return fs.ErrNotExist
	}
	// fsnotify v1.10.1 loses count, and panics later, when a path is added
	// again after its folder was replaced: so it goes first. What the
	// system has to tell of p now is lost; the caller reads p afterwards.
	_ = events.Remove(n.file(w, p))
	return events.Add(n.file(w, p))
}

// lost are the directories among dirs that the system does not watch after all.
func (n *notifier) lost(w *watch, dirs []Path) []Path {
	n.mu.RLock()
	events := n.events
	n.mu.RUnlock()
	if events == nil {
		return nil
	}
	known := map[string]bool{}
	for _, file := range events.WatchList() {
		known[file] = true
	}
	return slices.DeleteFunc(dirs, func(p Path) bool { return known[n.file(w, p)] })
}

func (n *notifier) remove(w *watch, p Path) {
	n.mu.RLock()
	events := n.events
	n.mu.RUnlock()
	if events != nil {
		_ = events.Remove(n.file(w, p)) // it may be gone with its directory
	}
}

func (n *notifier) file(w *watch, p Path) string {
	return filepath.Join(w.d.Dir(), filepath.FromSlash(string(p)))
}

func (n *notifier) loop(events *fsnotify.Watcher) {
	defer close(n.done)
	for {
		select {
		case ev, ok := <-events.Events:
			if !ok {
				return
			}
			n.dispatch(ev)
		case err, ok := <-events.Errors:
			if !ok {
				return
			}
			n.fault(err)
		}
	}
}

// dispatch hands an event to its domain.
func (n *notifier) dispatch(ev fsnotify.Event) {
	rel, ok := strings.CutPrefix(ev.Name, n.root.dir+string(filepath.Separator))
	if !ok {
		return
	}
	name, path, _ := strings.Cut(filepath.ToSlash(rel), "/")
	if strings.Contains("/"+path, "/"+tempPrefix) {
		return
	}
	n.mu.RLock()
	w := n.watches[name]
	n.mu.RUnlock()
	if w != nil {
		w.note(Path(path), ev.Op.Has(fsnotify.Create|fsnotify.Remove|fsnotify.Rename))
	}
}

// fault is an error of the line itself. After an overflow everybody looks at
// everything.
func (n *notifier) fault(err error) {
	if !errors.Is(err, fsnotify.ErrEventOverflow) {
		n.root.opt.Log.Warn("file events", "err", err)
		return
	}
	n.mu.RLock()
	all := slices.Collect(maps.Values(n.watches))
	n.mu.RUnlock()
	for _, w := range all {
		w.lost()
	}
}

func (n *notifier) close() {
	n.mu.Lock()
	events := n.events
	n.mu.Unlock()
	if events != nil {
		events.Close()
		<-n.done
	}
}
