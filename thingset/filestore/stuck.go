package filestore

import "time"

// stuck is what is known of a set whose records could not be settled.
type stuck struct {
	err   error
	wait  time.Duration
	again time.Time // when it is tried again
}

// waits reports whether it is too early to try again.
func (s *stuck) waits() bool { return s.err != nil && time.Now().Before(s.again) }

// A set that is stuck is tried again after a while, which doubles up to stuckMost.
const stuckMost = time.Minute

// tellStuck notes how settling a set ended. That it fails is told once, and once
// that it works again.
func (r *room) tellStuck(t *set, err error) {
	r.tellOf(t, &t.stuck, err, "records of a set cannot be flushed; the journal keeps them, other sets go on", "records of a set are flushed again")
}

// tellUnmerged is tellStuck for merging a set's packs.
func (r *room) tellUnmerged(t *set, err error) {
	r.tellOf(t, &t.unmerged, err, "packs of a set cannot be merged; they stay as they are, other sets go on", "packs of a set are merged again")
}

func (r *room) tellOf(t *set, s *stuck, err error, fails, works string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err != nil && s.err == nil:
		r.s.o.Log.Error(fails, "domain", r.dom, "set", t.name, "err", err)
	case err == nil && s.err != nil:
		r.s.o.Log.Info(works, "domain", r.dom, "set", t.name)
	}
	if s.err = err; err == nil {
		s.wait = 0
		return
	}
	s.wait = min(max(2*s.wait, r.s.o.Settle), stuckMost)
	s.again = time.Now().Add(s.wait)
}

// nextStuck is when a set that is stuck is tried again.
func (r *room) nextStuck() (at time.Time, any bool) {
	for _, t := range r.loaded() {
		for _, s := range []*stuck{&t.stuck, &t.unmerged} {
			if s.err != nil && (!any || s.again.Before(at)) {
				at, any = s.again, true
			}
		}
	}
	return at, any
}
