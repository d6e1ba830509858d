package filestore

import (
	"time"

	"github.com/caryahq/carya/thingset"
)

// maxExpire is how many records one commit removes; maxIdle how long the room
// looks away when the next one is far off.
const (
	maxExpire = 1000
	maxIdle   = time.Hour
)

// expire removes what has expired, unless it was changed meanwhile.
func (r *room) expire() {
	for !r.done.Load() {
		list := r.expired()
		if len(list) == 0 {
			return
		}
		if _, err := r.commit(list); err != nil {
			r.removeEach(list)
			return
		}
	}
}

// removeEach removes one at a time, when one of many was changed meanwhile.
func (r *room) removeEach(list []thingset.Write) {
	for _, w := range list {
		if _, err := r.commit([]thingset.Write{w}); err != nil {
			continue // changed just now: it is looked at again in the next round
		}
	}
}

// expired are deletes of what has expired, on condition that nothing live has
// taken its place.
func (r *room) expired() []thingset.Write {
	now := r.now()
	r.mu.RLock()
	defer r.mu.RUnlock()
	var list []thingset.Write
	for _, t := range r.sets {
		for _, c := range t.expired(now, maxExpire-len(list)) {
			list = append(list, thingset.Write{Set: t.name, ID: c.id, If: thingset.Absent})
		}
	}
	return list
}

// nextExpiry is how long it takes until something expires.
func (r *room) nextExpiry() (time.Duration, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var next int64
	for _, t := range r.sets {
		if _, c, ok := t.expiry.Min(); ok && (next == 0 || c.expi < next) {
			next = c.expi
		}
	}
	if next == 0 {
		return 0, false
	}
	d := time.Duration(next-r.now()) * time.Millisecond
	return min(max(d, 10*time.Millisecond), maxIdle), true
}
