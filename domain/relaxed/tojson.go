package relaxed

import "slices"

// ToJSON translates relaxed JSON to strict, compact JSON in the same order,
// without building a tree. Errors are *Error.
func ToJSON(src string) ([]byte, error) {
	w := &writer{lexer: newLexer([]Piece{{Text: src, Hole: -1}})}
	w.dst = make([]byte, 0, len(src)+len(src)/8+16)
	bare, err := w.begin()
	if err != nil {
		return nil, err
	}
	if bare {
		err = w.object(0)
	} else {
		err = w.value()
	}
	if err == nil {
		err = w.finish()
	}
	if err != nil {
		return nil, err
	}
	return w.dst, nil
}

// writer is the parser that writes JSON in place of nodes.
type writer struct {
	*lexer
	dst []byte
}

func (w *writer) value() error {
	switch c := w.peek(); c {
	case '{', '[':
		return w.nested(c)
	case '"', '\'':
		w.pos++
		s, _, err := w.run(c, w.pos-1)
		w.dst = AppendString(w.dst, s)
		return err
	}
	return w.bare()
}

func (w *writer) bare() error {
	at := w.pos
	s, err := w.plainWord()
	if err != nil {
		return err
	}
	kind, raw, err := scalar(s, at)
	switch kind {
	case Null:
		w.dst = append(w.dst, "null"...)
	case String:
		w.dst = AppendString(w.dst, s)
	default:
		w.dst = append(w.dst, raw...)
	}
	return err
}

func (w *writer) nested(open byte) error {
	if err := w.enter(); err != nil {
		return err
	}
	defer w.leave()
	if open == '{' {
		return w.object('}')
	}
	return w.array()
}

func (w *writer) array() error {
	w.pos++
	w.dst = append(w.dst, '[')
	for first := true; ; first = false {
		done, err := w.next(']')
		if done {
			w.dst = append(w.dst, ']')
		}
		if done || err != nil {
			return err
		}
		if !first {
			w.dst = append(w.dst, ',')
		}
		if err := w.value(); err != nil {
			return err
		}
		if err := w.separator(']'); err != nil {
			return err
		}
	}
}

// span is where a member was written.
type span struct{ from, to int }

func (w *writer) object(end byte) error {
	if end != 0 {
		w.pos++
	}
	w.dst = append(w.dst, '{')
	var seen keys
	var few [8]span
	spans := few[:0]
	base, dups := len(w.dst), false
	for {
		done, err := w.next(end)
		if done {
			if dups {
				w.rewrite(base, spans)
			}
			w.dst = append(w.dst, '}')
		}
		if done || err != nil {
			return err
		}
		if len(w.dst) > base {
			w.dst = append(w.dst, ',')
		}
		s, k, err := w.field()
		if err != nil {
			return err
		}
		if i, dup := seen.add(k); dup {
			spans[i], dups = s, true
		} else {
			spans = append(spans, s)
		}
		if err := w.separator(end); err != nil {
			return err
		}
	}
}

func (w *writer) field() (s span, k string, err error) {
	if k, err = w.member(); err != nil {
		return s, k, err
	}
	s.from = len(w.dst)
	w.dst = append(AppendString(w.dst, k), ':')
	err = w.value()
	s.to = len(w.dst)
	return s, k, err
}

// rewrite leaves of the members behind base only those in spans, in that
// order.
func (w *writer) rewrite(base int, spans []span) {
	old := slices.Clone(w.dst[base:])
	w.dst = w.dst[:base]
	for i, s := range spans {
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		w.dst = append(w.dst, old[s.from-base:s.to-base]...)
	}
}
