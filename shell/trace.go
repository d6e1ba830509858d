package shell

import (
	"io"
	"slices"
	"time"

	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell/syntax"
)

// StageRun is one run of one stage, for who traces a run (Env.Trace). It is
// told when the stage begins; the second half is filled when it has ended,
// and until the run has returned only the run may touch it.
type StageRun struct {
	File    string
	Pos     syntax.Pos
	Command string // "www checkme"; ">" and ">>" are redirects
	Depth   int    // 0 for the script's own stages, 1 for those of a template or block in one of them, …
	Words   []StageWord

	In, Out int64 // bytes that the stage read and wrote
	Took    time.Duration
	Err     error // why it failed, an *Error with its place
	Ended   bool
}

// StageWord is a word as the stage saw it.
type StageWord struct {
	Name   string // of the parameter ("SITE") or the option ("-p"); "" when the command reads its words itself
	Holds  string // what an option's value is called: "PASS"
	Bare   bool   // an option without a value
	Pieces []StagePiece
}

// StagePiece is a part of a word. Keys are the names that were asked for it:
// the placeholder's keys; none for what the script itself says. Data is what a
// placeholder or substitution brought. Quoted says that it is a text in the place
// of a JSON value: {price:"7"}. Null says that a JSON null was there, which is an
// empty text except in the place of a JSON value.
type StagePiece struct {
	Text   string
	Data   bool
	Quoted bool
	Null   bool
	Keys   []string
}

// traced runs the stage, unless err is why it cannot begin, and tells about it.
func (f *flow) traced(c *Call, err error) error {
	r := c.report()
	f.env.Trace(r)
	begun := time.Now()
	if err == nil {
		c.In, c.Out = &countReader{c.In, &r.In}, &countWriter{c.Out, &r.Out}
		err = c.invoke()
	}
	f.end(r, c.stage, time.Since(begun), err)
	return err
}

// end fills in what became of a stage.
func (f *flow) end(r *StageRun, s *stage, took time.Duration, err error) {
	r.Took, r.Ended = took, true
	if err != nil {
		r.Err = f.failed(s, err)
	}
}

// report is a stage with its words.
func (c *Call) report() *StageRun {
	s := c.stage
	r := &StageRun{File: s.script.o.File, Pos: s.pos, Command: s.name}
	for o := s.script.owner; o != nil; o = o.script.owner {
		r.Depth++
	}
	for i, w := range s.args {
		r.Words = append(r.Words, StageWord{Name: s.paramName(i), Pieces: c.pieces(w)})
	}
	for i, o := range s.opts {
		switch {
		case !o.is:
		case o.word == nil:
			r.Words = append(r.Words, StageWord{Name: "-" + s.cmd.Options[i].Name, Bare: true})
		default:
			r.Words = append(r.Words, StageWord{Name: "-" + s.cmd.Options[i].Name, Holds: s.cmd.Options[i].Arg, Pieces: c.pieces(o.word)})
		}
	}
	return r
}

// paramName is the name of the i-th word's parameter.
func (s *stage) paramName(i int) string {
	if s.cmd == nil || len(s.cmd.Params) == 0 {
		return ""
	}
	return s.cmd.Params[min(i, len(s.cmd.Params)-1)].Name
}

// pieces takes a word apart.
func (c *Call) pieces(w *word) (out []StagePiece) {
	h := w.hole0
	for _, p := range w.pieces {
		if !p.hole {
			out = append(out, StagePiece{Text: p.text})
			continue
		}
		piece := StagePiece{Data: true, Keys: c.stage.keysOf(h)}
		if h < len(c.vals) {
			v, value := c.vals[h], len(w.pieces) > 1 && isValue(w.node, h-w.hole0)
			piece.Text, piece.Null = v.text(), v.isNull()
			piece.Quoted = value && !v.scalar().JSON
			if piece.Null && value {
				piece.Text = "null"
			}
		}
		out = append(out, piece)
		h++
	}
	return out
}

// keysOf are the names that a hole asks for.
func (s *stage) keysOf(i int) (keys []string) {
	h := s.holes[i]
	switch {
	case h.ph != nil:
		for _, k := range h.ph.keys {
			keys = append(keys, k.name)
		}
		if h.ph.defKey != nil {
			keys = append(keys, h.ph.defKey.name)
		}
	case h.sub == nil && s.script.owner != nil && h.captured < len(s.script.owner.holes):
		return s.script.owner.keysOf(h.captured)
	}
	return keys
}

// countReader counts what is read.
type countReader struct {
	r io.Reader
	n *int64
}

// Read implements io.Reader.
func (c *countReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	*c.n += int64(n)
	return n, err
}

// countWriter counts what is written.
type countWriter struct {
	w io.Writer
	n *int64
}

// Write implements io.Writer.
func (c *countWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	*c.n += int64(n)
	return n, err
}

// Flush lets the next stage see what was written so far.
func (c *countWriter) Flush() error { return flush(c.w) }

// isValue reports whether a hole stands in the place of a value.
func isValue(n *relaxed.Node, hole int) bool {
	if n == nil {
		return false
	}
	in := func(n *relaxed.Node) bool { return isValue(n, hole) }
	return n.Kind == relaxed.Hole && n.Hole == hole || slices.ContainsFunc(n.Items, in) ||
		slices.ContainsFunc(n.Fields, func(f relaxed.Field) bool { return in(f.Value) })
}
