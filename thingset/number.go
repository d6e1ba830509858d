package thingset

import (
	"math"
	"strconv"
	"time"
)

// parseNumber reads a text that is a decimal number and nothing else.
func parseNumber(s string) (float64, bool) {
	if s == "" || len(s) > 64 {
		return 0, false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c == '.', c == '-', c == '+', c == 'e', c == 'E':
		default:
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && !math.IsInf(f, 0)
}

// parseDate reads a date as Unix ms: yyyy-MM-dd, alone or followed by a time
// HH:mm or HH:mm:ss (a fraction may follow) behind a blank or T. It is local time
// unless it ends as RFC 3339 says.
func parseDate(s string) (ms int64, ok bool) {
	if len(s) < 10 || len(s) > 35 || s[4] != '-' || s[7] != '-' {
		return 0, false
	}
	for _, layout := range dateLayouts(s) {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t.UnixMilli(), true
		}
	}
	return 0, false
}

func dateLayouts(s string) []string {
	switch {
	case len(s) == 10:
		return []string{time.DateOnly}
	case s[10] == ' ' && len(s) == 16:
		return []string{"2006-01-02 15:04"}
	case s[10] == ' ':
		return []string{time.DateTime}
	case len(s) == 16:
		return []string{"2006-01-02T15:04"}
	}
	return []string{"2006-01-02T15:04:05", time.RFC3339}
}
