package thingset

import "strconv"

// append appends the pager as JSON.
func (p Pager) append(dst []byte) []byte {
	for i, m := range []struct {
		key string
		n   int
	}{{"pn", p.Page}, {"pgsz", p.Size}, {"pgc", p.Pages}, {"sum", p.Sum}, {"skip", p.Skip}, {"count", p.Count}} {
		sep := byte(',')
		if i == 0 {
			sep = '{'
		}
		dst = append(append(append(dst, sep, '"'), m.key...), '"', ':')
		dst = strconv.AppendInt(dst, int64(m.n), 10)
	}
	return append(dst, '}')
}
