package thingset

import (
	"context"
	"slices"
	"sync"
	"time"
)

// All sorts of a process share a room of memory. One that finds none left waits until
// another has gathered its keys, and then takes these away from it: it gathers again
// what it has not given yet. So nobody waits for a reader, however slow, and how many
// sort at once is of no account.

// A sort's part of the room is at most mostLean and half of what is left, but leastLean
// at least. allSmall is for records that are kept as they are.
const (
	mostLean  = 16 << 20
	leastLean = 1 << 20
	allLean   = 32 << 20
	allSmall  = 8 << 20
)

// sortRoom is what sorts share.
type sortRoom struct {
	mu    sync.Mutex
	left  int           // for keys, in bytes
	small int           // for records, in bytes
	open  []*lean       // give their pages, the first that began first
	more  chan struct{} // closed when a part may be had
}

func newSortRoom(keys, records int) *sortRoom {
	return &sortRoom{left: keys, small: records, more: make(chan struct{})}
}

// sorts is the room of this process.
var sorts = newSortRoom(allLean, allSmall)

// take gives a sort its part, and waits for it. It keeps the one that it has, unless
// a larger one may be had.
func (s *sortRoom) take(ctx context.Context, l *lean) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.taken == mostLean || l.taken > 0 && s.left < 4*l.taken {
		l.room, l.began = l.taken, time.Now()
		return nil
	}
	s.put(l)
	for s.left < leastLean {
		if wait := s.rob(); wait != 0 {
			if err := s.wait(ctx, wait); err != nil {
				return err
			}
		}
	}
	l.room = leastLean
	for l.room < mostLean && l.room*4 <= s.left {
		l.room *= 2
	}
	s.left -= l.room
	l.taken, l.began = l.room, time.Now()
	return nil
}

// rob takes a part from a sort that gives its page and has had its keys for as long as
// it took to gather them, and returns 0; else how long that may last, less than 0 when
// nobody gives.
func (s *sortRoom) rob() time.Duration {
	least := time.Duration(-1)
	for _, l := range s.open {
		wait := time.Until(l.until)
		if wait <= 0 {
			l.more = true
			s.put(l)
			return 0
		}
		if least < 0 || wait < least {
			least = wait
		}
	}
	return least
}

// wait waits, unlocked, until there may be a part; as long as it has to when most is
// less than 0.
func (s *sortRoom) wait(ctx context.Context, most time.Duration) error {
	var late <-chan time.Time
	if most > 0 {
		t := time.NewTimer(most)
		defer t.Stop()
		late = t.C
	}
	more := s.more
	s.mu.Unlock()
	defer s.mu.Lock()
	select {
	case <-more:
	case <-late:
	case <-ctx.Done():
	}
	return Canceled(ctx)
}

// tell wakes those that wait.
func (s *sortRoom) tell() {
	close(s.more)
	s.more = make(chan struct{})
}

// keep says that a sort does not give any more.
func (s *sortRoom) keep(l *lean) {
	if i := slices.Index(s.open, l); i >= 0 {
		s.open = slices.Delete(s.open, i, i+1)
	}
}

// put takes back a part, and what was kept in it.
func (s *sortRoom) put(l *lean) {
	s.keep(l)
	if l.data, l.list = nil, nil; l.taken > 0 {
		s.left += l.taken
		l.taken = 0
		s.tell()
	}
}

// free is put of a sort that ends.
func (s *sortRoom) free(l *lean) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(l)
}

// giving says that a sort has gathered its keys: from now on they may be taken away.
func (s *sortRoom) giving(l *lean) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.taken > 0 {
		l.until = time.Now().Add(time.Since(l.began))
		s.open = append(s.open, l)
		s.tell()
	}
}

// takeSmall takes the part of records that are kept as they are; nobody waits for it.
func (s *sortRoom) takeSmall() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.small < smallSort {
		return false
	}
	s.small -= smallSort
	return true
}

func (s *sortRoom) putSmall() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.small += smallSort
}
