package filestore

import (
	"bytes"
	"io"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// A stray is a pack that the journal's state does not list: somebody copied a
// folder of records into the domain, or the state was lost. It may hold the only
// copy of records, so what it tells that nothing else does is taken in and written
// to a pack of the set's own. Only after the checkpoint that makes this durable it is
// removed; one that has versions which are not known otherwise, or lines of which its
// keys do not tell, is kept under another name.

// takeStrays takes in what strays tell. The journal was replayed before.
func (l *load) takeStrays() error {
	for _, name := range l.strays {
		if err := l.stray(name); err != nil {
			return err
		}
	}
	return nil
}

func (l *load) stray(name pack.Name) error {
	if name.Lines == "" {
		return domain.E("e.store.damaged", domain.Textf("%v 的 pack-%d 缺少一半", "%v half of pack-%d is missing", l.t.dir, name.N))
	}
	if err := l.keepNew(name); err != nil {
		return err
	}
	size := int64(0)
	if name.Keys != "" {
		var err error
		if size, err = pack.KeySize(l.r.disk, l.t.dir, name); err != nil {
			return domain.Wrap(err, "e.store.damaged", l.t.dir)
		}
	}
	if size == 0 {
		return l.strayLines(name)
	}
	p, err := l.open(name)
	if err != nil {
		return err
	}
	one := &stray{Pack: p}
	l.t.strays = append(l.t.strays, one)
	err = p.Read(size, &l.Scratch, func(e pack.Entry) error { return l.strayEntry(one, e) })
	p.Seal()
	if err != nil {
		return err
	}
	lines, err := p.Data.Size()
	if err != nil {
		return domain.Wrap(err, "e.store.damaged", p.DataFile())
	}
	one.keep = one.keep || lines > p.Size() // of the rest nobody knows what it is
	return nil
}

// stray is a pack that is to go.
type stray struct {
	*pack.Pack
	keep bool // it has versions that nothing else has
	told bool // what it says of own files another pack says too (tellOwn)
}

func (l *load) strayEntry(p *stray, e pack.Entry) error {
	switch e.Kind {
	case pack.Put, pack.PutOwn:
		keys, err := l.keys(p.Pack, e)
		if err != nil {
			return err
		}
		place := e.Line
		place.File = p.Tag
		l.strayRecord(p, string(keys.ID()), keys, e.Rev, place)
		l.remember(string(keys.ID()), e.Stamp)
	case pack.Gone:
		id := string(e.ID)
		if row := l.t.rows.Find(id); row != 0 && l.t.rows.Rev(row) < e.Rev {
			l.depart(id, row, e.Rev)
		}
		l.leave(id, e.Rev)
		l.last = max(l.last, e.Rev)
	case pack.Own:
		l.remember(string(e.ID), e.Stamp)
	}
	return nil
}

// strayRecord takes in a version that a stray tells of, unless a later one, or a
// later delete, is known.
func (l *load) strayRecord(p *stray, id string, keys rows.Keys, rev thingset.Rev, place rows.Place) {
	t := l.t
	l.last = max(l.last, rev)
	row := t.rows.Find(id)
	switch {
	case row != 0 && t.rows.Rev(row) >= rev:
		p.keep = p.keep || !l.holds(id, row, place)
		return
	case l.left[id] >= rev, t.gone[id].rev >= rev:
		p.keep = true
		return
	}
	if d, ok := t.gone[id]; ok {
		l.remember(id, d.stamp)
		delete(t.gone, id)
	}
	row = l.put(keys, rev, place)
	t.dirty[row] = struct{}{}
	p.Live += pack.Cost(place, keys)
}

// holds reports whether a version is the current one, or is in the journal.
func (l *load) holds(id string, row rows.Row, place rows.Place) bool {
	same := func(p rows.Place) bool { return p.Sum == place.Sum && p.Size == place.Size }
	if same(l.t.rows.Place(row)) {
		return true
	}
	for _, o := range l.t.older[id] {
		if o.file != nil && same(o.place) {
			return true
		}
	}
	return false
}

// leave notes a delete.
func (l *load) leave(id string, rev thingset.Rev) {
	if l.left == nil {
		l.left = map[string]thingset.Rev{}
	}
	l.left[id] = max(l.left[id], rev)
}

// strayLines takes in the lines of a pack without its keys. Nobody knows their
// revisions: what is not known otherwise counts, of several lines of a record the last.
func (l *load) strayLines(name pack.Name) error {
	p, data, err := pack.Bare(l.r.disk, l.t.dir, name)
	if err != nil {
		return err
	}
	l.r.mu.Lock()
	p.Tag, err = l.r.files.add(p.Data, p)
	l.r.mu.Unlock()
	if err != nil {
		p.Close()
		return err
	}
	l.packs[p.Tag] = p
	one := &stray{Pack: p, keep: true}
	l.t.strays = append(l.t.strays, one)
	if err := l.lines(one, data); err != nil {
		return err
	}
	l.r.fault(Fault{File: p.DataFile(), Offset: -1, Msg: domain.Text{ZH: "没有对应的 .keys 文件，或该文件为空：其中的记录已读入，原文件将另存", EN: "its .keys file is missing or empty: its records were taken in, and the file will be kept under another name"}})
	return nil
}

// lines takes in the lines of a pack.
func (l *load) lines(p *stray, data io.Reader) error {
	shape, mine := l.t.rows.Shape(), map[string]bool{}
	return pack.Lines(data, func(offset int64, body []byte) error {
		id := gjson.GetBytes(body, "id")
		if !gjson.ValidBytes(body) || id.Type != gjson.String || thingset.CheckID(id.Str) != nil {
			return domain.E("e.store.damaged", domain.Textf("%v，偏移 %v 处", "%v at offset %v", p.DataFile(), offset))
		}
		if row := l.t.rows.Find(id.Str); row != 0 && !mine[id.Str] || l.left[id.Str] > 0 || l.t.gone[id.Str].rev > 0 {
			return nil
		}
		mine[id.Str] = true
		body = bytes.Clone(body)
		place := pack.LinePlace(offset, body)
		place.File = p.Tag
		l.last = max(l.last, 1)
		row := l.put(shape.AppendKeys(nil, id.Str, body), 1, place)
		l.t.dirty[row] = struct{}{}
		return nil
	})
}

// spent moves the strays that no record needs any more to the packs that go with
// the next checkpoint. The caller holds busy.
func (r *room) spent(t *set) {
	if len(t.strays) == 0 {
		return
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	needed := map[uint16]bool{}
	for row := range t.dirty {
		needed[t.rows.Place(row).File] = true
	}
	var rest []*stray
	for _, p := range t.strays {
		if needed[p.Tag] {
			rest = append(rest, p)
		} else {
			t.dying = append(t.dying, p)
		}
	}
	t.strays = rest
}
