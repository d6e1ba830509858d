package filestore

import (
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"syscall"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// tmpDir is where own files are written before they get their names: there
// nobody watches, and what a crash leaves is in nobody's way.
const tmpDir = journal.Dir + "/tmp"

// clearTmp removes what a crash has left there. What stays is not written over: a name
// is never used for two texts.
func (r *room) clearTmp() error {
	if r.disk.ReadOnly() {
		return nil
	}
	names, err := r.disk.Names(tmpDir)
	for _, name := range names {
		if err := r.disk.Remove(tmpDir + "/" + name); err != nil {
			n, _ := strconv.Atoi(name) // else it is none of the engine's
			r.tmp = max(r.tmp, n)
		}
	}
	return err
}

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
	fi, err := r.disk.Lstat(t.ownFile(id))
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
	for _, one := range s.gone {
		if err := s.removeOwn(one); err != nil {
			return err
		}
	}
	if !s.t.small || len(s.puts) == 0 {
		return nil
	}
	if err := s.r.disk.MkdirAll(tmpDir, 0o700); err != nil {
		return err
	}
	for _, one := range s.puts {
		if one.current {
			continue
		}
		mine, err := s.r.mine(s.t, one.id, one.own)
		if err != nil {
			return err
		}
		if !mine {
			one.own.Time = behind
			continue
		}
		s.r.tmp++
		if err := s.make(one, tmpDir+"/"+strconv.Itoa(s.r.tmp)); err != nil {
			return err
		}
	}
	return nil
}

// make writes one record's own file under a temporary name.
func (s *step) make(one *settling, tmp string) error {
	text := recordText(one.line)
	f, fi, err := s.r.disk.MakeOpen(tmp, text, ownMode)
	if err != nil {
		return err
	}
	one.was = one.own
	if one.tmp, one.own = tmp, stampOf(fi, text); s.open < fewFiles && s.t.afloat.keeps(s.t.ownFile(one.id)) {
		one.open = f
		s.open++
		return nil
	}
	return f.Close()
}

// mine reports whether a record's own file is as the engine left it, or gone.
// Otherwise it is noted as edited.
func (r *room) mine(t *set, id string, known rows.Stamp) (bool, error) {
	now, ok, err := r.ownState(t, id)
	if err != nil {
		return false, err
	}
	if ok && (now == rows.Stamp{} || alike(now, known)) {
		return true, nil
	}
	r.edits.note(t, id)
	return false, nil
}

// removeOwn removes the own file of a record that is gone.
func (s *step) removeOwn(one leaving) error {
	if one.stamp == (rows.Stamp{}) {
		return nil
	}
	mine, err := s.r.mine(s.t, one.id, one.stamp)
	if err != nil || !mine {
		return err
	}
	if s.r.isThere(s.t, one.id) {
		return nil // it was made again just now: its file is written over, and never away
	}
	s.t.afloat.names = true
	return s.r.disk.Remove(s.t.ownFile(one.id))
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

// renameOwn gives the own files their names. Until now the others were written, and
// the pack: a file that a person has saved meanwhile is not touched.
func (s *step) renameOwn() error {
	for _, one := range s.puts {
		if one.tmp == "" {
			continue
		}
		mine, err := s.r.mine(s.t, one.id, one.was)
		if err != nil {
			return err
		}
		if !mine {
			s.leave(one)
			continue
		}
		name := s.t.ownFile(one.id)
		if err := s.r.disk.Rename(one.tmp, name); err != nil {
			return err
		}
		one.tmp, one.named = "", true
		if one.open != nil {
			one.open.Called(name)
		}
		s.t.afloat.wrote(name, one.open)
		one.open = nil
	}
	return nil
}

// leave says that an own file shows what a person has saved just now. The pack says
// already that it is the engine's: this is put right with the next step.
func (s *step) leave(one *settling) {
	one.own = one.was
	one.own.Time = behind
	if s.t.moved == nil {
		s.t.moved = map[string]struct{}{}
	}
	s.t.moved[one.id] = struct{}{}
}

// clearOwn removes the own files of a large set's records.
func (r *room) clearOwn(t *set) error {
	if t.small {
		return nil
	}
	type owner struct {
		row  rows.Row
		id   string
		own  rows.Stamp
		mine bool
	}
	var list []owner
	r.mu.RLock()
	for row, own := range t.rows.Stamped() {
		if _, dirty := t.dirty[row]; !dirty {
			list = append(list, owner{row: row, id: string(t.rows.ID(row)), own: own})
		}
	}
	r.mu.RUnlock()
	for i := range list {
		one := &list[i]
		var err error
		if one.mine, err = r.mine(t, one.id, one.own); err != nil {
			return err
		}
		if one.mine {
			if err := r.disk.Remove(t.ownFile(one.id)); err != nil {
				return err
			}
			t.afloat.names = true
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range list {
		if t.rows.Find(one.id) == one.row && t.rows.Stamp(one.row) == one.own {
			t.rows.SetStamp(one.row, rows.Stamp{})
		}
	}
	return nil
}

// resize takes a set that has outgrown own files to packs alone, or one that
// has shrunk to half of that back. The caller holds busy.
func (r *room) resize(t *set) error {
	r.mu.RLock()
	n := t.rows.Len()
	r.mu.RUnlock()
	switch {
	case t.small && n > t.loose():
		return r.setSmall(t, false)
	case !t.small && n <= t.loose()/2 && t.loose() > 0:
		return r.setSmall(t, true)
	}
	return nil
}

// setSmall has a set be small or large. The names of its packs say which it is after a
// kill, when an own file that is missing is a person's doing only in a small set: a
// set that grows has them before own files go, one that has shrunk when all of its own
// files are durable (hide).
func (r *room) setSmall(t *set, small bool) error {
	if !small {
		if err := r.renamePacks(t, false); err != nil {
			return err
		}
		if len(t.packs) > 0 {
			if err := r.disk.SyncDir(t.dir); err != nil {
				return err
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t.shown = false
	if t.small = small; small {
		for row := range t.rows.All() {
			t.dirty[row] = struct{}{}
		}
	}
	return nil
}

// hide hides the packs of a small set once each record has a durable file of its own.
func (r *room) hide(t *set) error {
	if !t.small || !t.shown {
		return nil
	}
	return r.renamePacks(t, true)
}

// renamePacks gives the packs hidden or open names. Names that they got before are
// made durable first: a power cut must not show two of them.
func (r *room) renamePacks(t *set, hidden bool) error {
	if !slices.ContainsFunc(t.packs, func(p *pack.Pack) bool { return p.Hidden() != hidden }) {
		return nil
	}
	if err := r.disk.SyncDir(t.dir); err != nil {
		return err
	}
	for _, p := range t.packs {
		if err := p.Hide(hidden); err != nil {
			return domain.Wrap(err, "e.store.write", p.DataFile())
		}
	}
	return nil
}

func (t *set) dirMode() fs.FileMode {
	if t.plain {
		return 0o700
	}
	return 0o755
}
