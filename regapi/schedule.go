package regapi

import (
	"github.com/caryahq/carya/domain"
	"strconv"
	"strings"
	"time"
)

// Schedule says when a job runs: five fields of cron(5) (minute, hour, day of the
// month, month, day of the week; * , - and / as there, names of months and days in
// English), @hourly, @daily, @weekly, @monthly, or @every and a duration of at
// least a minute.
type Schedule struct {
	text                     string
	minute, hour, dom, month uint64
	dow                      uint64
	anyDom, anyDow           bool // the field begins with *
	fixed                    bool // hour and minute are set, neither begins with *
	every                    time.Duration
}

// String is the schedule as it was written.
func (s *Schedule) String() string { return s.text }

// ParseSchedule reads a schedule.
func ParseSchedule(text string) (*Schedule, error) {
	s := &Schedule{text: text}
	if rest, ok := strings.CutPrefix(text, "@every "); ok {
		d, err := parseDuration(strings.TrimSpace(rest))
		if err != nil || d < time.Minute {
			return nil, domain.Errorf("@every 带至少一分钟的时长：@every 15m", "@every takes a duration of at least a minute: @every 15m")
		}
		s.every = d.Truncate(time.Minute)
		return s, nil
	}
	switch text {
	case "@hourly":
		text = "0 * * * *"
	case "@daily":
		text = "0 0 * * *"
	case "@weekly":
		text = "0 0 * * 0"
	case "@monthly":
		text = "0 0 1 * *"
	}
	return s, s.fields(strings.Fields(text))
}

var (
	monthNames = []string{"", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
	dayNames   = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
)

func (s *Schedule) fields(f []string) error {
	if len(f) != 5 {
		return domain.Errorf("必须是五个字段（分 时 日 月 周），或 @hourly、@daily、@weekly、@monthly、@every 15m", "must be five fields (minute hour day month weekday), @hourly, @daily, @weekly, @monthly or @every 15m")
	}
	star := func(i int) bool { return strings.HasPrefix(f[i], "*") }
	s.anyDom, s.anyDow, s.fixed = star(2), star(4), !star(0) && !star(1)
	for i, part := range []struct {
		to     *uint64
		lo, hi int
		names  []string
	}{{&s.minute, 0, 59, nil}, {&s.hour, 0, 23, nil}, {&s.dom, 1, 31, nil}, {&s.month, 1, 12, monthNames}, {&s.dow, 0, 7, dayNames}} {
		set, err := parseField(strings.ToLower(f[i]), part.lo, part.hi, part.names)
		if err != nil {
			return err
		}
		*part.to = set
	}
	if s.dow&(1<<7) != 0 {
		s.dow |= 1
	}
	if s.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return domain.Errorf("没有这样的日子", "no day is ever like that")
	}
	return nil
}

// parseField reads one field as a set of bits.
func parseField(f string, lo, hi int, names []string) (set uint64, err error) {
	for part := range strings.SplitSeq(f, ",") {
		span, stepText, stepped := strings.Cut(part, "/")
		step, from, to := 1, lo, hi
		if stepped {
			if step, err = strconv.Atoi(stepText); err != nil || step < 1 {
				return 0, domain.Errorf("%q：步长是大于零的数字", "%q: a step is a number above zero", part)
			}
		}
		if span != "*" {
			a, b, ranged := strings.Cut(span, "-")
			if from, err = fieldNumber(a, lo, hi, names); err != nil {
				return 0, err
			}
			if to = from; ranged {
				to, err = fieldNumber(b, lo, hi, names)
			} else if stepped {
				to = hi
			}
			if err != nil || to < from {
				return 0, domain.Errorf("%q：不是 %d 到 %d 内的范围", "%q: no such range from %d to %d", part, lo, hi)
			}
		}
		for n := from; n <= to; n += step {
			set |= 1 << n
		}
	}
	return set, nil
}

func fieldNumber(s string, lo, hi int, names []string) (int, error) {
	for i, name := range names {
		if name != "" && s == name {
			return i, nil
		}
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < lo || n > hi {
		return 0, domain.Errorf("%q：应是 %d 到 %d 的数字", "%q: want a number from %d to %d", s, lo, hi)
	}
	return n, nil
}
