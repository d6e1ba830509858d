package filestore

import (
	"time"

	"github.com/caryahq/carya/thingset"
)

// Memory's part of the feed is for those who follow it as it goes on. What has
// been there for restAfter is let go of: who still wants it reads it from the
// journal.
const restAfter = time.Minute

// resting is the next time at which memory lets go of changes.
type resting struct {
	at  time.Time // zero: there is none
	rev thingset.Rev
}

// rest lets go of what is due.
func (w *worker) rest() {
	r := w.r
	now := time.Now()
	if due := &w.resting; !due.at.IsZero() && !now.Before(due.at) {
		if r.journal.Reach() <= r.feed.begin() {
			r.feed.forget(due.rev)
		}
		due.at = time.Time{}
	}
	if last, any := r.feed.held(); any && w.resting.at.IsZero() && last > w.resting.rev && r.s.o.FeedBytes > 0 {
		w.resting = resting{now.Add(r.s.rest), last}
	}
}

// begin is the revision behind which memory holds all changes.
func (f *feed) begin() thingset.Rev {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.base
}

// held is the last revision, and whether memory holds any change.
func (f *feed) held() (last thingset.Rev, any bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rev, len(f.list) > 0
}

// forget lets go of the changes up to a revision.
func (f *feed) forget(rev thingset.Rev) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cut(func(n int) bool { return f.list[n].Rev <= rev })
}
