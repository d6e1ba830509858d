package main

import (
	"bytes"
	"io"
	"sync"
	"sync/atomic"
)

// console answers the line editor's question where the cursor is, in place of the
// terminal: at the beginning of a line, for the prompt stands there. A terminal
// that does not answer would be waited for without end, and what was typed ahead
// or pasted would stand before its answer.
type console struct {
	in    io.Reader
	out   io.Writer
	asked atomic.Int32
}

var (
	whereQuery  = []byte("\x1b[6n")
	whereAnswer = []byte("\x1b[1;1R")
)

// Read implements io.Reader. The editor reads when it wants something, and so
// after it has asked.
func (c *console) Read(p []byte) (int, error) {
	if c.asked.Load() > 0 && len(p) >= len(whereAnswer) {
		c.asked.Add(-1)
		return copy(p, whereAnswer), nil
	}
	return c.in.Read(p)
}

// Write implements io.Writer.
func (c *console) Write(p []byte) (int, error) {
	n := bytes.Count(p, whereQuery)
	if n == 0 {
		return c.out.Write(p)
	}
	c.asked.Add(int32(n))
	if rest := bytes.ReplaceAll(p, whereQuery, nil); len(rest) > 0 {
		if _, err := c.out.Write(rest); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// tally is what commands print, and knows whether a line has been begun.
type tally struct {
	mu    sync.Mutex
	begun bool
}

// writer is w, counted.
func (t *tally) writer(w io.Writer) io.Writer { return &tallied{t, w} }

type tallied struct {
	t *tally
	w io.Writer
}

func (w *tallied) Write(p []byte) (int, error) {
	if len(p) > 0 {
		w.t.mu.Lock()
		w.t.begun = p[len(p)-1] != '\n'
		w.t.mu.Unlock()
	}
	return w.w.Write(p)
}

// end ends a line that was begun, so that the prompt stands on its own.
func (t *tally) end(w io.Writer) {
	t.mu.Lock()
	begun := t.begun
	t.begun = false
	t.mu.Unlock()
	if begun {
		io.WriteString(w, "\n")
	}
}
