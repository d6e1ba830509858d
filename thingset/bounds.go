package thingset

import (
	"bytes"
	"slices"
	"strings"
	"time"
)

// What an index can do for a condition: the sort keys that the values may have
// for which it holds. They are an upper bound: what is found there is matched
// again. Records that have a list are in every one: no index holds its items.

// keySpan is a stretch of index keys, from inclusive, to exclusive; nil is open.
type keySpan struct {
	from, to []byte
	point    bool  // the key of one value
	ends     []int // where in from the values of an index's first keys end that are fixed
}

// texts are the texts of which the value must be one; nil when that is not what
// a test says.
func texts(t test) []string {
	switch t := t.(type) {
	case exact:
		return []string{string(t)}
	case exactSet:
		return t.sorted()
	case oneOf:
		if set := t.exacts(); set != nil {
			return set.sorted()
		}
	}
	return nil
}

func (t exactSet) sorted() []string {
	out := make([]string, 0, len(t))
	for s := range t {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// bounds are the spans of a condition, in order and apart; nil when an index
// cannot help.
func bounds(c cond) []keySpan {
	if c.not {
		return nil
	}
	return testBounds(c.test)
}

func testBounds(t test) []keySpan {
	if list := texts(t); list != nil {
		out := []keySpan{tagSpan(tagArray, tagArray)}
		for _, s := range list {
			out = appendTextPoints(out, s)
		}
		return tidy(out)
	}
	switch t := t.(type) {
	case isNull:
		return []keySpan{tagPoint(tagNull)}
	case interval:
		return tidy(t.spans())
	case expression:
		return prefixSpans(t.prefix)
	case wildcard:
		if !t.fold {
			return prefixSpans(t.parts[0])
		}
	case oneOf:
		return t.bounds()
	}
	return nil
}

func (t oneOf) bounds() []keySpan {
	var out []keySpan
	for _, alt := range t {
		spans := testBounds(alt.test)
		if alt.not || spans == nil {
			return nil
		}
		out = append(out, spans...)
	}
	return tidy(out)
}

func tagSpan(first, last byte) keySpan { return keySpan{from: []byte{first}, to: []byte{last + 1}} }

func tagPoint(tag byte) keySpan {
	return keySpan{from: []byte{tag}, to: []byte{tag + 1}, point: true}
}

func pointOf(key []byte) keySpan {
	return keySpan{from: key, to: successor(key), point: true}
}

// appendTextPoints appends the scalars whose text is s.
func appendTextPoints(dst []keySpan, s string) []keySpan {
	dst = append(dst, pointOf(appendTextKey([]byte{tagString}, s)))
	f, isNumber := parseNumber(s)
	switch {
	case isNumber:
		return append(dst, pointOf(appendNumberKey(nil, f)))
	case s == "true":
		return append(dst, tagPoint(tagTrue))
	case s == "false":
		return append(dst, tagPoint(tagFalse))
	case strings.Trim(s, "-0123456789") == "": // an integer beyond what parseNumber reads
		return append(dst, tagSpan(tagNumber, tagNumber))
	}
	return dst
}

// spans are the numbers of an interval, and the texts that may be such.
func (t interval) spans() []keySpan {
	from, to := "+", ":" // from the signs to behind the digits
	if t.dates {
		from, to = dayText(t.lo, -margin, from), dayText(t.hi, margin+24*time.Hour, to)
	}
	return []keySpan{
		{from: appendNumberKey(nil, t.lo), to: successor(appendNumberKey(nil, t.hi))},
		{from: appendTextPrefix([]byte{tagString}, from), to: appendTextPrefix([]byte{tagString}, to)},
		tagSpan(tagArray, tagArray),
	}
}

// margin is more than two clocks on this planet differ.
const margin = 48 * time.Hour

// dayText is the date some time from an instant, or otherwise when it has no
// year of four digits.
func dayText(ms float64, add time.Duration, otherwise string) string {
	if ms < -5e13 || ms > 2.4e14 {
		return otherwise
	}
	return time.UnixMilli(int64(ms)).Add(add).Format(time.DateOnly)
}

// prefixSpans are the scalars whose text begins with a prefix.
func prefixSpans(prefix string) []keySpan {
	if prefix == "" {
		return nil
	}
	from := appendTextPrefix([]byte{tagString}, prefix)
	out := []keySpan{{from: from, to: successor(from)}, tagSpan(tagArray, tagArray)}
	if strings.HasPrefix("true", prefix) || strings.HasPrefix("false", prefix) {
		out = append(out, tagSpan(tagFalse, tagTrue))
	}
	if c := prefix[0]; c >= '0' && c <= '9' || c == '-' {
		out = append(out, tagSpan(tagNumber, tagNumber))
	}
	return tidy(out)
}

// successor is the first key behind all that begin with a prefix.
func successor(prefix []byte) []byte {
	out := slices.Clone(prefix)
	for i := len(out) - 1; i >= 0; i-- {
		if out[i]++; out[i] != 0 {
			return out[:i+1]
		}
	}
	return nil
}

// tidy puts spans in order and joins those that overlap.
func tidy(spans []keySpan) []keySpan {
	slices.SortFunc(spans, func(a, b keySpan) int { return bytes.Compare(a.from, b.from) })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n == 0 || out[n-1].to != nil && bytes.Compare(s.from, out[n-1].to) >= 0 {
			out = append(out, s)
			continue
		}
		last := &out[len(out)-1]
		same := bytes.Equal(last.from, s.from) && bytes.Equal(last.to, s.to)
		if !same {
			last.point, last.ends = false, last.ends[:min(len(last.ends), len(s.ends))]
			for len(last.ends) > 0 && !bytes.HasPrefix(s.from, last.from[:last.ends[len(last.ends)-1]]) {
				last.ends = last.ends[:len(last.ends)-1]
			}
		}
		if s.to == nil || last.to != nil && bytes.Compare(s.to, last.to) > 0 {
			last.to = s.to
		}
	}
	return out
}
