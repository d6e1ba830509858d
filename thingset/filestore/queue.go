package filestore

import (
	"context"
	"sync"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// queue forms groups of those who commit at once: the first leads, the others
// wait, and one fsync serves all.
type queue struct {
	r *room

	mu      sync.Mutex
	waiting []*commit
	leading bool
	closed  bool
	idle    sync.Cond
}

// commit is one batch on its way.
type commit struct {
	batch []thingset.Write
	rev   thingset.Rev
	err   error
	done  chan struct{}
}

// Commit implements thingset.Store.
func (s *Store) Commit(ctx context.Context, dom string, batch []thingset.Write) (thingset.Rev, error) {
	if ctx.Err() != nil {
		return 0, thingset.Canceled(ctx)
	}
	r, err := s.room(dom)
	if err != nil {
		return 0, err
	}
	return r.commit(batch)
}

func (r *room) commit(batch []thingset.Write) (thingset.Rev, error) {
	c := &commit{batch: batch, done: make(chan struct{})}
	if err := r.queue.join(c); err != nil {
		return 0, err
	}
	<-c.done
	return c.rev, c.err
}

// join puts a commit into the next group and leads it when nobody does.
func (q *queue) join(c *commit) error {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return domain.E("e.store.closed")
	}
	q.waiting = append(q.waiting, c)
	lead := !q.leading
	q.leading = true
	q.mu.Unlock()
	if lead {
		q.lead()
	}
	return nil
}

// lead commits groups until nobody waits.
func (q *queue) lead() {
	for {
		q.mu.Lock()
		group := q.waiting
		q.waiting = nil
		if len(group) == 0 {
			q.leading = false
			if q.idle.L != nil {
				q.idle.Broadcast()
			}
			q.mu.Unlock()
			return
		}
		q.mu.Unlock()
		q.r.commitGroup(group)
		for _, c := range group {
			close(c.done)
		}
	}
}

// shut refuses further commits and waits for those under way.
func (q *queue) shut() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.idle.L = &q.mu
	for q.leading {
		q.idle.Wait()
	}
}

// commitGroup checks the group's batches in turn, makes the good ones durable
// with one fsync, and shows them.
func (r *room) commitGroup(group []*commit) {
	st := newStaged(r)
	var frames []byte
	for _, c := range group {
		writes, err := st.check(c.batch)
		if err != nil {
			c.err = err
			continue
		}
		if len(writes) == 0 {
			c.rev = st.rev
			continue
		}
		c.rev = st.stage(writes)
		frames = appendFrame(frames, c.rev, writes)
	}
	if len(frames) == 0 {
		return
	}
	r.cutting.RLock()
	defer r.cutting.RUnlock()
	if err := r.journal.append(frames); err != nil {
		for _, c := range group {
			if c.err == nil {
				c.rev, c.err = 0, err
			}
		}
		return
	}
	r.show(st)
}

// show changes memory, so that readers see every batch whole, and tells those
// who watch.
func (r *room) show(st *staged) {
	changes := make([]thingset.Change, 0, 16)
	r.mu.Lock()
	for _, b := range st.batches {
		for _, w := range b.writes {
			changes = append(changes, r.apply(w, b.rev))
		}
	}
	r.rev = st.rev
	r.mu.Unlock()
	for _, b := range st.batches {
		for _, w := range b.writes {
			r.settling.add(w, b.rev)
		}
	}
	r.feed.publish(changes, st.rev)
	r.settling.wake()
}

// apply changes one record in memory.
func (r *room) apply(w write, rev thingset.Rev) thingset.Change {
	change := thingset.Change{Rev: rev, Set: w.set, ID: w.id, Body: w.body}
	t := r.sets[w.set]
	if old := t.recs[w.id]; old != nil {
		change.Old = old.body
	}
	if w.body == nil {
		t.drop(w.id)
	} else {
		t.put(newRec(w.id, rev, w.body))
	}
	return change
}
