package shell

import (
	"time"

	"github.com/caryahq/carya/shell/syntax"
)

// Template is text with placeholders, compiled once. It is immutable: any number
// of goroutines may fill it at once.
type Template struct {
	texts []string       // one more than there are placeholders
	holes []*placeholder // between them
}

// ParseTemplate reads a text in which only placeholders and `$$` count. A fault is
// an *Error.
func ParseTemplate(src string) (*Template, error) {
	pieces, err := syntax.ParseTemplate(src, syntax.Pos{Line: 1, Col: 1})
	if err != nil {
		return nil, syntaxFault(CompileOptions{}, err)
	}
	t := &Template{}
	var before []*syntax.Lit
	for _, p := range pieces {
		switch p := p.(type) {
		case *syntax.Lit:
			before = append(before, p)
		case *syntax.Placeholder:
			ph, err := compilePlaceholder(p)
			if err != nil {
				return nil, &Error{Pos: p.Pos, Err: err}
			}
			t.holes, t.texts = append(t.holes, ph), append(t.texts, textOf(before))
			before = nil
		}
	}
	t.texts = append(t.texts, textOf(before))
	return t, nil
}

// Append appends the text with its placeholders filled. What fills them is not
// read again. Nil vars have nothing.
func (t *Template) Append(dst []byte, vars Vars) []byte { return t.AppendEscaped(dst, vars, nil) }

// AppendEscaped is Append; what fills a placeholder is changed by escape, unless
// its format is <html>.
func (t *Template) AppendEscaped(dst []byte, vars Vars, escape func(string) string) []byte {
	dst, _ = t.fill(dst, vars, escape, func(int) error { return nil })
	return dst
}

// Fill is AppendEscaped for a command, which holds the text until it ends: at most 64 MiB,
// e.io.toolarge, and no longer than the run lasts.
func (t *Template) Fill(c *Call, vars Vars, escape func(string) string) ([]byte, error) {
	n, held := 0, 0
	return t.fill(nil, vars, escape, func(size int) error {
		if size > maxValues {
			return tooMuch()
		}
		if n++; n%16 == 0 {
			if err := c.Context().Err(); err != nil {
				return err
			}
		}
		more := size - held
		held = size
		return c.Hold(more)
	})
}

// fill appends the text; it asks for each placeholder whether the text may be so long.
func (t *Template) fill(dst []byte, vars Vars, escape func(string) string, may func(size int) error) ([]byte, error) {
	for i, text := range t.texts {
		dst = append(dst, text...)
		if i >= len(t.holes) {
			break
		}
		val := t.holes[i].value(vars).text()
		if escape != nil && !t.holes[i].safe {
			val = escape(val)
		}
		if err := may(len(dst) + len(val)); err != nil {
			return nil, err
		}
		dst = append(dst, val...)
	}
	return dst, nil
}

// Keys are the names that the placeholders ask for, in order, alternatives and
// keys of defaults included.
func (t *Template) Keys() []string {
	var out []string
	for _, h := range t.holes {
		for _, k := range h.keys {
			out = append(out, k.name)
		}
		if h.defKey != nil {
			out = append(out, h.defKey.name)
		}
	}
	return out
}

// DatePattern compiles a pattern like yyyy-MM-dd HH:mm:ss, as <date:…> takes it.
func DatePattern(spec string) (func(time.Time) string, error) {
	parts, err := parseDatePattern(spec)
	if err != nil {
		return nil, err
	}
	return func(t time.Time) string {
		var b []byte
		for _, p := range parts {
			b = p(b, t)
		}
		return string(b)
	}, nil
}

// ParseTime reads Unix milliseconds or an ISO date, with or without time and
// offset, as <date> does; a date without offset is in the server's zone.
func ParseTime(s string) (time.Time, bool) { return instant(s) }
