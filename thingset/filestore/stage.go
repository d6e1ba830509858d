package filestore

import (
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// write is a write that has passed its checks.
type write struct {
	t     *set
	id    string
	body  []byte // nil deletes
	fresh bool   // no record of that id was there
	keys  rows.Keys
	rev   thingset.Rev
	place rows.Place // the body in the journal
	own   rows.Stamp // of the file that shows it already
	anew  bool       // that file is to be written anew
}

// unique is the text of unique key k that the record claims.
func (w *write) unique(k int) (text []byte, ok bool) {
	if w.body == nil {
		return nil, false
	}
	return w.keys.Unique(k)
}

// stage is a group of batches before it is durable: what memory will be.
// Batches that come alone need no more than the rows; in a group, what the
// batches before will do is laid over them.
type stage struct {
	r      *room
	now    int64
	rev    thingset.Rev
	writes []write

	group  bool
	recs   map[spot]int  // the last write of a record
	claims map[claim]int // the write that will hold a unique value; free: nobody
}

// spot names a record, claim a unique value.
type (
	spot struct {
		t  *set
		id string
	}
	claim struct {
		t    *set
		key  int
		text string
	}
)

// free in stage.claims says that the holder will have given a value up.
const free = -1

func (r *room) newStage(group bool) *stage {
	st := &stage{r: r, now: r.clock.now(), group: group}
	r.mu.RLock()
	st.rev = r.rev
	r.mu.RUnlock()
	if group {
		st.recs, st.claims = map[spot]int{}, map[claim]int{}
	}
	return st
}

// add holds a batch's conditions against what will be there, drops the deletes
// of what is not, and gives the rest its revision.
func (st *stage) add(c *commit) (thingset.Rev, error) {
	st.r.mu.RLock()
	defer st.r.mu.RUnlock()
	if err := st.checkForm(c); err != nil {
		return 0, err
	}
	from := len(st.writes)
	for i, w := range c.batch {
		t := st.r.sets[w.Set]
		there := st.find(t, w.ID)
		if err := there.condition(w); err != nil {
			st.writes = st.writes[:from]
			return 0, err
		}
		if w.Body != nil || there.any {
			p := c.of(i, t)
			place := rows.Place{Size: uint32(len(w.Body)), Sum: p.sum}
			st.writes = append(st.writes, write{t: t, id: w.ID, body: w.Body, fresh: !there.any, keys: p.keys, rev: st.rev + 1, place: place, own: c.own, anew: c.anew})
		}
	}
	if len(st.writes) == from {
		return st.rev, nil
	}
	if err := st.checkUnique(from); err != nil {
		st.writes = st.writes[:from]
		return 0, err
	}
	st.rev++
	if st.group {
		st.lay(from)
	}
	return st.rev, nil
}

// itemSize is what a write takes in the journal at most, besides names and body.
const itemSize = 32

// checkForm refuses a batch that no state of the store could take.
func (st *stage) checkForm(c *commit) error {
	var seen map[spot]bool
	if len(c.batch) > 1 {
		seen = make(map[spot]bool, len(c.batch))
	}
	size := 0
	for i, w := range c.batch {
		if size += len(w.Set) + len(w.ID) + len(w.Body) + itemSize; size > st.r.s.longest {
			return domain.E("e.thing.large", domain.Textf("一次提交最多 %d 字节", "a commit has at most %d bytes", st.r.s.longest))
		}
		t := st.r.sets[w.Set]
		if t == nil || !t.served && !c.inner {
			return thingset.NoSet(w.Set)
		}
		if err := thingset.CheckID(w.ID); err != nil {
			return err
		}
		if at := (spot{t, w.ID}); seen[at] {
			return domain.E("e.thing.id", domain.Textf("%v 在一批中出现两次", "%v stands twice in one batch", w.ID))
		} else if seen != nil {
			seen[at] = true
		}
		if p := c.of(i, t); p.err != nil {
			return p.err
		}
	}
	return nil
}

// there is the record that is or will be at a spot.
type there struct {
	any  bool // one is, expired or not
	live bool
	rev  thingset.Rev
}

func (st *stage) find(t *set, id string) there {
	if i, ok := st.recs[spot{t, id}]; ok {
		w := &st.writes[i]
		if w.body == nil {
			return there{}
		}
		return there{true, !st.dead(w.keys.Expi()), w.rev}
	}
	row := t.rows.Find(id)
	if row == 0 {
		return there{}
	}
	return there{true, !st.dead(t.rows.Expi(row)), t.rows.Rev(row)}
}

func (st *stage) dead(expi int64) bool { return expi > 0 && expi <= st.now }

// condition holds a write's condition against the record that is there.
func (h there) condition(w thingset.Write) error {
	switch {
	case w.If == 0:
		return nil
	case w.If == thingset.Absent && !h.live:
		return nil
	case h.live && h.rev == w.If:
		return nil
	}
	return domain.E("e.thing.rev", w.ID)
}

// checkUnique holds the unique keys of a batch's writes against what is there after the batch: its own records give up what they held.
func (st *stage) checkUnique(from int) error {
	batch := st.writes[from:]
	var mine map[spot]bool
	var taken map[claim]bool
	if len(batch) > 1 {
		mine, taken = make(map[spot]bool, len(batch)), map[claim]bool{}
		for i := range batch {
			mine[spot{batch[i].t, batch[i].id}] = true
		}
	}
	for i := range batch {
		w := &batch[i]
		if w.body == nil {
			continue
		}
		for k, names := range w.t.def.Unique {
			text, ok := w.keys.Unique(k)
			if !ok {
				continue
			}
			c := claim{w.t, k, string(text)}
			holder, held := st.holder(c)
			if taken[c] || held && holder != w.id && !mine[spot{w.t, holder}] {
				return thingset.Duplicated(names)
			}
			if taken != nil {
				taken[c] = true
			}
		}
	}
	return nil
}

// holder is the id of the live record that holds or will hold a unique value.
func (st *stage) holder(c claim) (id string, ok bool) {
	if i, ok := st.claims[c]; ok {
		if i == free || st.dead(st.writes[i].keys.Expi()) {
			return "", false
		}
		return st.writes[i].id, true
	}
	row := c.t.rows.Holder(c.key, c.text)
	if row == 0 || st.dead(c.t.rows.Expi(row)) {
		return "", false
	}
	return string(c.t.rows.ID(row)), true
}

// lay lays the writes from one on over what is there.
func (st *stage) lay(from int) {
	for i := from; i < len(st.writes); i++ {
		w := &st.writes[i]
		if old := st.keys(w.t, w.id); old != nil {
			st.giveUp(w, old)
		}
	}
	for i := from; i < len(st.writes); i++ {
		w := &st.writes[i]
		st.recs[spot{w.t, w.id}] = i
		for k := range w.t.def.Unique {
			if text, ok := w.unique(k); ok {
				st.claims[claim{w.t, k, string(text)}] = i
			}
		}
	}
}

// keys are those of the record that is or will be there.
func (st *stage) keys(t *set, id string) rows.Keys {
	if i, ok := st.recs[spot{t, id}]; ok {
		return st.writes[i].keys
	}
	if row := t.rows.Find(id); row != 0 {
		return t.rows.Keys(row)
	}
	return nil
}

// giveUp frees the unique values that a record held before a write.
func (st *stage) giveUp(w *write, old rows.Keys) {
	for k := range w.t.def.Unique {
		text, ok := old.Unique(k)
		if !ok {
			continue
		}
		c := claim{w.t, k, string(text)}
		if holder, held := st.holder(c); !held || holder == w.id {
			st.claims[c] = free
		}
	}
}
