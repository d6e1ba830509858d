package filestore

import (
	"context"
	"sync"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
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
	own   rows.Stamp // of the file from which the only write comes, when a person wrote it
	anew  bool       // that file is to be written anew
	inner bool       // the engine's own: sets that are not served yet count too
	ready []prepared // the batch's writes
	one   [1]prepared

	rev  thingset.Rev
	err  error
	turn chan bool // true: lead the next group; false: done
}

// maxGroup bounds the bodies of one group, in bytes, a single big batch aside.
const maxGroup = 8 << 20

// longest bounds one commit, in bytes: with what else its group has the journal reads it
// again (frame.MaxPayload).
const longest = 512 << 20

// Commit implements thingset.Store.
func (s *Store) Commit(ctx context.Context, dom string, batch []thingset.Write) (thingset.Rev, error) {
	if ctx.Err() != nil {
		return 0, thingset.Canceled(ctx)
	}
	for {
		r, err := s.room(dom)
		if err != nil {
			return 0, err
		}
		rev := thingset.Rev(0)
		if err = r.servingAll(batch); err == nil {
			rev, err = r.commit(&commit{batch: batch})
		}
		if !r.left(err) {
			return rev, err
		}
	}
}

func (r *room) commit(c *commit) (thingset.Rev, error) {
	r.prepare(c)
	c.turn = make(chan bool, 1)
	q := &r.queue
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return 0, domain.E("e.store.closed")
	}
	q.waiting = append(q.waiting, c)
	lead := !q.leading
	q.leading = true
	q.mu.Unlock()
	if lead || <-c.turn {
		q.lead()
		<-c.turn // false, from ourselves
	}
	return c.rev, c.err
}

// lead commits one group and hands the lead to one of those who came meanwhile.
func (q *queue) lead() {
	q.mu.Lock()
	group := q.take()
	q.mu.Unlock()
	q.r.commitGroup(group)
	for _, c := range group {
		c.turn <- false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) > 0 {
		q.waiting[0].turn <- true
		return
	}
	q.leading = false
	if q.closed {
		q.idle.Broadcast()
	}
}

// take takes the next group out: whoever leads is in it.
func (q *queue) take() []*commit {
	n, size := 0, 0
	for n < len(q.waiting) && (n == 0 || size < maxGroup) {
		for _, w := range q.waiting[n].batch {
			size += len(w.Body)
		}
		n++
	}
	group := q.waiting[:n:n]
	if q.waiting = q.waiting[n:]; len(q.waiting) == 0 {
		q.waiting = nil
	}
	return group
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
	r.commits.Lock()
	defer r.commits.Unlock()
	st := r.newStage(len(group) > 1)
	for _, c := range group {
		c.rev, c.err = st.add(c)
	}
	err := r.durable(st)
	if err == nil {
		return
	}
	r.refused()
	for _, c := range group {
		if c.err == nil {
			c.rev, c.err = 0, err
		}
	}
}

// refused looks for what can be done when the journal has refused a group.
func (r *room) refused() {
	switch {
	case r.disk.Mended():
		go r.close() // the next one opens it for writing
	case r.journal.Lost():
		r.worker.wake(0)
	}
}

// durable writes a stage and shows it. One without a write, that deletes what is
// not there, still must not be answered while something that was refused may come
// back.
func (r *room) durable(st *stage) error {
	if len(st.writes) == 0 {
		return r.journal.Settled()
	}
	seg, err := r.write(st)
	r.health.journal.note(err)
	if err != nil {
		return err
	}
	return r.show(st, seg)
}

// write makes a stage durable and tells its writes where their bodies lie.
func (r *room) write(st *stage) (seg *journal.Segment, err error) {
	err = r.journal.Append(func(s *journal.Segment, g *journal.Group) {
		seg = s
		rev := thingset.Rev(0)
		for i := range st.writes {
			w := &st.writes[i]
			if w.rev != rev {
				g.Commit(w.rev)
				rev = w.rev
			}
			if !g.Knows(w.t.name, w.t.code) {
				g.Define(w.t.name, w.t.code)
			}
			if w.body == nil {
				g.Delete(w.t.name, w.id)
				continue
			}
			w.place.Offset = g.Put(w.t.name, w.id, w.body, w.fresh)
		}
	})
	return seg, err
}

