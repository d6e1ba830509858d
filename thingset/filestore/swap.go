package filestore

import (
	"errors"
	"io/fs"

	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// renameOwn gives the own files their names. Until now the others were written, and
// the pack: a file that a person has saved meanwhile is not touched.
func (s *step) renameOwn() error {
	for _, one := range s.puts {
		if one.tmp == "" {
			continue
		}
		s.t.afloat.shows = least(s.t.afloat.shows, one.rev)
		named, err := s.rename(one)
		if err != nil {
			return err
		}
		if !named {
			s.leave(one)
			continue
		}
		name := s.t.ownFile(one.id)
		one.named = true
		if one.open != nil {
			one.open.Called(name)
		}
		s.t.afloat.wrote(name, one.open)
		one.open = nil
	}
	return nil
}

// rename gives one own file its name; named is false when a person has saved, made or
// removed the file just now.
func (s *step) rename(one *settling) (named bool, err error) {
	name := s.t.ownFile(one.id)
	is, err := s.r.lies(s.t, one.id, one.was)
	switch {
	case err != nil || is == another:
		return false, err
	case is == absent && one.was != rows.Stamp{}:
		return s.removed(one)
	case is == absent:
		err = s.r.hand.MoveNew(one.tmp, name)
	default:
		return s.swap(one, name)
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		s.r.edits.note(s.t, one.id)
		return false, nil
	case err != nil:
		return false, err
	}
	one.tmp = ""
	return true, nil
}

// swap puts a new own file in the place of the one before.
func (s *step) swap(one *settling, name string) (named bool, err error) {
	one.swapped = true
	err = s.r.hand.Exchange(name, one.tmp)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		if err = s.r.disk.Rename(one.tmp, name); err == nil {
			one.tmp = ""
		}
		return err == nil, err
	case missing(err):
		if _, gone := s.r.hand.Lstat(one.tmp); gone != nil {
			return false, err
		}
		return s.removed(one)
	case err != nil:
		return false, err
	}
	s.t.afloat.drop(name)
	old := aside{t: s.t, id: one.id, tmp: one.tmp, left: one.was}
	one.tmp = ""
	return !s.r.clearAway(old, one.own), nil
}

// removed notes that somebody has removed an own file just now.
func (s *step) removed(one *settling) (named bool, err error) {
	one.removed = true
	s.r.edits.note(s.t, one.id)
	return false, nil
}

// leave says that an own file is as a person has left it just now. The pack says
// already that it is the engine's: this is put right with the next step.
func (s *step) leave(one *settling) {
	one.own = one.was
	if one.edited = true; !one.removed {
		one.own.Time = behind
	}
	if s.t.moved == nil {
		s.t.moved = map[string]struct{}{}
	}
	s.t.moved[one.id] = struct{}{}
}
