package shell

import (
	"strings"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/pattern"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell/syntax"
)

// word is a word of a script, compiled for the type that its parameter or
// option declares: literal text is parsed now, and every placeholder and
// substitution is a hole that one piece of data fills in each run.
type word struct {
	pos    syntax.Pos
	typ    Type
	pieces []piece
	hole0  int // the place of its first hole among the stage's
	holes  int // how many it has
	err    error
	src    source

	// What the literal text means, by type. See the word_*.go files.
	text  string // all literal: the text
	ref   refWord
	node  *relaxed.Node // JSON and Match; nil for a text that is no JSON
	re    *pattern.Regexp
	num   int
	dur   time.Duration
	check func(*relaxed.Node) error
}

// piece is literal text, or a hole.
type piece struct {
	text string
	hole bool
	lits []*syntax.Lit // where the text comes from; nil for a hole
}

// literal reports whether the word holds no data.
func (w *word) literal() bool { return w.holes == 0 }

// whole reports whether the word is one placeholder or substitution and
// nothing else: it is read as what the caller sent.
func (w *word) whole() bool { return w.holes == 1 && len(w.pieces) == 1 }

// join makes the word's text with its holes filled.
func (w *word) join(vals []Value) string {
	switch {
	case w.literal():
		return w.text
	case w.whole():
		return vals[w.hole0].text()
	}
	var b strings.Builder
	h := w.hole0
	for _, p := range w.pieces {
		if p.hole {
			b.WriteString(vals[h].text())
			h++
		} else {
			b.WriteString(p.text)
		}
	}
	return b.String()
}

// parse reads the literal text by the word's type. The error is a
// *domain.Error; its place is that of the word unless it is a *faultAt.
func (w *word) parse() error {
	switch w.typ {
	case Ref:
		return w.parseRef()
	case JSON, Match:
		return w.parseNode()
	case Regexp:
		return w.parseRegexp()
	case Int, Duration, Header:
		return w.parseScalar()
	case Literal:
		if !w.literal() {
			return domain.E("e.cmd.usage", domain.Text{ZH: "这个参数必须直接写出", EN: "this word must be literal text"})
		}
	}
	return nil
}

// as gives the word read as another type, for an accessor that the
// declaration did not announce. It is slow and keeps all the rules.
func (w *word) as(t Type) *word {
	c := &word{pos: w.pos, typ: t, pieces: w.pieces, hole0: w.hole0, holes: w.holes, text: w.text, src: w.src}
	c.err = c.parse()
	return c
}

// faultAt is a fault at an exact place inside a word.
type faultAt struct {
	pos syntax.Pos
	err error
}

func (f *faultAt) Error() string { return f.err.Error() }
func (f *faultAt) Unwrap() error { return f.err }
