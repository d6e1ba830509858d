package shell

// Promiser is an Env.Out that hands on what it is given without gathering it, as
// an HTTP answer does. Promise reports whether it does so now; the n bytes to come
// then do not count as output.
type Promiser interface {
	Promise(n int64) bool
}

// Promise says that the next n bytes of Out are the content of a file. The limit
// on output keeps scripts from filling memory and disks: a file that goes
// straight to its reader does neither, however large it is. Anywhere else, in a
// substitution or a pipe, it counts as ever.
func (c *Call) Promise(n int64) { promise(c.Out, n) }

func promise(w any, n int64) bool {
	p, ok := w.(Promiser)
	return ok && n > 0 && p.Promise(n)
}

// Promise implements Promiser.
func (s *sink) Promise(n int64) bool {
	if !promise(s.w, n) {
		return false
	}
	if !s.counted {
		s.b.output.Add(-n)
	}
	return true
}

// Promise implements Promiser.
func (w *countWriter) Promise(n int64) bool { return promise(w.w, n) }
