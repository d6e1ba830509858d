package filestore

import (
	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// write is a write that has passed its checks.
type write struct {
	set   string
	id    string
	body  []byte // nil deletes
	plain bool   // how the set lies on disk
}

// batch is the writes of one commit.
type batch struct {
	rev    thingset.Rev
	writes []write
}

// staged is a group of batches before it is durable: what memory will be.
type staged struct {
	r       *room
	now     int64
	rev     thingset.Rev
	batches []batch
	recs    map[place]*rec // nil: will be gone
	unique  map[claim]*rec // nil: will be free
}

// place names a record; claim a value of a unique key.
type place struct{ set, id string }
type claim struct {
	set    string
	key    int
	joined string
}

func newStaged(r *room) *staged {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return &staged{r: r, now: r.now(), rev: r.rev, recs: map[place]*rec{}, unique: map[claim]*rec{}}
}

// check holds a batch's conditions against what will be there, and drops the
// deletes of what is not.
func (st *staged) check(list []thingset.Write) ([]write, error) {
	st.r.mu.RLock()
	defer st.r.mu.RUnlock()
	if err := st.checkForm(list); err != nil {
		return nil, err
	}
	writes := make([]write, 0, len(list))
	for _, w := range list {
		t := st.r.sets[w.Set]
		there := st.rec(t, w.ID)
		if err := condition(w, there); err != nil {
			return nil, err
		}
		if w.Body != nil || st.any(t, w.ID) {
			writes = append(writes, write{w.Set, w.ID, w.Body, t.def.Plain})
		}
	}
	return writes, st.checkUnique(writes)
}

// checkForm refuses a batch that no state of the store could take.
func (st *staged) checkForm(list []thingset.Write) error {
	seen := make(map[place]bool, len(list))
	for _, w := range list {
		if st.r.sets[w.Set] == nil {
			return thingset.NoSet(w.Set)
		}
		at := place{w.Set, w.ID}
		if err := checkWrite(w, seen[at]); err != nil {
			return err
		}
		seen[at] = true
	}
	return nil
}

func checkWrite(w thingset.Write, twice bool) error {
	if err := thingset.CheckID(w.ID); err != nil {
		return err
	}
	if twice {
		return domain.E("e.thing.id", w.ID, "stands twice in one batch")
	}
	if w.Body != nil && (!gjson.ValidBytes(w.Body) || gjson.GetBytes(w.Body, "id").String() != w.ID) {
		return domain.E("e.json", "a record is a JSON object that holds its id:", w.ID)
	}
	return nil
}

// condition holds a write's condition against the record that is there.
func condition(w thingset.Write, there *rec) error {
	switch {
	case w.If == 0:
		return nil
	case w.If == thingset.Absent && there == nil:
		return nil
	case there != nil && there.rev == w.If:
		return nil
	}
	return domain.E("e.thing.rev", w.ID)
}

// any is whether a record of that id is or will be there, expired or not.
func (st *staged) any(t *set, id string) bool {
	if c, ok := st.recs[place{t.name, id}]; ok {
		return c != nil
	}
	return t.recs[id] != nil
}

// rec is the live record that is or will be there.
func (st *staged) rec(t *set, id string) *rec {
	c, ok := st.recs[place{t.name, id}]
	if !ok {
		c = t.recs[id]
	}
	if c == nil || c.dead(st.now) {
		return nil
	}
	return c
}

// checkUnique holds the unique keys against what is there after the batch: its
// own records give up what they held before.
func (st *staged) checkUnique(writes []write) error {
	mine := make(map[place]bool, len(writes))
	for _, w := range writes {
		mine[place{w.set, w.id}] = true
	}
	taken := map[claim]bool{}
	for _, w := range writes {
		if w.body == nil {
			continue
		}
		t := st.r.sets[w.set]
		for k, names := range t.def.Unique {
			v, ok := thingset.UniqueValues(t.def, k, w.body)
			if !ok {
				continue
			}
			c := claim{w.set, k, thingset.JoinValues(v)}
			holder := st.holder(t, c)
			if taken[c] || holder != nil && !mine[place{w.set, holder.id}] {
				return thingset.Duplicated(names)
			}
			taken[c] = true
		}
	}
	return nil
}

// holder is the live record that holds or will hold a unique value.
func (st *staged) holder(t *set, c claim) *rec {
	h, ok := st.unique[c]
	if !ok {
		h = t.unique[c.key][c.joined]
	}
	if h == nil || h.dead(st.now) {
		return nil
	}
	return h
}

// stage takes checked writes into what will be, and gives them their revision.
func (st *staged) stage(writes []write) thingset.Rev {
	st.rev++
	st.batches = append(st.batches, batch{st.rev, writes})
	st.r.mu.RLock()
	defer st.r.mu.RUnlock()
	for _, w := range writes {
		st.release(w)
	}
	for _, w := range writes {
		var c *rec
		if w.body != nil {
			c = newRec(w.id, st.rev, w.body)
		}
		st.recs[place{w.set, w.id}] = c
		st.claim(w, c)
	}
	return st.rev
}

// release frees the unique values that a record held before.
func (st *staged) release(w write) {
	t := st.r.sets[w.set]
	old, ok := st.recs[place{w.set, w.id}]
	if !ok {
		old = t.recs[w.id]
	}
	if old == nil {
		return
	}
	for k := range t.def.Unique {
		if v, ok := thingset.UniqueValues(t.def, k, old.body); ok {
			c := claim{w.set, k, thingset.JoinValues(v)}
			if h := st.holder(t, c); h == nil || h.id == w.id {
				st.unique[c] = nil
			}
		}
	}
}

func (st *staged) claim(w write, c *rec) {
	if c == nil {
		return
	}
	t := st.r.sets[w.set]
	for k := range t.def.Unique {
		if v, ok := thingset.UniqueValues(t.def, k, c.body); ok {
			st.unique[claim{w.set, k, thingset.JoinValues(v)}] = c
		}
	}
}
