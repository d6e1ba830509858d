package shell

import (
	"context"
	"io"
	"strings"
	"sync"

	"github.com/caryahq/carya/domain"
)

const (
	memoryStep = 256 << 10 // a run asks for memory in such steps; the first is free
	heldFree   = 4 << 10   // of a stage, of captured output and of variables, which is not counted
)

// memory is what a run holds of the memory of those it runs for: words, captured output,
// variables, and what its commands say that they hold.
type memory struct {
	take func(int64) error // nil: nobody counts
	disk func(int64) error // nil: nobody counts; under the same lock

	mu    sync.Mutex
	held  int64
	taken int64 // whole steps
	ended bool
}

// memoryKey is the key of a run's *memory in its context.
type memoryKey struct{}

// Value implements context.Context.
func (b *budget) Value(key any) any {
	switch key.(type) {
	case memoryKey:
		return &b.memory
	case domain.PaceKey:
		if b.pace != nil {
			return b.pace
		}
	}
	return b.deadline.Value(key)
}

// of takes the memory of whom env is for. A run inside of another one, such as a script of
// thing.json that it sets off, takes that one's.
func (m *memory) of(ctx context.Context, env *Env) {
	if m.take, m.disk = env.Memory, env.Disk; m.take != nil {
		return
	}
	outer, ok := ctx.Value(memoryKey{}).(*memory)
	if !ok || outer.take == nil {
		return
	}
	m.disk = outer.holdDisk
	m.take = func(n int64) error {
		if n > 0 {
			return outer.hold(int(n))
		}
		outer.free(int(-n))
		return nil
	}
}

// hold counts n more bytes; the error is that of take.
func (m *memory) hold(n int) error {
	if m.take == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended {
		return nil
	}
	if more := stepsFor(m.held+int64(n)) - m.taken; more > 0 {
		if err := m.take(more); err != nil {
			return err
		}
		m.taken += more
	}
	m.held += int64(n)
	return nil
}

// free counts n bytes less. A step more than is needed is kept, so that a run does not ask
// and give back at every stage.
func (m *memory) free(n int) {
	if m.take == nil || n == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended {
		return
	}
	m.held -= int64(n)
	if spare := m.taken - stepsFor(m.held); spare > memoryStep {
		m.give(spare - memoryStep)
	}
}

// holdDisk counts n more bytes of disk, or -n less.
func (m *memory) holdDisk(n int64) error {
	if m.disk == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended {
		return nil
	}
	return m.disk(n)
}

// end gives everything back. What is held later counts for nobody.
func (m *memory) end() {
	if m.take == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended = true; m.taken > 0 {
		m.give(m.taken)
	}
}

func (m *memory) give(n int64) {
	_ = m.take(-n)
	m.taken -= n
}

// stepsFor is how much is taken of what is held, in bytes.
func stepsFor(held int64) int64 {
	return max(0, (held-1)/memoryStep*memoryStep)
}

// Hold notes that the command holds n more bytes of memory, until it ends. The error,
// e.busy, says that its domain has no more of it.
func (c *Call) Hold(n int) error {
	if c.loose += n; c.loose <= heldFree {
		return nil
	}
	if err := c.b.memory.hold(c.loose); err != nil {
		return err
	}
	c.held, c.loose = c.held+c.loose, 0
	return nil
}

// Drop notes that the command holds n bytes less than it said; what it never drops is given
// back when it ends.
func (c *Call) Drop(n int) {
	n = min(n, c.held)
	c.b.memory.free(n)
	c.held -= n
}

// HoldDisk is Hold of n more bytes of disk, for temporary files.
func (c *Call) HoldDisk(n int64) error {
	err := c.b.memory.holdDisk(n)
	if err == nil {
		c.onDisk += n
	}
	return err
}

// release forgets the words of a stage that has ended, and gives back what it held.
func (c *Call) release() {
	if c.held > 0 {
		c.b.memory.free(c.held)
		c.held = 0
		clear(c.vals)
	}
	if c.onDisk > 0 {
		_ = c.b.memory.holdDisk(-c.onDisk)
		c.onDisk = 0
	}
}

// ReadAll reads a reader to its end, and holds what it gives until the command ends. More
// than max bytes is e.io.toolarge. The bytes are the caller's.
func (c *Call) ReadAll(r io.Reader, max int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(&held{c, r}, max+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > max {
		return nil, domain.E("e.io.toolarge", domain.Textf("超过 %v 字节", "more than %v bytes", max))
	}
	return data, nil
}

// held counts what is read.
type held struct {
	c *Call
	r io.Reader
}

// Read implements io.Reader.
func (h *held) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	if over := h.c.Hold(n); over != nil {
		return 0, over
	}
	return n, err
}

// capture keeps what a substitution prints, and counts it while it grows.
type capture struct {
	strings.Builder
	b    *budget
	held int
}

// Write implements io.Writer.
func (c *capture) Write(p []byte) (int, error) {
	if c.Len()+len(p) > maxValues {
		return 0, tooMuch()
	}
	if more := c.Len() + len(p) - c.held; more > heldFree {
		if err := c.b.memory.hold(more); err != nil {
			return 0, err
		}
		c.held += more
	}
	return c.Builder.Write(p)
}

// end gives back what was counted: who takes the text counts it.
func (c *capture) end() { c.b.memory.free(c.held) }
