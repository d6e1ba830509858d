package filestore

import (
	"cmp"
	"maps"
	"slices"

	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// step is a part of a set's dirty records on its way to the disk.
type step struct {
	r    *room
	t    *set
	puts []*settling
	gone []leaving
	size int // of the bodies of puts, in bytes
	open int // own files that are kept open

	unread error // why some were left out
}

// settling is a record in a step.
type settling struct {
	look
	keys    rows.Keys
	line    []byte
	current bool       // its own file shows it already
	own     rows.Stamp // of its own file, now and then to be
	was     rows.Stamp // of its own file, before a new one was made
	made    rows.Stamp // of the new one
	edited  bool       // its own file is not to be replaced: a person has saved or removed it
	removed bool       // a person has removed it, while a new one was made
	tmp     string     // its own file under another name
	swapped bool       // perhaps that is the one before
	open    *disk.File // its own file, to be synced; nil when it was closed
	named   bool       // its own file has its name
	place   rows.Place
}

// leaving is a deleted record in a step.
type leaving struct {
	id string
	departure
}

// takeStep takes a part of what has been dirty since a revision.
func (r *room) takeStep(t *set, until thingset.Rev) *step {
	s := &step{r: r, t: t}
	r.mu.RLock()
	defer r.mu.RUnlock()
	for row := range t.dirty {
		if len(s.puts) >= r.s.stepRows || s.size >= stepBytes {
			break
		}
		if t.rows.Rev(row) > until {
			continue
		}
		if _, away := t.away[string(t.rows.ID(row))]; away {
			continue
		}
		_, current := t.current[row]
		one := &settling{look: r.look(t.rows, row), keys: slices.Clone(t.rows.Keys(row)), current: current, own: t.rows.Stamp(row)}
		s.puts = append(s.puts, one)
		s.size += int(t.rows.Place(row).Size)
	}
	for id, d := range t.gone {
		if len(s.gone) >= r.s.stepRows {
			break
		}
		if d.rev > until {
			continue
		}
		s.gone = append(s.gone, leaving{id, d})
	}
	slices.SortFunc(s.puts, func(a, b *settling) int { return cmp.Compare(a.id, b.id) })
	slices.SortFunc(s.gone, func(a, b leaving) int { return cmp.Compare(a.id, b.id) })
	return s
}

func (s *step) release() {
	defer s.r.hand.LetGo()
	for _, one := range s.puts {
		one.letGo()
		if one.tmp != "" { // it was not wanted after all
			s.r.clearAway(aside{t: s.t, id: one.id, tmp: one.tmp, left: one.made, sure: !one.swapped}, one.made)
		}
	}
}

func (one *settling) letGo() {
	if one.file != nil {
		one.file.release()
	}
	if one.open != nil {
		one.open.Close()
	}
}

func (s *step) run() error {
	if err := s.r.disk.Begin(); err != nil {
		return err
	}
	if !s.r.exists(s.t.dir) {
		s.t.rooted = false
		s.bare()
	}
	if err := s.r.disk.MkdirAll(s.t.dir, s.t.dirMode()); err != nil {
		return err
	}
	s.r.edits.watch(s.t)
	if s.read(); len(s.puts)+len(s.gone)+len(s.t.moved) == 0 {
		return nil
	}
	if err := s.writeOwn(); err != nil {
		return err
	}
	p, err := s.writePack()
	if err != nil {
		return err
	}
	if err := s.firm(); err != nil {
		return err
	}
	if err := s.renameOwn(); err != nil {
		s.keepNamed()
		return err
	}
	return s.done(p)
}

// read reads the records. One that cannot be read stays dirty, and keeps no other one from
// being settled.
func (s *step) read() {
	s.puts = slices.DeleteFunc(s.puts, func(one *settling) bool {
		rec, err := one.record()
		if err != nil {
			s.unread = cmp.Or(s.unread, err)
			one.letGo()
			return true
		}
		one.line = relaxed.AppendCompact(make([]byte, 0, len(rec.Body)), rec.Body)
		return false
	})
}

// bare notes that own files have gone with their folder: all of them are written anew.
func (s *step) bare() {
	t := s.t
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	for row := range maps.Collect(t.rows.Stamped()) {
		t.rows.SetStamp(row, rows.Stamp{})
		if t.small {
			t.dirty[row] = struct{}{}
		}
	}
	for id, d := range t.gone {
		d.stamp = rows.Stamp{}
		t.gone[id] = d
	}
	t.current, t.ahead, t.broken, t.away, t.folderless = nil, nil, nil, nil, false
	for _, one := range s.puts {
		one.own, one.current = rows.Stamp{}, false
	}
	for i := range s.gone {
		s.gone[i].stamp = rows.Stamp{}
	}
}

// keepNamed tells memory which own files have got their names, when the step
// failed later on.
func (s *step) keepNamed() {
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	for _, one := range s.puts {
		if one.named {
			s.r.passOn(s.t, one.id, one.own)
		}
	}
}

// writePack appends the records to the set's last pack.
func (s *step) writePack() (*pack.Pack, error) {
	if len(s.puts) == 0 && len(s.t.packs)+len(s.t.strays)+len(s.t.dying) == 0 {
		return nil, nil // it never was in one
	}
	p, err := s.r.lastPack(s.t)
	if err != nil {
		return nil, err
	}
	b := p.Batch(len(s.puts), s.size)
	s.moved(b) // first: what a record's file will be counts more than what it is
	for _, one := range s.puts {
		one.place = b.Put(one.rev, one.line, one.keys, s.ownToBe(one))
		one.place.File = p.Tag
	}
	for _, one := range s.gone {
		b.Gone(one.rev, one.id)
	}
	return p, p.Write(b, s.t.code, false)
}

// moved adds the new states of own files that show what they showed before.
func (s *step) moved(b *pack.Batch) {
	s.r.mu.RLock()
	defer s.r.mu.RUnlock()
	for id := range s.t.moved {
		if row := s.t.rows.Find(id); row != 0 {
			b.Own(id, s.t.rows.Stamp(row))
		}
	}
	s.t.moved = nil
}

// ownToBe is the state of a record's own file as its entry tells it.
func (s *step) ownToBe(one *settling) rows.Stamp {
	if s.t.small {
		return one.own
	}
	return rows.Stamp{}
}

// done tells memory where the records are now, as far as they are still the
// same.
func (s *step) done(p *pack.Pack) error {
	r, t := s.r, s.t
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range s.puts {
		t.afloat.note(one.row, one.rev, one.id)
		if t.rows.Rev(one.row) != one.rev || t.rows.Find(one.id) != one.row {
			r.passOn(t, one.id, one.own)
			continue
		}
		r.count(t, one.row, -1)
		t.rows.Move(one.row, one.place)
		t.rows.SetStamp(one.row, one.own)
		r.count(t, one.row, 1)
		delete(t.dirty, one.row)
		delete(t.current, one.row)
		if !one.edited {
			delete(t.ahead, one.row)
		}
	}
	for _, one := range s.gone {
		if d, ok := t.gone[one.id]; ok && d.rev == one.rev {
			delete(t.gone, one.id)
			t.afloat.left(one.id, one.rev)
		}
	}
	return nil
}

// passOn tells the next version of a record what state its own file has now.
func (r *room) passOn(t *set, id string, own rows.Stamp) {
	if row := t.rows.Find(id); row != 0 {
		if _, current := t.current[row]; !current {
			t.rows.SetStamp(row, own)
		}
	} else if d, ok := t.gone[id]; ok {
		d.stamp = own
		t.gone[id] = d
	}
}

// nextPack is a number of which there is no pack: somebody may have put one there.
func (r *room) nextPack(t *set) (int, error) {
	for n := t.last + 1; ; n++ {
		if taken, err := pack.Taken(r.disk, t.dir, n); !taken || err != nil {
			return n, err
		}
	}
}

// lastPack is the pack that records are appended to.
func (r *room) lastPack(t *set) (*pack.Pack, error) {
	var p *pack.Pack
	if last := len(t.packs) - 1; last >= 0 {
		p = t.packs[last]
	}
	if p == nil || p.Size() >= r.s.full || t.afloat.sealed {
		var err error
		if p, err = r.newPack(t); err != nil {
			return nil, err
		}
	}
	return p, r.begun(t, p)
}

// newPack makes a set's next pack.
func (r *room) newPack(t *set) (*pack.Pack, error) {
	if last := len(t.packs) - 1; last >= 0 {
		if err := t.packs[last].Trim(); err != nil {
			return nil, err
		}
		t.packs[last].Seal()
	}
	n, err := r.nextPack(t)
	if err != nil {
		return nil, err
	}
	p, err := pack.Create(r.disk, t.dir, n, t.small)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.Tag, err = r.files.add(p.Data, p); err != nil {
		p.Close()
		return nil, err
	}
	t.packs, t.last = append(t.packs, p), n
	t.afloat.sealed = false
	t.afloat.names = true
	return p, nil
}

// begun has the journal's state know a pack before anything is written to it: what a
// crash leaves of it would be taken for a pack that somebody has copied in. Its name is
// durable by then, else somebody could copy one of that number in.
func (r *room) begun(t *set, p *pack.Pack) error {
	if r.journal.Knows(t.name, p.N) {
		return nil
	}
	if err := r.syncNames(t); err != nil {
		return err
	}
	return r.note(t, t.form(), p.N)
}
