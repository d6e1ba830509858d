package jobpool

import "time"

// window is what a share is a part of.
const window = time.Hour

// ledger is how much time was spent, minute by minute, for as long as it counts.
type ledger struct {
	minutes [int(window / time.Minute)]struct {
		at    int64 // minutes since 1970
		spent time.Duration
	}
}

// add notes a span of running time.
func (l *ledger) add(from, to time.Time) {
	from = later(from, to.Add(-window))
	for from.Before(to) {
		next := from.Truncate(time.Minute).Add(time.Minute)
		if next.After(to) {
			next = to
		}
		at := from.Unix() / 60
		m := &l.minutes[int(at%int64(len(l.minutes)))]
		if m.at != at {
			m.at, m.spent = at, 0
		}
		m.spent += next.Sub(from)
		from = next
	}
}

// within is what was spent in the window that ends now.
func (l *ledger) within(now time.Time) (sum time.Duration) {
	for _, m := range l.minutes {
		if m.at > now.Unix()/60-int64(len(l.minutes)) {
			sum += m.spent
		}
	}
	return sum
}
