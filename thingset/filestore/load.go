package filestore

import (
	"encoding/json"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// load is a set on its way into memory: first what its packs hold, then what the
// journal holds above that, then what people did to its files.
type load struct {
	r    *room
	t    *set
	in   *rows.Loader
	last thingset.Rev // the highest revision that packs tell of

	packs map[uint16]*pack.Pack // by tag

	code  []byte // the definition of the entries that were seen last
	alien bool   // it gives other keys than the set's
}

// older is what a record's own file may show after a crash, that the engine
// wrote: a state that an entry told of, or the text of a body in the journal.
type older struct {
	stamp rows.Stamp
	file  *disk.File // nil: the stamp counts
	place rows.Place
}

// beginLoad reads a set's packs.
func (r *room) beginLoad(name string, def thingset.Def) (*load, error) {
	l := &load{r: r, t: r.newSet(name, def), packs: map[uint16]*pack.Pack{}}
	names, err := r.disk.Names(l.t.dir)
	if err != nil {
		return nil, domain.Wrap(err, "e.store.damaged", l.t.dir)
	}
	list, err := r.packsThere(l.t, pack.Names(names))
	if err != nil {
		return nil, err
	}
	l.t.small = l.t.loose() > 0
	if len(list) > 0 {
		l.t.small = list[len(list)-1].Hidden
	}
	l.in = l.t.rows.Load(l.guess(list))
	for _, one := range list {
		if err := l.pack(one); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// packsThere ends removals that were begun, drops halves of packs of which
// nothing was ever synced, for the journal has all of it, and gives the rest.
func (r *room) packsThere(t *set, list []pack.Name) (good []pack.Name, err error) {
	mark := r.journal.Mark(t.name)
	if mark != pack.All {
		t.last = mark.Pack
	}
	for _, one := range list {
		t.last = max(t.last, one.N)
		switch {
		case one.Going:
			err = pack.Sweep(r.disk, t.dir, one.N)
		case one.Lines && one.Keys:
			good = append(good, one)
		case mark.Covers(one.N):
			err = domain.E("e.store.damaged", domain.Textf("%v 的 pack-%d 缺少一半", "%v half of pack-%d is missing", t.dir, one.N))
		default:
			err = pack.Forget(r.disk, t.dir, one.N)
		}
		if err != nil {
			return nil, err
		}
	}
	return good, nil
}

// guess is about how many records packs hold.
func (l *load) guess(list []pack.Name) (n int) {
	for _, one := range list {
		if size, err := pack.KeySize(l.r.disk, l.t.dir, one); err == nil {
			n += int(size / 160)
		}
	}
	return n
}

// pack reads one pack's entries.
func (l *load) pack(name pack.Name) error {
	r, t := l.r, l.t
	p, err := pack.Open(r.disk, t.dir, name)
	if err != nil {
		return err
	}
	r.mu.Lock()
	p.Tag, err = r.files.add(p.Data, p)
	r.mu.Unlock()
	if err != nil {
		p.Close()
		return err
	}
	t.packs = append(t.packs, p)
	l.packs[p.Tag] = p
	mark := r.journal.Mark(t.name)
	if err := p.Read(mark, func(e pack.Entry) error { return l.entry(p, e) }); err != nil {
		return err
	}
	p.Seal()
	if err := p.Hide(t.small); err != nil {
		return domain.Wrap(err, "e.store.write", p.DataFile())
	}
	t.synced(p, mark)
	return nil
}

// synced notes how much of a pack is known to be on disk.
func (t *set) synced(p *pack.Pack, m pack.Mark) {
	size := min(m.Must(p.N, p.Mark().Keys), p.Mark().Keys)
	if t.marks == nil {
		t.marks = map[int]int64{}
	}
	t.marks[p.N] = size
	t.afloat.names = t.afloat.names || size < p.Mark().Keys
}

// entry takes one entry of a pack in.
func (l *load) entry(p *pack.Pack, e pack.Entry) error {
	switch e.Kind {
	case pack.Put, pack.PutOwn:
		return l.record(p, e)
	case pack.Gone:
		l.last = max(l.last, e.Rev)
		id := string(e.ID)
		if row := l.t.rows.Find(id); row != 0 {
			l.remember(id, l.t.rows.Stamp(row))
			l.uncount(row)
			l.in.Drop(id)
		}
	case pack.Own:
		if row := l.t.rows.Find(string(e.ID)); row != 0 {
			l.remember(string(e.ID), l.t.rows.Stamp(row))
			l.t.rows.SetStamp(row, e.Stamp)
		}
	}
	return nil
}

// record takes a record in that a pack tells of.
func (l *load) record(p *pack.Pack, e pack.Entry) error {
	keys, err := l.keys(p, e)
	if err != nil {
		return err
	}
	l.last = max(l.last, e.Rev)
	place := e.Line
	place.File = p.Tag
	row := l.put(string(keys.ID()), keys, e.Rev, place)
	l.t.rows.SetStamp(row, e.Stamp)
	p.Live += pack.Cost(place, keys)
	return nil
}

// keys are an entry's keys, made anew when another definition made them.
func (l *load) keys(p *pack.Pack, e pack.Entry) (rows.Keys, error) {
	if l.code == nil || string(l.code) != string(e.Def) {
		var def thingset.Def
		l.alien = json.Unmarshal(e.Def, &def) != nil || !rows.Same(def, l.t.def)
		l.code = e.Def
	}
	shape := l.t.rows.Shape()
	if l.alien {
		l.t.stale = p.N
		id, ok := rows.IDOf(e.Keys)
		body, err := p.Line(e.Line)
		if err == nil && !ok {
			err = domain.E("e.store.damaged", p.KeyFile())
		}
		return shape.AppendKeys(nil, string(id), body), err
	}
	keys, rest, ok := shape.Cut(e.Keys)
	if !ok || len(rest) > 0 {
		return nil, domain.E("e.store.damaged", p.KeyFile())
	}
	return keys, nil
}

// put takes a version in, in place of the one before.
func (l *load) put(id string, keys rows.Keys, rev thingset.Rev, place rows.Place) rows.Row {
	if old := l.t.rows.Find(id); old != 0 {
		l.remember(id, l.t.rows.Stamp(old))
		l.uncount(old)
	}
	return l.in.Put(keys, rev, place)
}

// uncount notes that a row counts no more.
func (l *load) uncount(row rows.Row) {
	delete(l.t.dirty, row)
	place := l.t.rows.Place(row)
	if p := l.packs[place.File]; p != nil {
		p.Live -= pack.Cost(place, l.t.rows.Keys(row))
	}
}

// remember notes a state that a record's own file may still have.
func (l *load) remember(id string, s rows.Stamp) {
	if s != (rows.Stamp{}) {
		l.t.wrote(id, older{stamp: s})
	}
}

func (t *set) wrote(id string, o older) {
	if t.older == nil {
		t.older = map[string][]older{}
	}
	t.older[id] = append(t.older[id], o)
}

// end makes the set's keys and orders. Records whose unique value another one
// holds are served and reported.
func (l *load) end() {
	t := l.t
	l.in.End(l.r.clock.now(), func(row, holder rows.Row, key int) {
		l.r.fault(Fault{File: t.ownFile(string(t.rows.ID(row))), Offset: -1,
			Msg: domain.Textf("唯一键 %v 与 %s 重复", "the unique key %v is that of %s too", t.def.Unique[key], t.rows.ID(holder))})
	})
}
