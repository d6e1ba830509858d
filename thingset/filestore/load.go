package filestore

import (
	"encoding/json"
	"maps"
	"slices"

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

	logged bool
	barred *barred                 // it could not be read
	writes []journaled             // when there are strays: what the journal has
	packs  map[uint16]*pack.Pack   // by tag
	strays []pack.Name             // that the journal's state does not list
	left   map[string]thingset.Rev // when there are strays: deletes that listed packs tell of, by id

	replays bool // the packs were read; what comes now is the journal's

	code  []byte // the definition of the entries that were seen last
	alien bool   // it gives other keys than the set's

	pack.Scratch
}

// older is what a record's own file may show after a crash, that the engine
// wrote: a state that an entry told of, or the text of a body in the journal.
type older struct {
	stamp rows.Stamp
	file  *disk.File // nil: the stamp counts
	place rows.Place
}

// beginLoad reads a set's packs; logged says that the journal writes to it.
func (r *room) beginLoad(name string, def thingset.Def, logged bool) (*load, error) {
	l := &load{r: r, logged: logged, t: r.newSet(name, def), packs: map[uint16]*pack.Pack{}}
	names, err := r.disk.Names(l.t.dir)
	if err != nil {
		return l, domain.Wrap(err, "e.store.damaged", l.t.dir)
	}
	list, err := l.sort(pack.Names(names))
	if err != nil {
		return l, err
	}
	if l.form(list); len(list) == 0 {
		l.form(l.strays)
	}
	l.in = l.t.rows.Load(l.guess(list))
	for _, one := range list {
		if err := l.pack(one); err != nil {
			return l, err
		}
	}
	return l, nil
}

// form says whether the set is small. The state tells once the set has a pack; in what an
// earlier version wrote the packs do that it lists, or else those that were found.
func (l *load) form(all []pack.Name) {
	t := l.t
	mark, _ := l.r.journal.Mark(t.name)
	switch t.small = t.loose() > 0; {
	case mark.Form != "":
		t.small = mark.Form == pack.Small
	case len(all) > 0:
		t.small = smallByName(all)
	}
	t.told = t.small
}

// sort gives the packs that the journal's state lists, which have to be there. What is
// left of those that were begun after the last checkpoint does not count, since the
// journal or an older pack has all of them, nor do those that were merged. The others are
// strays.
func (l *load) sort(all []pack.Name) (listed []pack.Name, err error) {
	r, t := l.r, l.t
	mark, known := r.journal.Mark(t.name)
	t.last = mark.Last()
	// A process before may have removed them, and nobody have made that durable.
	if left := slices.DeleteFunc(union(mark.Going, mark.Begun), mark.Lists); len(left) > 0 {
		t.buried, t.afloat.names = left, true
	}
	there := map[int]bool{}
	for _, one := range all {
		t.last = max(t.last, one.N)
		there[one.N] = true
		switch {
		case one.Twice[0] != "":
			return nil, domain.E("e.store.damaged", twice(t.dir, one))
		case one.Going || mark.Leaves(one.N):
			t.junk = append(t.junk, one.N)
		case mark.Lists(one.N):
			if one.Lines == "" || one.Keys == "" {
				return nil, domain.E("e.store.damaged", domain.Textf("%v 的 pack-%d 缺少一半", "%v half of pack-%d is missing", t.dir, one.N))
			}
			listed = append(listed, one)
		case begunByName(mark, known || r.journal.Whole() && l.logged, one):
			t.junk = append(t.junk, one.N)
		default:
			if err := l.found(one); err != nil {
				return nil, err
			}
		}
	}
	for _, n := range slices.Sorted(maps.Keys(mark.Live)) {
		if !there[n] {
			return nil, domain.E("e.store.damaged", domain.Textf("%v 的 pack-%d 不见了", "%v pack-%d is gone", t.dir, n))
		}
	}
	return listed, nil
}

