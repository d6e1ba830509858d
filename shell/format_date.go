package shell

import (
	"strconv"
	"strings"
	"time"
)

// dateFormat is <date:yyyy-MM-dd>, the patterns of Java's SimpleDateFormat with
// English names, in the server's time zone. A value is Unix milliseconds or an ISO
// date, with or without time and offset.
func dateFormat(spec string) (format, error) {
	if spec == "" {
		spec = "yyyy-MM-dd'T'HH:mm:ss"
	}
	parts, err := parseDatePattern(spec)
	if err != nil {
		return nil, err
	}
	return func(v Value) (Value, bool) {
		t, ok := instant(v.text())
		if !ok {
			return Value{}, false
		}
		var b []byte
		for _, p := range parts {
			b = p(b, t)
		}
		return Value{Text: string(b)}, true
	}, nil
}

type datePart func(dst []byte, t time.Time) []byte

// parseDatePattern takes a pattern apart: runs of one letter are fields, 'text'
// is itself, two quotes are one quote, anything else is itself.
func parseDatePattern(spec string) ([]datePart, error) {
	var parts []datePart
	for s := spec; s != ""; {
		n := 1
		for n < len(s) && s[n] == s[0] {
			n++
		}
		switch c := s[0]; {
		case c == '\'':
			text, rest, ok := quoted(s)
			if !ok {
				return nil, badFormat("日期格式中的引号没有结束：%s", "an open quote in the date pattern %s", shown(spec))
			}
			parts, s = append(parts, literalPart(text)), rest
			continue
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			p := dateField(c, n)
			if p == nil {
				return nil, badFormat("日期格式中没有这个字段：%s", "no such field in a date pattern: %s", s[:n])
			}
			parts = append(parts, p)
		default:
			parts = append(parts, literalPart(s[:n]))
		}
		s = s[n:]
	}
	return parts, nil
}

// quoted reads 'text' from the start of s, where two quotes are one.
func quoted(s string) (text, rest string, ok bool) {
	if strings.HasPrefix(s, "''") {
		return "'", s[2:], true
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] != '\'':
			b.WriteByte(s[i])
		case i+1 < len(s) && s[i+1] == '\'':
			b.WriteByte('\'')
			i++
		default:
			return b.String(), s[i+1:], true
		}
	}
	return "", "", false
}

func literalPart(text string) datePart {
	return func(dst []byte, _ time.Time) []byte { return append(dst, text...) }
}

// dateField is the field of a letter written n times; nil when there is none.
func dateField(c byte, n int) datePart {
	if layout := dateLayout(c, n); layout != "" {
		return func(dst []byte, t time.Time) []byte { return t.AppendFormat(dst, layout) }
	}
	if n > 9 {
		return nil
	}
	num := dateNumber(c)
	if num == nil {
		return nil
	}
	return func(dst []byte, t time.Time) []byte {
		s := strconv.Itoa(num(t))
		for i := len(s); i < n; i++ {
			dst = append(dst, '0')
		}
		return append(dst, s...)
	}
}

// dateLayout is the field as a layout of package time, "" when it is a number.
func dateLayout(c byte, n int) string {
	switch {
	case c == 'y' && n == 2:
		return "06"
	case c == 'M' && n == 3:
		return "Jan"
	case c == 'M' && n > 3:
		return "January"
	case c == 'E' && n <= 3:
		return "Mon"
	case c == 'E':
		return "Monday"
	case c == 'a':
		return "PM"
	case c == 'z':
		return "MST"
	case c == 'Z':
		return "-0700"
	case c == 'X' && n <= 3:
		return []string{"Z07", "Z0700", "Z07:00"}[n-1]
	}
	return ""
}

func dateNumber(c byte) func(time.Time) int {
	switch c {
	case 'y':
		return time.Time.Year
	case 'M':
		return func(t time.Time) int { return int(t.Month()) }
	case 'd':
		return time.Time.Day
	case 'D':
		return time.Time.YearDay
	case 'H':
		return time.Time.Hour
	case 'h':
		return func(t time.Time) int { return (t.Hour()+11)%12 + 1 }
	case 'm':
		return time.Time.Minute
	case 's':
		return time.Time.Second
	case 'S':
		return func(t time.Time) int { return t.Nanosecond() / 1e6 }
	case 'u':
		return func(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }
	}
	return nil
}

// instant reads Unix milliseconds or an ISO date. Without an offset the time
// is local.
func instant(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if ms, err := strconv.ParseInt(s, 10, 64); err == nil {
		return time.UnixMilli(ms), true
	}
	if f, ok := parseFloat(s); ok && f > -1e17 && f < 1e17 {
		return time.UnixMilli(int64(f)), true
	}
	iso := strings.Replace(strings.Replace(s, "/", "-", 2), " ", "T", 1)
	for _, layout := range []string{"2006-1-2T15:04:05.999999999Z07:00", "2006-1-2T15:04:05.999999999", "2006-1-2T15:04", "2006-1-2", "2006-1"} {
		if t, err := time.ParseInLocation(layout, iso, time.Local); err == nil {
			return t.In(time.Local), true
		}
	}
	return time.Time{}, false
}
