package filestore

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// An own file that is a record, and is not as the engine left it, is an edit by hand. One
// that breaks a unique key, or a rule of the caller, does not count. The doctor names it and
// leaves it alone: only the person knows what was meant.

// handEdit is such a file.
type handEdit struct {
	body  []byte
	keys  rows.Keys
	known bool // there is a record of that id, which stays as it was
	why   error
}

// textSum tells texts apart.
type textSum struct{ sum, size uint32 }

// value is a value of a unique key.
type value struct {
	key  int
	text string
}

// notes has the text of an own file be held against what the engine left.
func (o *owns) notes(id string, text []byte) {
	if o.t == nil && !o.plain {
		o.sums[id] = textSum{frame.Sum(text), uint32(len(text))}
	}
}

// suspects are the ids of own files that may be edits which do not count.
func (o *owns) suspects() ([]string, error) {
	if o.t != nil {
		return slices.Collect(maps.Keys(o.broken())), nil
	}
	ours := map[string]bool{}
	for _, one := range o.views {
		err := one.Entries(func(e pack.Entry) error {
			id, _ := entryID(e)
			if at, ok := o.sums[string(id)]; ok {
				ours[string(id)] = (e.Kind == pack.Own || e.Kind == pack.PutOwn) && e.Stamp.Sum == at.sum && e.Stamp.Size == at.size
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	var list []string
	for id := range o.sums {
		if !ours[id] && !o.known.Writes(o.set, []byte(id)) {
			list = append(list, id)
		}
	}
	return list, nil
}

// broken are the files of a set in use that do not count, as they were when that was found.
func (o *owns) broken() map[string]rows.Stamp {
	o.room.busy.Lock()
	defer o.room.busy.Unlock()
	return maps.Clone(o.t.broken)
}

// refused are those of some edits that do not count.
func (o *owns) refused(ids []string) (map[string]*handEdit, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list, err := o.edits(ids), error(nil)
	if o.t != nil {
		o.liveClashes(list)
	} else {
		err = o.clashes(list)
	}
	for id, one := range list {
		if o.rules != nil && one.why == nil {
			one.why = o.rules(o.set, one.body)
		}
		if one.why == nil && o.t != nil {
			one.why = domain.Errorf("保存时不合法，现在合法：请再保存一次", "it was no good when it was saved, and is now: save it once more")
		}
		if one.why == nil {
			delete(list, id)
		}
	}
	return list, err
}

// edits reads edits; what is no record, or shows the record as it is, is none.
func (o *owns) edits(ids []string) map[string]*handEdit {
	var broken map[string]rows.Stamp
	if o.t != nil {
		broken = o.broken()
	}
	list := map[string]*handEdit{}
	for _, id := range ids {
		text, fi, err := o.d.ReadWithin(o.file(id), maxText)
		if err != nil || fi == nil || o.t != nil && !alike(stampOf(fi, nil), broken[id]) {
			continue
		}
		body, err := readText(text, id)
		if err != nil {
			continue // it is told otherwise
		}
		one := &handEdit{body: body}
		if at := o.bad[id]; at != nil && at.pack != nil {
			one.known = true
			if bytes.Equal(relaxed.AppendCompact(nil, at.pack.Line(at.line)), body) {
				continue
			}
		}
		list[id] = one
	}
	return list
}

// liveClashes finds the unique values of edits that records in memory have.
func (o *owns) liveClashes(list map[string]*handEdit) {
	r, t := o.room, o.t
	r.mu.RLock()
	defer r.mu.RUnlock()
	for id, one := range list {
		one.known = t.rows.Find(id) != 0
		keys := t.rows.Shape().AppendKeys(nil, id, one.body)
		for k, names := range t.def.Unique {
			text, ok := keys.Unique(k)
			if !ok {
				continue
			}
			if row := t.rows.Holder(k, string(text)); row != 0 && row != t.rows.Find(id) && !r.dead(t, row) {
				one.why = taken(string(t.rows.ID(row)), names)
			}
		}
	}
}

func taken(by string, names []string) error {
	return domain.Errorf("唯一键 %v 与 %s 相同", "its unique key %v is that of %s", names, by)
}

// clashes finds the unique values of edits that records in packs have. A record that is
// edited too has perhaps given its value up.
func (o *owns) clashes(list map[string]*handEdit) error {
	var def thingset.Def
	if json.Unmarshal(o.def, &def) != nil || len(def.Unique) == 0 {
		return nil
	}
	shape, wanted := rows.NewShape(def), map[value]string{}
	for id, one := range list {
		one.keys = shape.AppendKeys(nil, id, one.body)
		for k := range def.Unique {
			if text, ok := one.keys.Unique(k); ok {
				wanted[value{k, string(text)}] = ""
			}
		}
	}
	if err := o.holders(shape, wanted); err != nil {
		return err
	}
	for id, one := range list {
		for k, names := range def.Unique {
			text, _ := one.keys.Unique(k)
			by := wanted[value{k, string(text)}]
			if _, edited := list[by]; by != "" && by != id && !edited {
				one.why = taken(by, names)
			}
		}
	}
	return nil
}

// holders finds the records that have unique values, as packs and own files tell.
func (o *owns) holders(shape *rows.Shape, wanted map[value]string) error {
	held := map[string][]value{}
	shown := map[string]bool{} // by an own file
	now := time.Now().UnixMilli()
	for _, one := range o.views {
		err := one.Entries(func(e pack.Entry) error {
			id, ok := entryID(e)
			if !ok || e.Kind == pack.Own {
				return nil
			}
			delete(held, string(id))
			keys, rest, ok := shape.Cut(e.Keys)
			if e.Kind == pack.Gone || !ok || len(rest) > 0 || !bytes.Equal(e.Def, o.def) || expired(keys, now) {
				return nil
			}
			for k := range shape.Unique() {
				text, ok := keys.Unique(k)
				if _, asked := wanted[value{k, string(text)}]; ok && asked {
					held[string(id)] = append(held[string(id)], value{k, string(text)})
					shown[string(id)] = e.Kind == pack.PutOwn
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for id, list := range held {
		if o.known.Writes(o.set, []byte(id)) || shown[id] && !o.hasOwn(id) {
			continue
		}
		for _, v := range list {
			wanted[v] = id
		}
	}
	return nil
}

// hasOwn reports whether a record's own file is there.
func (o *owns) hasOwn(id string) bool {
	_, err := o.d.Root().Lstat(o.file(id))
	return err == nil
}

// tellRefused reports edits that do not count.
func (o *owns) tellRefused(list map[string]*handEdit) {
	for _, id := range slices.Sorted(maps.Keys(list)) {
		one := list[id]
		msg := domain.Textf("不计入：%v；请改正或删除该文件", "it does not count: %v; mend it or remove it", one.why)
		if one.known {
			msg = domain.Textf("编辑不计入，数据保持原样：%v；请改正该文件", "the edit does not count, the thing stays as it was: %v; mend the file", one.why)
		}
		o.report(Fault{File: o.file(id), Offset: -1, Msg: msg})
	}
}
