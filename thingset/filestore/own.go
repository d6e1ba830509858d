package filestore

import (
	"errors"
	"io/fs"
	"slices"
	"syscall"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// stampOf is the state of a file with a text.
func stampOf(fi fs.FileInfo, text []byte) rows.Stamp {
	s := rows.Stamp{Time: fi.ModTime().UnixNano(), Size: uint32(fi.Size())}
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		s.Inode = st.Ino
	}
	if text != nil {
		s.Sum = frame.Sum(text)
	}
	return s
}

// behind as a Stamp's Time says that a record's own file shows something older,
// or something else, and could not be written because a person had edited it.
const behind = -1

// alike reports whether the system says the same of two states.
func alike(a, b rows.Stamp) bool {
	return a.Inode == b.Inode && a.Time == b.Time && a.Size == b.Size
}

// ownState is what the system says of a record's own file, without its sum;
// zero when there is none. What is no regular file is not touched: ok is false.
func (r *room) ownState(t *set, id string) (s rows.Stamp, ok bool, err error) {
	fi, err := r.hand.Lstat(t.ownFile(id))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s, true, nil
	case err != nil:
		return s, false, err
	}
	return stampOf(fi, nil), fi.Mode().IsRegular(), nil
}

// writeOwn writes the own files of a small set's records under temporary names,
// and removes those of records that are gone. A file that is not as the engine
// left it is a person's: it is not touched, but looked at soon.
func (s *step) writeOwn() error {
	if len(s.gone) == 0 && (!s.t.small || len(s.puts) == 0) {
		return nil
	}
	if err := s.r.disk.MkdirAll(tmpDir, 0o700); err != nil {
		return err
	}
	if err := s.r.hold(s.t); err != nil {
		return err
	}
	for _, one := range s.gone {
		if err := s.removeOwn(one); err != nil {
			return err
		}
	}
	if !s.t.small || len(s.puts) == 0 {
		return nil
	}
	if err := s.putOff(); err != nil {
		return err
	}
	for _, one := range s.puts {
		if one.edited || one.current {
			continue
		}
		if err := s.make(one, s.r.tmpName(s.t, one.id)); err != nil {
			return err
		}
	}
	return nil
}

// hold holds the folders between which own files are moved.
func (r *room) hold(t *set) error {
	err := r.hand.Hold(t.dir)
	if err == nil {
		err = r.hand.Hold(tmpDir)
	}
	return err
}

// putOff takes the records out of the step whose own files somebody has removed: they
// stay dirty until that was looked at.
func (s *step) putOff() error {
	all := s.puts
	s.puts = s.puts[:0]
	for i, one := range all {
		if !one.current {
			is, err := s.r.lies(s.t, one.id, one.own)
			if err != nil {
				s.puts = append(s.puts, all[i:]...)
				return err
			}
			if is == absent && one.own != (rows.Stamp{}) {
				s.t.putOff(one.id)
				s.r.edits.note(s.t, one.id)
				one.letGo()
				continue
			}
			if one.edited = is == another; one.edited {
				one.own.Time = behind
			}
		}
		s.puts = append(s.puts, one)
	}
	return nil
}

func (t *set) putOff(id string) {
	if t.away == nil {
		t.away = map[string]struct{}{}
	}
	t.away[id] = struct{}{}
}

// make writes one record's own file under a temporary name.
func (s *step) make(one *settling, tmp string) error {
	one.tmp = tmp
	text := recordText(one.line)
	f, fi, err := s.r.disk.MakeOpen(tmp, text, ownMode)
	if err != nil {
		return err
	}
	one.was = one.own
	one.own = stampOf(fi, text)
	one.made = one.own
	if s.open < fewFiles && s.t.afloat.keeps(s.t.ownFile(one.id)) {
		one.open = f
		s.open++
		return nil
	}
	return f.Close()
}

// lying is what lies in the place of a record's own file.
type lying int

const (
	asLeft  lying = iota // the file as the engine left it
	absent               // no file
	another              // a person's
)

// lies looks at the place of a record's own file. What a person has put there is noted
// as edited.
func (r *room) lies(t *set, id string, known rows.Stamp) (lying, error) {
	now, ok, err := r.ownState(t, id)
	switch {
	case err != nil:
		return another, err
	case ok && now == rows.Stamp{}:
		return absent, nil
	case ok && alike(now, known):
		return asLeft, nil
	}
	if !r.edits.isNoted(t, id) {
		r.edits.note(t, id)
	}
	return another, nil
}

