package memstore

import (
	"time"

	"github.com/caryahq/carya/thingset"
	"github.com/tidwall/btree"
)

// room is one domain. Its store's lock guards it.
type room struct {
	store *Store
	sets  map[string]*set
	rev   thingset.Rev

	feed    []thingset.Change
	first   thingset.Rev  // the feed holds everything from here on
	changed chan struct{} // closed by the next commit
	closed  chan struct{} // closed by CloseDomain

	due   *btree.BTreeG[due] // what expires, the next first
	clock int64              // the latest time seen: a jump back revives nothing
	timer *time.Timer
}

// due is when a record expires.
type due struct {
	at      int64
	set, id string
}

func (a due) less(b due) bool {
	switch {
	case a.at != b.at:
		return a.at < b.at
	case a.set != b.set:
		return a.set < b.set
	}
	return a.id < b.id
}

func newRoom(s *Store) *room {
	r := &room{store: s, sets: map[string]*set{}, first: 1}
	r.due = btree.NewBTreeGOptions(due.less, btree.Options{NoLocks: true})
	r.changed, r.closed = make(chan struct{}), make(chan struct{})
	return r
}

func (r *room) defined(name string) *set {
	if t := r.sets[name]; t != nil && t.defined {
		return t
	}
	return nil
}

func (r *room) forget() {
	for _, t := range r.sets {
		t.defined = false
	}
	r.close()
}

func (r *room) close() {
	close(r.closed)
	r.closed = make(chan struct{})
	if r.timer != nil {
		r.timer.Stop()
	}
}

// now is the time in Unix ms; it never goes back.
func (r *room) now() int64 {
	r.clock = max(r.clock, time.Now().UnixMilli())
	return r.clock
}

// expire removes what is due, as a commit.
func (r *room) expire() {
	now := r.now()
	var batch []write
	r.due.Scan(func(d due) bool {
		if d.at > now {
			return false
		}
		batch = append(batch, write{Write: thingset.Write{Set: d.set, ID: d.id}, set: r.sets[d.set]})
		return true
	})
	r.apply(batch)
	r.schedule(now)
}

// schedule wakes the room when the next record is due.
func (r *room) schedule(now int64) {
	next, ok := r.due.Min()
	if r.timer != nil {
		r.timer.Stop()
	}
	if !ok {
		return
	}
	r.timer = time.AfterFunc(time.Duration(min(next.at-now, 1<<31))*time.Millisecond, func() {
		r.store.mu.Lock()
		defer r.store.mu.Unlock()
		if !r.store.closed {
			r.expire()
		}
	})
}
