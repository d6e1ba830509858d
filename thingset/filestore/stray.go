package filestore

import (
	"cmp"

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
//
// Nor does a stray that is damaged close the set: it is perhaps nobody's of the set at all,
// and a person would have to find out. What can be read of it is taken in, all of it is
// kept, and that is told.

// takeStrays takes in what strays tell. The journal was replayed before.
func (l *load) takeStrays() error {
	var hurt []*stray
	defer func() {
		for _, one := range hurt {
			one.view.Close()
		}
	}()
	for _, name := range l.strays {
		one, err := l.stray(name)
		if one != nil {
			hurt = append(hurt, one)
		}
		if err != nil {
			return err
		}
	}
	for _, one := range hurt { // when all is known that entries tell
		if err := l.lines(one); err != nil {
			return err
		}
	}
	return nil
}

// stray takes in what the entries of a stray tell. It gives the stray when some of them
// cannot be read, with a view of it.
func (l *load) stray(name pack.Name) (hurt *stray, err error) {
	if err := l.keepNew(name); err != nil {
		return nil, err
	}
	p, view, err := pack.OpenStray(l.r.disk, l.t.dir, name, &l.Scratch)
	if err != nil {
		return nil, err
	}
	one := &stray{Pack: p, view: view}
	if err := l.tag(p); err != nil {
		view.Close()
		return nil, err
	}
	l.t.strays = append(l.t.strays, one)
	end, bad, problems := int64(0), error(nil), 0
	err = view.Inspect(func(e pack.Entry) {
		if bad == nil {
			bad = l.strayEntry(one, e)
		}
		if e.Keys != nil {
			end = max(end, int64(e.Line.Offset)+int64(e.Line.Size)+1)
		}
	}, func(p pack.Problem) {
		if one.first == nil {
			one.first = &p
		}
		bad = cmp.Or(bad, p.Err)
		problems++
	})
	if err = cmp.Or(err, bad); err == nil && (problems > 0 || view.Keyed() == 0) {
		one.keep = true
		return one, nil
	}
	view.Close()
	one.view, one.keep = nil, one.keep || view.Size() > end // of the rest nobody knows what it is
	return nil, err
}

// stray is a pack that is to go.
type stray struct {
	*pack.Pack
	keep bool // it has versions that nothing else has
	told bool // what it says of own files another pack says too (tellOwn)

	view  *pack.View    // while it is taken in
	first *pack.Problem // what is wrong with it
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

// lines takes in the lines of a stray of which lost entries told. Nobody knows their
// revisions: what is not known otherwise counts, of several lines of a record the last.
func (l *load) lines(p *stray) error {
	found, err := p.view.Survey()
	if err != nil {
		return err
	}
	shape := l.t.rows.Shape()
	for _, s := range found.Strays {
		rev := thingset.Rev(1)
		if row := l.t.rows.Find(s.ID); row != 0 {
			at := l.t.rows.Place(row)
			if at.File != p.Tag || int64(at.Offset) > s.From {
				continue
			}
			rev = l.t.rows.Rev(row) + 1
		} else if l.left[s.ID] > 0 || l.t.gone[s.ID].rev > 0 {
			continue
		}
		body, err := p.view.Text(s)
		if err != nil {
			return domain.Wrap(err, "e.store.damaged", p.DataFile())
		}
		place := pack.LinePlace(s.From, body)
		place.File = p.Tag
		l.last = max(l.last, rev)
		row := l.put(shape.AppendKeys(nil, s.ID, body), rev, place)
		l.t.dirty[row] = struct{}{}
	}
	f := Fault{File: p.DataFile(), Offset: -1, Msg: domain.Text{ZH: "没有对应的 .keys 文件，或该文件为空：其中的记录已读入，原文件将另存", EN: "its .keys file is missing or empty: its records were taken in, and the file will be kept under another name"}}
	if one := p.first; one != nil {
		f = Fault{File: one.File, Offset: one.Offset, Msg: domain.Textf("%v：能读出的已读入，原文件将另存", "%v: what can be read was taken in, and the file will be kept under another name", one.Msg)}
	}
	l.r.fault(f)
	return nil
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