// show changes memory, so that readers see every batch whole, and tells those
// who watch.
func (r *room) show(st *stage, seg *journal.Segment) error {
	changes := make([]thingset.Change, len(st.writes))
	r.mu.Lock()
	if err := r.tag(seg); err != nil {
		r.mu.Unlock()
		return err
	}
	r.sweep()
	for from := 0; from < len(st.writes); {
		to := from
		for to < len(st.writes) && st.writes[to].rev == st.writes[from].rev {
			to++
		}
		r.apply(st.writes[from:to], seg.Tag, changes[from:to])
		from = to
	}
	r.rev = st.rev
	r.mu.Unlock()
	r.feed.publish(changes, st.rev)
	r.worker.wake(r.s.o.Settle)
	return nil
}

// tag makes a segment one of the files that rows name.
func (r *room) tag(seg *journal.Segment) (err error) {
	if seg.Tag == 0 {
		seg.Tag, err = r.files.add(seg.File, nil)
	}
	return err
}

// apply changes memory by the writes of one commit.
func (r *room) apply(writes []write, tag uint16, changes []thingset.Change) {
	for i, w := range writes {
		changes[i] = thingset.Change{Rev: w.rev, Set: w.t.name, ID: w.id, Body: w.body, New: w.fresh}
		old := w.t.rows.Find(w.id)
		if old == 0 {
			continue
		}
		if b := w.t.rows.Body(old); b != nil {
			changes[i].Old = b.Data
		}
		if len(writes) > 1 { // they may swap unique values
			w.t.rows.Unclaim(old)
		}
	}
	for _, w := range writes {
		w.place.File = tag
		if w.body == nil {
			r.drop(w.t, w.id, w.rev)
		} else {
			r.put(w)
		}
	}
}

// put takes a new version of a record in.
func (r *room) put(w write) {
	t := w.t
	old := t.rows.Find(w.id)
	row := t.rows.Add(w.keys, w.rev, w.place, old)
	if old != 0 {
		if w.own == (rows.Stamp{}) && t.runsAhead(old, row) {
			t.setAhead(row)
		}
		r.outdate(t, old)
		r.retire(t.rows, old)
	} else if d, ok := t.gone[w.id]; ok {
		t.rows.SetStamp(row, d.stamp)
		t.setAhead(row)
		delete(t.gone, w.id)
	}
	t.dirty[row] = struct{}{}
	if w.own != (rows.Stamp{}) {
		t.rows.SetStamp(row, w.own)
		if !w.anew {
			t.setCurrent(row)
		}
	}
	if w.body != nil {
		t.rows.SetBody(row, w.id, w.body)
	}
}

func (t *set) setCurrent(row rows.Row) {
	if t.current == nil {
		t.current = map[rows.Row]struct{}{}
	}
	t.current[row] = struct{}{}
}

// runsAhead reports whether a record that takes an old one's place has been changed,
// as lm tells, since what its own file shows. What has no lm has been.
func (t *set) runsAhead(old, row rows.Row) bool {
	if t.rows.Stamp(row) == (rows.Stamp{}) {
		return false
	}
	_, already := t.ahead[old]
	return already || !t.rows.Shape().SameTime(t.rows.Keys(old), t.rows.Keys(row))
}

func (t *set) setAhead(row rows.Row) {
	if t.ahead == nil {
		t.ahead = map[rows.Row]struct{}{}
	}
	t.ahead[row] = struct{}{}
}

// drop takes a record out.
func (r *room) drop(t *set, id string, rev thingset.Rev) {
	row := t.rows.Find(id)
	if row == 0 {
		return
	}
	t.gone[id] = departure{rev, t.rows.Stamp(row)}
	r.outdate(t, row)
	t.rows.Drop(row)
	r.retire(t.rows, row)
}

// outdate notes that a row counts no more.
func (r *room) outdate(t *set, row rows.Row) {
	delete(t.dirty, row)
	delete(t.current, row)
	delete(t.ahead, row)
	r.count(t, row, -1)
}

// count moves what a row takes in its pack to the living (1) or the dead (-1).
func (r *room) count(t *set, row rows.Row, sign int64) {
	p := t.rows.Place(row)
	if f := r.files.list[p.File]; f.pack != nil {
		f.pack.Live += sign * pack.Cost(p, t.rows.Keys(row))
	}
}
