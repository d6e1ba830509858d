package filestore

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// recovery replays the journal into the sets that it writes to.
type recovery struct {
	r     *room
	rev   thingset.Rev
	sets  map[string]*load
	order []*load
	err   error
}

var _ journal.Visitor = (*recovery)(nil)

// replay replays the journal.
func (r *room) replay() error {
	v := &recovery{r: r, sets: map[string]*load{}}
	err := r.journal.Replay(v)
	if err == nil {
		err = v.err
	}
	if err != nil {
		return err
	}
	r.rev = r.journal.Rev()
	v.order = slices.DeleteFunc(v.order, func(l *load) bool {
		if l.barred == nil {
			if err := l.takeStrays(); err != nil {
				r.unload(l)
				l.barred = r.bar(l.t.name, l.t.def, err, l.writes)
			}
		}
		return l.barred != nil
	})
	for _, l := range v.order {
		l.end()
		r.rev = max(r.rev, l.last)
		r.sets[l.t.name] = l.t
	}
	r.journal.Reached(r.rev)
	r.feed.start(r.rev)
	for _, l := range v.order {
		r.edits.begin(l.t)
	}
	if len(v.order) > 0 {
		r.worker.wake(r.s.o.Settle)
	}
	return nil
}

// Segment implements journal.Visitor.
func (v *recovery) Segment(s *journal.Segment) {
	if err := v.r.tag(s); err != nil {
		v.err = err
	}
}

// Define implements journal.Visitor: the first write to a set loads its packs.
func (v *recovery) Define(set string, code []byte) error {
	if v.err != nil {
		return v.err
	}
	var def thingset.Def
	if err := json.Unmarshal(code, &def); err != nil {
		return err
	}
	if l := v.sets[set]; l != nil {
		return v.redefine(l, def)
	}
	l, err := v.r.beginLoad(set, def, true)
	if err != nil {
		v.r.unload(l)
		l.barred = v.r.bar(set, def, err, nil)
	}
	v.sets[set], l.replays = l, true
	v.order = append(v.order, l)
	return nil
}

// lastDef is a definition of a set as far as its packs tell: the keys are made anew by
// the caller's.
func (r *room) lastDef(set string) (code []byte) {
	for _, plain := range []bool{false, true} {
		dir := recordDir(set, plain)
		names, _ := r.disk.Names(dir)
		for _, one := range pack.Names(names) {
			v, err := pack.Look(r.disk, dir, one, pack.All, &pack.Scratch{})
			if err != nil {
				continue
			}
			_ = v.Entries(func(e pack.Entry) error {
				code = e.Def
				return nil
			})
			v.Close()
		}
		if code != nil {
			return code
		}
	}
	plain, _ := recordFolder(set)
	code, _ = json.Marshal(thingset.Def{Plain: plain}) // a bool
	return code
}

// redefine goes on with other keys.
func (v *recovery) redefine(l *load, def thingset.Def) error {
	if l.barred != nil {
		l.barred.def = def
		return nil
	}
	if rows.Same(l.t.def, def) {
		l.t.redefine(def)
		return nil
	}
	l.end()
	next, err := v.r.rekey(l.t, def)
	if err != nil {
		return err
	}
	l.in = next.in
	v.r.rekeyed(l.t, def, next)
	l.code = nil
	return nil
}

// Commit implements journal.Visitor.
func (v *recovery) Commit(rev thingset.Rev) { v.rev = rev }

// Write implements journal.Visitor.
func (v *recovery) Write(s *journal.Segment, set, id string, body []byte, offset uint32) {
	l := v.sets[set]
	if l == nil && v.err == nil { // the doctor has taken out what defined it
		v.err = v.Define(set, v.r.lastDef(set))
		l = v.sets[set]
	}
	if v.err != nil {
		return
	}
	place := rows.Place{File: s.Tag, Offset: offset, Size: uint32(len(body)), Sum: frame.Sum(body)}
	w := journaled{rev: v.rev, id: id, file: s.File, place: place, gone: body == nil}
	switch {
	case l.barred != nil:
		l.barred.writes = append(l.barred.writes, w)
		return
	case len(l.strays) > 0:
		l.writes = append(l.writes, w)
	}
	l.write(w, body)
}

// write takes a write of the journal in. What packs hold already is passed over.
func (l *load) write(w journaled, body []byte) {
	t, id := l.t, w.id
	if body != nil {
		t.wrote(id, older{file: w.file, place: w.place})
	}
	row := t.rows.Find(id)
	if row != 0 && t.rows.Rev(row) >= w.rev || t.gone[id].rev > w.rev {
		return
	}
	if body == nil {
		l.depart(id, row, w.rev)
		return
	}
	if d, ok := t.gone[id]; ok {
		l.remember(id, d.stamp)
		delete(t.gone, id)
	}
	row = l.put(t.rows.Shape().AppendKeys(nil, id, body), w.rev, w.place)
	t.dirty[row] = struct{}{}
}

// depart takes a record out that the journal deletes.
func (l *load) depart(id string, row rows.Row, rev thingset.Rev) {
	t := l.t
	d := departure{rev: rev, stamp: t.gone[id].stamp} // the journal may delete it twice
	if row != 0 {
		d.stamp = t.rows.Stamp(row)
		l.supersede(id, row)
		l.in.Drop(id)
	}
	t.gone[id] = d
}

// Drop implements journal.Visitor.
func (v *recovery) Drop(d journal.Drop) {
	v.order = slices.DeleteFunc(v.order, func(l *load) bool {
		if !d.Holds(l.t.name) {
			return false
		}
		if delete(v.sets, l.t.name); l.barred == nil {
			v.r.unload(l)
		} else {
			delete(v.r.barred, l.t.name)
		}
		return true
	})
}

// wroteIt reports whether a record's own file shows what the engine wrote
// before a crash, or as much of it as had reached the disk.
func (t *set) wroteIt(id string, s rows.Stamp, text []byte) bool {
	return slices.ContainsFunc(t.older[id], func(o older) bool {
		if o.file == nil {
			return o.stamp.Sum == s.Sum && o.stamp.Size == s.Size
		}
		body := make([]byte, o.place.Size)
		if _, err := o.file.ReadAt(body, int64(o.place.Offset)); err != nil {
			return false // the segment was cut: by then the file showed something newer
		}
		return torn(text, recordText(body))
	})
}

// knew reports whether a person's text, as a record, is a version that was there
// before a crash: it was taken in, and the record has changed since.
func (t *set) knew(id string, record []byte) bool {
	return slices.ContainsFunc(t.older[id], func(o older) bool {
		body := make([]byte, o.place.Size)
		if o.file == nil {
			return false
		}
		if _, err := o.file.ReadAt(body, int64(o.place.Offset)); err != nil {
			return false
		}
		return bytes.Equal(relaxed.AppendCompact(nil, body), record)
	})
}

// blockSize is what a disk writes whole, in bytes.
const blockSize = 512

// torn reports whether a file that should hold a whole text does, or holds a part
// of it as a power cut may leave it: zeros in the place of any blocks, and of the end.
func torn(text, whole []byte) bool {
	if len(text) > len(whole) {
		return false
	}
	for at := 0; at < len(text); at += blockSize {
		block := text[at:min(at+blockSize, len(text))]
		if !bytes.HasPrefix(whole[at:], bytes.TrimRight(block, "\x00")) {
			return false
		}
	}
	return true
}
