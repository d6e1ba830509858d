package thingset

import "context"

// Sorting is a query whose sorts keep at most so many bytes.
func Sorting(q Query, room int) Query {
	q.room = room
	return q
}

// Sorted is what a query finds, how many bytes its keys took and in how many further
// passes they were read; each is called for every record.
func (s *Set) Sorted(ctx context.Context, q Query, each func(Record)) (most, passes, matched int, err error) {
	r, err := s.newRun(ctx, q)
	if err != nil {
		return 0, 0, 0, err
	}
	r.count = !q.NoSum
	for rec, err := range r.page() {
		if err != nil {
			return 0, 0, 0, err
		}
		each(rec)
	}
	return r.most, r.passes, r.matched, nil
}

// SortRoom is how much all sorts hold, in bytes.
func SortRoom() int64 { return sortRoom.Load() }

// The bounds of sorts, in bytes.
const (
	SmallSort  = smallSort
	MostLean   = mostLean
	LeastLean  = leastLean
	AllLean    = allLean
	MaxLeanKey = maxLeanKey
)

// TakeSortRoom takes room as a sort does.
func TakeSortRoom() int { return takeRoom() }

// GiveSortRoom gives it back.
func GiveSortRoom(n int) { sortRoom.Add(-int64(n)) }
