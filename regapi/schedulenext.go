package regapi

import "time"

// maxAhead is how many years ahead a time is looked for.
const maxAhead = 5

// Next is the first time after t, in t's zone; zero when there is none within five
// years. As in cron(5), a time of day that a change of clocks leaves out comes when
// the clocks have changed, and one that comes twice counts the first time; jobs of every
// hour or minute (the field begins with *) follow the clock.
func (s *Schedule) Next(t time.Time) time.Time {
	switch {
	case s.every > 0:
		return t.Truncate(s.every).Add(s.every)
	case s.fixed:
		return s.nextOfDays(t)
	}
	return s.nextOfClock(t)
}

// nextOfDays goes through the times of day that each day has.
func (s *Schedule) nextOfDays(after time.Time) time.Time {
	year, month, day := after.Date()
	for n := range maxAhead*366 + 1 {
		// as UTC: a date's arithmetic without a zone
		date := time.Date(year, month, day+n, 0, 0, 0, 0, time.UTC)
		if s.month&(1<<int(date.Month())) == 0 || !s.onDay(date) {
			continue
		}
		for minute := range 24 * 60 {
			if s.hour&(1<<(minute/60)) == 0 || s.minute&(1<<(minute%60)) == 0 {
				continue
			}
			if t := onClock(date.Add(time.Duration(minute)*time.Minute), after.Location()); t.After(after) {
				return t
			}
		}
	}
	return time.Time{}
}

// onClock is when the clocks of a zone first show a time, or go past it when they are
// put forward. wall is the time as if of UTC.
func onClock(wall time.Time, zone *time.Location) time.Time {
	t := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), 0, 0, zone)
	begin, end := t.ZoneBounds()
	switch shown := asUTC(t); {
	case shown.After(wall): // left out, and t is behind the change
		return begin
	case shown.Before(wall): // left out, and t is before it
		return end
	}
	if begin.IsZero() {
		return t
	}
	before := asUTC(begin.Add(-time.Second)).Add(time.Second).Sub(asUTC(begin)) // > 0: put back
	if first := t.Add(-before); before > 0 && first.Before(begin) {
		return first
	}
	return t
}

// asUTC is what a zone's clocks show at t.
func asUTC(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

// nextOfClock goes along with the clock, which may leave out or repeat some of it.
func (s *Schedule) nextOfClock(t time.Time) time.Time {
	t = t.Truncate(time.Minute).Add(time.Minute)
	for end := t.AddDate(maxAhead, 0, 0); t.Before(end); {
		switch {
		case s.month&(1<<int(t.Month())) == 0:
			t = midnight(t, time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, t.Location()))
		case !s.onDay(t):
			t = midnight(t, time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, t.Location()))
		case s.hour&(1<<t.Hour()) == 0:
			t = t.Add(time.Hour - time.Duration(t.Minute())*time.Minute)
		case s.minute&(1<<t.Minute()) == 0:
			t = t.Add(time.Minute)
		default:
			return t
		}
	}
	return time.Time{}
}

// midnight is the beginning of a later day; where a change of clocks leaves it
// out it may come out before t.
func midnight(t, next time.Time) time.Time {
	if next.After(t) {
		return next
	}
	return t.Add(time.Hour)
}

// onDay follows cron(5): when neither field of days begins with *, either fits.
func (s *Schedule) onDay(t time.Time) bool {
	dom, dow := s.dom&(1<<t.Day()) != 0, s.dow&(1<<int(t.Weekday())) != 0
	if s.anyDom || s.anyDow {
		return dom && dow
	}
	return dom || dow
}
