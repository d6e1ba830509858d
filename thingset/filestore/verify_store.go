package filestore

import (
	"slices"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
)

// Verify is the function Verify for a domain of the store, whether it is open or
// not. Without repair it changes nothing and nobody has to wait for it: of an open
// domain it reads what counts at the moment, and what it finds it looks at once
// more. With repair it closes the domain, holds those who want to use it up, and has
// it answer again afterwards.
func (s *Store) Verify(dom string, repair bool, report func(Fault)) error {
	if repair {
		return s.repair(dom, report)
	}
	for try := 0; ; try++ {
		s.mu.RLock()
		r, joined := s.rooms[dom], s.joined
		s.mu.RUnlock()
		switch {
		case r != nil && r.leaving.Load():
			<-r.gone
			continue
		case r != nil && r.isOpen():
			if err := r.verify(report); !r.left(err) {
				return err
			}
			continue
		}
		var list []Fault
		err := (&verifier{rules: s.rules(dom), report: func(f Fault) { list = append(list, f) }}).run(s.o.Dir(dom))
		s.mu.RLock()
		same := s.joined == joined
		s.mu.RUnlock()
		if !same && (err != nil || len(list) > 0) && try < mostLooksAt {
			continue // somebody may have opened it: nothing of that is certain
		}
		for _, f := range list {
			report(f)
		}
		return err
	}
}

// rules are Options.Rules for a domain.
func (s *Store) rules(dom string) func(set string, body []byte) error {
	rules := s.o.Rules
	if rules == nil {
		rules = s.o.Check
	}
	if rules == nil {
		return nil
	}
	return func(set string, body []byte) error { return rules(dom, set, body) }
}

// mostLooksAt is how often a domain is looked at that others open and close
// meanwhile.
const mostLooksAt = 5

// repair repairs a domain while nobody has it open.
func (s *Store) repair(dom string, report func(Fault)) error {
	s.mu.RLock()
	was := s.rooms[dom]
	s.mu.RUnlock()
	used := was != nil
	if used && !was.leaving.Load() && was.isOpen() {
		if err := was.ready(&verifier{d: was.disk, repair: true, report: report}); err != nil && !was.left(err) {
			return err
		}
	}
	r, err := s.block(dom)
	if err != nil {
		return err
	}
	err = (&verifier{repair: true, hook: s.hook(dom), rules: s.rules(dom), report: report}).run(s.o.Dir(dom))
	s.forget(dom, r)
	close(r.gone)
	if used {
		s.reopen(dom)
	}
	return err
}

// reopen has a domain that was in use be open again, so that it sees edits and
// removes what expires. What goes wrong is told to the next who uses it.
func (s *Store) reopen(dom string) {
	r, err := s.room(dom)
	if err != nil {
		return
	}
	for _, name := range s.defs.names(dom) {
		_ = r.serving(name)
	}
}

// block closes a domain and puts one in its place that is never open. What could not be
// settled the journal has.
func (s *Store) block(dom string) (*room, error) {
	for {
		if err := s.CloseDomain(dom); err != nil {
			s.o.Log.Warn("a domain that is to be repaired was closed before all of it was flushed; the journal keeps it", "domain", dom, "err", err)
		}
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			return nil, domain.E("e.store.closed")
		}
		if s.rooms[dom] == nil {
			r := newRoom(s, dom)
			r.leaving.Store(true)
			s.rooms[dom] = r
			s.mu.Unlock()
			return r, nil
		}
		s.mu.Unlock()
	}
}

// isOpen waits until a room is open; it is false when it could not be opened.
func (r *room) isOpen() bool {
	r.opening.Do(func() { r.failed = r.open() })
	return r.failed == nil
}

// verify verifies a room while it is in use.
func (r *room) verify(report func(Fault)) error {
	v := &verifier{report: report, rules: r.s.rules(r.dom), room: r, known: looking{r}}
	if err := v.open(r.s.o.Dir(r.dom)); err != nil {
		return err
	}
	defer v.d.Close()
	if err := v.lookAtJournal(); err != nil {
		return err
	}
	if err := v.walk("."); err != nil {
		return err
	}
	for _, t := range r.loaded() {
		if !v.walked[t.name] { // its folder may be gone
			if err := v.unreadable(t.dir, v.live(t)); err != nil {
				return err
			}
		}
	}
	return v.unseen()
}

// lookAtJournal verifies the journal of an open domain.
func (v *verifier) lookAtJournal() error {
	if unread, err := v.odd(); unread || err != nil {
		return err
	}
	list, err := v.room.journal.Look(v.d)
	for _, f := range list {
		v.report(Fault{File: f.File, Offset: f.Offset, Msg: f.What})
	}
	return err
}

// looking is an open domain as a knower: sets that nobody has loaded are not
// written to, unless they are barred.
type looking struct{ r *room }

var _ knower = looking{}

// Mark implements knower.
func (l looking) Mark(set string) (pack.Mark, bool) { return l.r.journal.Mark(set) }

// Sets implements knower.
func (l looking) Sets() []string { return l.r.journal.Sets() }

// Whole implements knower.
func (l looking) Whole() bool { return l.r.journal.Whole() }

// Logs implements knower.
func (l looking) Logs(set string) bool { return l.r.isBarred(set) != nil }

// Writes implements knower.
func (l looking) Writes(set string, id []byte) bool {
	b := l.r.isBarred(set)
	return b != nil && slices.ContainsFunc(b.writes, func(w journaled) bool { return w.id == string(id) })
}

// loaded is the set of a folder, nil when nobody has loaded one.
func (v *verifier) loaded(dir string) *set {
	if v.room == nil || v.room.leaving.Load() {
		return nil
	}
	for _, t := range v.room.loaded() {
		if t.dir == dir {
			return t
		}
	}
	return nil
}

// inUse are the packs that have records of a set, those that count most last. The caller
// holds busy.
func (t *set) inUse() (list []*pack.Pack) {
	for _, p := range t.strays {
		list = append(list, p.Pack)
	}
	return append(list, t.packs...)
}

// views opens the packs of a set as they are now. The caller holds busy.
func (v *verifier) views(t *set) (list []*pack.View, err error) {
	for _, p := range t.inUse() {
		one, err := p.Look(v.d, &v.Scratch)
		if err != nil {
			closeViews(list)
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

func closeViews(list []*pack.View) {
	for _, one := range list {
		one.Close()
	}
}
