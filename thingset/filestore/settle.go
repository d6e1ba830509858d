package filestore

import (
	"errors"
	"io/fs"
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// settling writes records to their files soon after their commit: a map of the
// last version of each, so that what changes often is written once. It also
// removes what expires.
type settling struct {
	r *room

	mu    sync.Mutex
	dirty map[place]version
	rev   thingset.Rev // the last revision in dirty
	timer *time.Timer  // the next round, nil when none is set
	due   time.Time    // when that is
	ended bool
	busy  sync.Mutex // one round at a time
}

// version is a record's last version, that its file does not show yet.
type version struct {
	write
	rev thingset.Rev
}

func (s *settling) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.dirty)
}

func (s *settling) add(w write, rev thingset.Rev) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dirty == nil {
		s.dirty = map[place]version{}
	}
	s.dirty[place{w.set, w.id}] = version{w, rev}
	s.rev = max(s.rev, rev)
}

// of are the versions of a set that its files do not show yet.
func (s *settling) of(set string) []version {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []version
	for at, v := range s.dirty {
		if at.set == set {
			list = append(list, v)
		}
	}
	return list
}

// wake has a round run soon.
func (s *settling) wake() { s.wakeIn(s.r.s.o.Settle) }

// wakeIn has a round run after d, or sooner if one is set already.
func (s *settling) wakeIn(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	due := time.Now().Add(d)
	if s.ended || s.timer != nil && !due.Before(s.due) {
		return
	}
	if s.timer != nil {
		s.timer.Stop()
	}
	s.due = due
	s.timer = time.AfterFunc(d, s.tick)
}

// tick is one round; it sets the next one when there is something to wait for.
func (s *settling) tick() {
	s.mu.Lock()
	s.timer = nil
	s.mu.Unlock()
	s.r.expire()
	if err := s.round(); err != nil {
		s.r.s.o.Log.Error("records could not be written to their files; the journal keeps them", "domain", s.r.dom, "err", err)
	}
	if s.len() > 0 {
		s.wake()
	}
	if next, ok := s.r.nextExpiry(); ok {
		s.wakeIn(next)
	}
}

// round writes what is dirty now, and cuts the journal behind it. What could
// not be written stays dirty.
func (s *settling) round() error {
	s.busy.Lock()
	defer s.busy.Unlock()
	work, rev, last := s.take()
	if len(work) == 0 {
		return nil
	}
	err := s.r.settle(work)
	if err == nil {
		err = syncAll(s.r.files)
	}
	if err == nil {
		err = s.r.journal.cut(last, rev)
	}
	if err != nil {
		s.putBack(work)
		return domain.Wrap(err, "e.store.write", s.r.dom)
	}
	return nil
}

// take gives what is dirty, its last revision, and the last segment that holds
// any of it: no commit is between its journal and its place among the dirty then.
func (s *settling) take() (work map[place]version, rev thingset.Rev, last int) {
	s.r.cutting.Lock()
	defer s.r.cutting.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	work, s.dirty = s.dirty, map[place]version{}
	if len(work) > 0 {
		last = s.r.journal.rotate()
	}
	return work, s.rev, last
}

// putBack keeps what a round could not settle; newer versions win.
func (s *settling) putBack(work map[place]version) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at, v := range work {
		if _, newer := s.dirty[at]; !newer {
			s.dirty[at] = v
		}
	}
}

// end settles everything and stops.
func (s *settling) end() error {
	s.mu.Lock()
	s.ended = true
	if s.timer != nil {
		s.timer.Stop()
	}
	s.mu.Unlock()
	return s.round()
}

// settle writes records to their files, or removes them.
func (r *room) settle(work map[place]version) error {
	for at, v := range work {
		name := recordFile(at.set, at.id, v.plain)
		if v.body == nil {
			if err := r.files.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			continue
		}
		mode := fs.FileMode(0o644)
		if v.plain {
			mode = 0o600
		}
		if err := writeFile(r.files, name, recordText(v.body), mode, false); err != nil {
			return err
		}
	}
	return nil
}
