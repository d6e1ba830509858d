package thingset

import "context"

// look is one look at records with a match: at a large one it may take long, so it ends
// with its context. For one goroutine.
type look struct {
	context.Context
	work  int   // bytes that were read, and steps of expressions, since the context was asked
	ended error // of the context: what the look finds counts for nothing
}

// unasked is how much is done before the context is asked.
const unasked = 1 << 20

// over notes work to be done, and reports whether it is not to be done any more.
func (l *look) over(n int) bool {
	if l.work += n; l.work >= unasked {
		l.Err()
	}
	return l.ended != nil
}

// Err implements context.Context.
func (l *look) Err() error {
	l.work = 0
	if l.ended == nil {
		l.ended = l.Context.Err()
	}
	return l.ended
}
