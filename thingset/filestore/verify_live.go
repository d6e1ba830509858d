package filestore

import (
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// live verifies a set that is in use. Locks are held for moments only.
func (v *verifier) live(t *set) error {
	v.note(t.name)
	v.room.busy.Lock()
	if t.left.Load() {
		v.room.busy.Unlock()
		return nil
	}
	views, err := v.views(t)
	v.room.busy.Unlock()
	if err != nil {
		return err
	}
	defer closeViews(views)
	if len(views) > 0 && v.liveGone(t) {
		return nil
	}
	for _, one := range views {
		if err := v.livePack(t, one); err != nil {
			return err
		}
	}
	v.liveUnique(t)
	return v.owns(&owns{dir: t.dir, set: t.name, plain: t.plain, t: t, views: views})
}

// livePack verifies a pack, and looks at what seems wrong once more: meanwhile it
// may have been merged, or entries may have been taken back.
func (v *verifier) livePack(t *set, one *pack.View) error {
	var list []pack.Problem
	if err := one.Inspect(func(pack.Entry) {}, func(p pack.Problem) { list = append(list, p) }); err != nil {
		return err
	}
	for _, p := range list {
		still, err := v.still(t, one.N, p)
		if err != nil {
			return err
		}
		if still && p.NoLines() {
			p.Msg = domain.Textf("%s%s", "%s%s", p.Msg, v.liveTail(t))
		}
		if still {
			v.report(Fault{File: p.File, Offset: p.Offset, Msg: p.Msg})
		}
	}
	return nil
}

// still reports whether a problem of a pack is there now.
func (v *verifier) still(t *set, n int, p pack.Problem) (bool, error) {
	v.room.busy.Lock()
	defer v.room.busy.Unlock()
	for _, now := range t.inUse() {
		if now.N == n {
			one, err := now.Look(v.d, &v.Scratch)
			if err != nil {
				return false, err
			}
			defer one.Close()
			return one.Still(p), nil
		}
	}
	return false, nil
}

// uniqueRows is how many rows are looked at under one lock.
const uniqueRows = 1000

// liveUnique reports unique values that two records in memory have.
func (v *verifier) liveUnique(t *set) {
	var from []byte
	for more := true; more; {
		var list []Fault
		from, list, more = v.uniqueFrom(t, from)
		for _, f := range list {
			v.report(f)
		}
	}
}

// uniqueFrom looks at the next rows from an id's sort key on.
func (v *verifier) uniqueFrom(t *set, from []byte) (next []byte, list []Fault, more bool) {
	r := v.room
	r.mu.RLock()
	defer r.mu.RUnlock()
	snap, ok := t.rows.Walk(thingset.Range{From: from})
	if !ok || r.files.shut || len(t.def.Unique) == 0 {
		return nil, nil, false
	}
	found := snap.Next(nil, uniqueRows)
	for _, row := range found {
		if r.dead(t, row) {
			continue
		}
		for k, names := range t.def.Unique {
			if other := otherHolder(t.rows, row, k); other != 0 && !r.dead(t, other) {
				list = append(list, sameKey(t.dir, t.rows.ID(other), t.rows.ID(row), names))
			}
		}
	}
	if len(found) < uniqueRows {
		return nil, list, false
	}
	last := thingset.SortKey(nil, gjson.Result{Type: gjson.String, Str: string(t.rows.ID(found[len(found)-1]))})
	return append(last, 0), list, true
}

// otherHolder is the row that holds a unique value of another row, 0 when there is
// none.
func otherHolder(t *rows.Table, row rows.Row, k int) rows.Row {
	text, ok := t.Keys(row).Unique(k)
	if !ok {
		return 0
	}
	if holder := t.Holder(k, string(text)); holder != row {
		return holder
	}
	return 0
}

func sameKey(dir string, a, b []byte, names []string) Fault {
	return Fault{File: dir, Offset: -1, Msg: domain.Textf("%s 与 %s 的唯一键 %v 相同：请改其中一个", "%s and %s have the same unique key %v: change one", a, b, names)}
}

// wait waits for an editor to be done with its file.
func (v *verifier) wait() { time.Sleep(editPatience) }