// removeOwn removes the own file of a record that is gone.
func (s *step) removeOwn(one leaving) error {
	if one.stamp == (rows.Stamp{}) {
		return nil
	}
	is, err := s.r.lies(s.t, one.id, one.stamp)
	if err != nil || is == another {
		return err
	}
	if s.r.isThere(s.t, one.id) {
		return nil // it was made again just now: its file is written over, and never away
	}
	s.t.afloat.names = true
	return s.r.takeAway(s.t, one.id, one.stamp)
}

func (r *room) isThere(t *set, id string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return t.rows.Find(id) != 0
}

// firm makes own files durable before they get their names when the journal has their
// records no more: nobody would know for the engine's what a power cut leaves of them.
func (s *step) firm() error {
	cut, n, all := s.r.journal.CutRev(), 0, true
	for _, one := range s.puts {
		if one.tmp != "" && one.rev <= cut {
			n++
			all = all && one.open != nil
		}
	}
	if n == 0 {
		return nil
	}
	if !all {
		if err := s.r.disk.SyncAll(); err != nil {
			s.r.distrust()
			return err
		}
		return s.r.disk.Begin()
	}
	for _, one := range s.puts {
		if one.tmp != "" && one.rev <= cut {
			if err := one.open.Sync(); err != nil {
				return err // it is written once more, under another name
			}
		}
	}
	return nil
}

// clearOwn removes the own files of a large set's records.
func (r *room) clearOwn(t *set) error {
	if t.small {
		return nil
	}
	list := map[string]rows.Stamp{}
	r.mu.RLock()
	for row, own := range t.rows.Stamped() {
		if _, dirty := t.dirty[row]; !dirty {
			list[string(t.rows.ID(row))] = own
		}
	}
	r.mu.RUnlock()
	if len(list) == 0 {
		return nil
	}
	if err := r.disk.MkdirAll(tmpDir, 0o700); err != nil {
		return err
	}
	defer r.hand.LetGo()
	if err := r.hold(t); err != nil {
		return err
	}
	for id, own := range list {
		is, err := r.lies(t, id, own)
		if err == nil && is == asLeft {
			t.afloat.names = true
			err = r.takeAway(t, id, own)
		}
		if err != nil {
			return err
		}
		r.disown(t, id, own)
	}
	return nil
}

// disown notes that a record has no file of its own any more.
func (r *room) disown(t *set, id string, own rows.Stamp) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if row := t.rows.Find(id); row != 0 && t.rows.Stamp(row) == own {
		t.rows.SetStamp(row, rows.Stamp{})
	}
}

// resize takes a set that has outgrown own files to packs alone, or one that
// has shrunk to half of that back. The caller holds busy.
func (r *room) resize(t *set) error {
	r.mu.RLock()
	n := t.rows.Len()
	r.mu.RUnlock()
	switch {
	case t.def.Loose == thingset.AsItIs:
	case t.small && n > t.loose():
		return r.setSmall(t, false)
	case !t.small && n <= t.loose()/2 && t.loose() > 0:
		return r.setSmall(t, true)
	}
	return nil
}

// setSmall has a set be small or large. The journal's state says which it is after a
// kill, when an own file that is missing is a person's doing only in a small set: a
// set that grows is large there before own files go, one that has shrunk is small when
// all of its own files are durable (safe).
func (r *room) setSmall(t *set, small bool) error {
	if !small {
		if err := r.note(t, pack.Large); err != nil {
			return err
		}
		t.told = false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t.shown = false
	if t.small = small; small {
		for row := range t.rows.All() {
			t.dirty[row] = struct{}{}
		}
	}
	for _, p := range t.packs {
		t.calls(p)
	}
	return nil
}

// calls has a pack be merged soon whose name does not suit the set: people should see
// the packs of a large set, and of a small one its records.
func (t *set) calls(p *pack.Pack) {
	if name := p.Name(); name.Hidden() != t.small || name.New() {
		t.stale = max(t.stale, p.N)
		t.afloat.sealed = true
	}
}

// note has the journal's state say at once whether a set is small, and which packs it
// begins.
func (r *room) note(t *set, form pack.Form, begun ...int) error {
	m, known := r.journal.Mark(t.name)
	if !known {
		m.Live = map[int]int64{}
	}
	m.Form, m.Born = form, t.born
	m.Begun = slices.DeleteFunc(union(m.Begun, begun), m.Lists) // what is listed counts
	m.Going = union(m.Going, t.junk, t.buried)
	return r.journal.Note(t.name, m)
}

func union(lists ...[]int) []int {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}

func (t *set) dirMode() fs.FileMode {
	if t.plain {
		return 0o700
	}
	return 0o755
}