// found notes a pack that the state does not know. When the process ended before the
// state could say that it was begun it is empty, but somebody may be about to copy it in.
func (l *load) found(one pack.Name) error {
	empty, err := pack.Empty(l.r.disk, l.t.dir, one.N)
	if err != nil {
		return domain.Wrap(err, "e.store.damaged", l.t.dir)
	}
	switch {
	case empty:
		l.t.empty = append(l.t.empty, one)
	case one.Lines == "":
		l.r.fault(Fault{File: l.t.dir + "/" + one.Keys, Offset: -1, Msg: domain.Text{ZH: "没有对应的 .jsonl 文件：它不含任何记录，原样保留", EN: "its .jsonl file is missing: it holds no records, and stays as it is"}})
	default:
		l.strays = append(l.strays, one)
	}
	return nil
}

// twice says that two packs have the same number.
func twice(dir string, one pack.Name) domain.Text {
	return domain.Textf("%v 中有两个 pack-%d（%v 与 %v）：请移走不属于这里的那个", "%v has two packs of the number %d, %v and %v: move away the one that does not belong there", dir, one.N, one.Twice[0], one.Twice[1])
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

// pack reads the entries of a pack that the journal's state lists.
func (l *load) pack(name pack.Name) error {
	r, t := l.r, l.t
	p, err := l.open(name)
	if err != nil {
		return err
	}
	t.packs = append(t.packs, p)
	size, err := p.KeySize()
	if err != nil {
		return domain.Wrap(err, "e.store.damaged", p.KeyFile())
	}
	mark, _ := r.journal.Mark(t.name)
	if err := p.Read(mark.Must(p.N, size), &l.Scratch, func(e pack.Entry) error { return l.entry(p, e) }); err != nil {
		return err
	}
	p.Seal()
	if r.disk.ReadOnly() {
		return nil
	}
	t.calls(p)
	if t.marks == nil {
		t.marks = map[int]int64{}
	}
	t.marks[p.N] = p.Keyed()
	return nil
}

// open opens a pack and makes it one of the files that rows name.
func (l *load) open(name pack.Name) (*pack.Pack, error) {
	p, err := pack.Open(l.r.disk, l.t.dir, name)
	if err != nil {
		return nil, err
	}
	l.r.mu.Lock()
	p.Tag, err = l.r.files.add(p.Data, p)
	l.r.mu.Unlock()
	if err != nil {
		p.Close()
		return nil, err
	}
	l.packs[p.Tag] = p
	return p, nil
}

// entry takes one entry of a pack in.
func (l *load) entry(p *pack.Pack, e pack.Entry) error {
	switch e.Kind {
	case pack.Put, pack.PutOwn:
		return l.record(p, e)
	case pack.Gone:
		l.last = max(l.last, e.Rev)
		id := string(e.ID)
		if len(l.strays) > 0 {
			l.leave(id, e.Rev)
		}
		if row := l.t.rows.Find(id); row != 0 {
			l.remember(id, l.t.rows.Stamp(row))
			l.uncount(row)
			l.in.Drop(id)
		}
	case pack.Own:
		if row := l.t.rows.Find(string(e.ID)); row != 0 {
			l.remember(string(e.ID), l.t.rows.Stamp(row))
			l.t.rows.SetStamp(row, e.Stamp)
		} else {
			l.remember(string(e.ID), e.Stamp)
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
	row := l.put(keys, e.Rev, place)
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
func (l *load) put(keys rows.Keys, rev thingset.Rev, place rows.Place) rows.Row {
	if old := l.t.rows.FindID(keys.ID()); old != 0 {
		l.supersede(string(keys.ID()), old)
	}
	return l.in.Put(keys, rev, place)
}

// supersede takes a version out that a later one, or a delete, takes the place of. Its
// record's own file may still show it: as its stamp says, or the text that a pack has,
// when the entry that told of the file did not reach the disk.
func (l *load) supersede(id string, row rows.Row) {
	l.remember(id, l.t.rows.Stamp(row))
	if place := l.t.rows.Place(row); l.replays && l.packs[place.File] != nil {
		l.t.wrote(id, older{file: l.packs[place.File].Data, place: place})
	}
	l.uncount(row)
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
