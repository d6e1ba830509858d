package filestore

import (
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// maxExpire is how many records one commit removes; maxIdle how long the room
// looks away when the next one is far off, so that a clock that was put forward
// is noticed.
const (
	maxExpire = 1000
	maxIdle   = time.Minute
)

// expire removes what has expired.
func (r *room) expire() {
	for !r.leaving.Load() {
		now := r.clock.now()
		list := r.expired(now)
		if len(list) == 0 {
			r.clock.caughtUp(now)
			return
		}
		_, err := r.commit(&commit{batch: list, inner: true})
		if err != nil && (domain.CodeOf(err) != "e.thing.rev" || !r.expireEach(list)) {
			return
		}
	}
}

// expireEach removes one at a time, when one of many was changed meanwhile. It
// is false when nothing could be removed.
func (r *room) expireEach(list []thingset.Write) (any bool) {
	for i := range list {
		switch _, err := r.commit(&commit{batch: list[i : i+1], inner: true}); {
		case err == nil:
			any = true
		case domain.CodeOf(err) != "e.thing.rev":
			return false
		}
	}
	return any
}

// expired are deletes of what has expired, on condition that nothing live has
// taken its place: what expires first comes first.
func (r *room) expired(now int64) []thingset.Write {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var list []thingset.Write
	for _, t := range r.sets {
		for _, row := range t.rows.Expired(now, maxExpire-len(list)) {
			list = append(list, thingset.Write{Set: t.name, ID: string(t.rows.ID(row)), If: thingset.Absent})
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
		if at, ok := t.rows.NextExpiry(); ok && (next == 0 || at < next) {
			next = at
		}
	}
	if next == 0 {
		return 0, false
	}
	d := time.Duration(next-r.clock.now()) * time.Millisecond
	return min(max(d, 10*time.Millisecond), maxIdle), true
}
