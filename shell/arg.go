package shell

import (
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/pattern"
	"github.com/caryahq/carya/domain/relaxed"
)

// Arg is a word as one run sees it, or its absence: the zero Arg was not given.
// Its methods keep the rules of data: see Type. Errors are *domain.Error of kind
// Invalid.
type Arg struct {
	call *Call
	word *word
}

// NArg is the number of positional words.
func (c *Call) NArg() int { return len(c.stage.args) }

// Arg is the i-th positional word.
func (c *Call) Arg(i int) Arg {
	if i < 0 || i >= len(c.stage.args) {
		return Arg{}
	}
	return Arg{c, c.stage.args[i]}
}

// Args are the positional words from the i-th on.
func (c *Call) Args(from int) []Arg {
	var out []Arg
	for i := from; i < c.NArg(); i++ {
		out = append(out, c.Arg(i))
	}
	return out
}

// Has reports whether the option is given.
func (c *Call) Has(option string) bool { return c.stage.has(option) }

// Opt is the value of an option; not Given when the option is absent or stands
// without a value.
func (c *Call) Opt(option string) Arg {
	if !c.stage.has(option) {
		return Arg{}
	}
	w := c.stage.opts[c.stage.cmd.option(option)].word
	if w == nil {
		return Arg{}
	}
	return Arg{c, w}
}

// Given reports whether the word is there; it may be empty.
func (a Arg) Given() bool { return a.word != nil }

// IsData reports whether the word is one placeholder or substitution and
// nothing else: it is read as what the caller sent.
func (a Arg) IsData() bool { return a.word != nil && a.word.whole() }

// Text is the word's text, "" when it is not given.
func (a Arg) Text() string {
	if a.word == nil {
		return ""
	}
	return a.word.join(a.call.vals)
}

// Pieces are the parts of the word in order: its text, and whether that is data,
// which a placeholder or a substitution brought.
func (a Arg) Pieces() iter.Seq2[string, bool] {
	return func(yield func(string, bool) bool) {
		if a.word == nil {
			return
		}
		h := a.word.hole0
		for _, p := range a.word.pieces {
			text := p.text
			if p.hole {
				text = a.call.vals[h].text()
				h++
			}
			if !yield(text, p.hole) {
				return
			}
		}
	}
}

// in is the word compiled for one of the types.
func (a Arg) in(t Type, or Type) (*word, error) {
	switch {
	case a.word == nil:
		return nil, domain.E("e.cmd.arg", domain.Text{ZH: "缺少参数", EN: "a word is missing"})
	case a.word.typ == t || a.word.typ == or:
		return a.word, nil
	}
	w := a.word.as(t)
	return w, w.err
}

// Ref is the object that the word names. A segment of its path that a value
// brought, or a part of it, means nothing to the server (domain.Means) unless the
// whole word is one value: e.io.path. Endpoints never reach such names.
func (a Arg) Ref() (domain.Ref, error) {
	w, err := a.in(Ref, Ref)
	if err != nil {
		return domain.Ref{}, err
	}
	ref, err := w.bindRef(a.call.vals)
	if err == nil && a.call.Who == domain.Owner && w.holes > 0 && !w.whole() && ref.ID == "" {
		err = a.meansNothing()
	}
	return ref, err
}

// meansNothing refuses a path in which a value gives a segment a meaning.
func (a Arg) meansNothing() error {
	seg, literal, data := "", "", false // of the segment: its text, the script's beginning of it, whether a value is in it
	check := func() error {
		if data && seg != "." && domain.Means(seg) && !strings.HasPrefix(literal, ".") {
			return domain.E("e.io.path", domain.Textf("%v 是由值得来的，却有特殊含义", "%v comes from a value and means something to the server", strconv.QuoteToASCII(seg)))
		}
		return nil
	}
	for text, isData := range a.Pieces() {
		for i, part := range strings.Split(text, "/") {
			if i > 0 {
				if err := check(); err != nil {
					return err
				}
				seg, literal, data = "", "", false
			}
			if seg, data = seg+part, data || isData && part != ""; !data {
				literal = seg
			}
		}
	}
	return check()
}

// Node is the document of a JSON or Match word; nil without error for a Match
// word that is text, and for one that is not given.
func (a Arg) Node() (*relaxed.Node, error) {
	if a.word == nil {
		return nil, nil
	}
	w, err := a.in(JSON, Match)
	if err != nil {
		return nil, err
	}
	return w.bindNode(a.call.vals)
}

// JSON is Node as strict JSON. The bytes are the caller's.
func (a Arg) JSON() ([]byte, error) {
	if a.word == nil {
		return nil, nil
	}
	w, err := a.in(JSON, Match)
	if err != nil {
		return nil, err
	}
	return w.bindJSON(a.call.vals)
}

// Regexp is the expression of a Regexp word.
func (a Arg) Regexp() (*pattern.Regexp, error) {
	w, err := a.in(Regexp, Regexp)
	if err != nil {
		return nil, err
	}
	return w.bindRegexp(a.call.vals)
}

// Int is a whole number.
func (a Arg) Int() (int, error) {
	w, err := a.in(Int, Int)
	if err != nil {
		return 0, err
	}
	if w.literal() {
		return w.num, nil
	}
	return parseInt(w.join(a.call.vals))
}

// Duration is a length of time: 90s, 5m, 2h, 7d, or seconds; never negative.
func (a Arg) Duration() (time.Duration, error) {
	w, err := a.in(Duration, Duration)
	if err != nil {
		return 0, err
	}
	if w.literal() {
		return w.dur, nil
	}
	return parseDuration(w.join(a.call.vals))
}

// Header is one line: a control character in it is an error.
func (a Arg) Header() (string, error) {
	if a.word == nil {
		return "", domain.E("e.cmd.arg", domain.Text{ZH: "缺少参数", EN: "a word is missing"})
	}
	s := a.Text()
	return s, CheckHeader(s)
}
