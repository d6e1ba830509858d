package shell

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caryahq/carya/domain"
)

// The defaults of Limits.
const (
	DefaultTime   = 30 * time.Second // endpoints only
	DefaultOutput = 64 << 20         // bytes; endpoints only
	DefaultStages = 10_000
)

// budget is what one run may spend. Substitutions and scripts inside stages
// spend from the same one.
type budget struct {
	deadline
	pace      func() error // nil: none
	sharing   func() bool  // nil: never
	lookups   sync.Mutex   // Vars is asked by one goroutine at a time
	stages    atomic.Int64
	output    atomic.Int64
	maxStages int64
	maxOutput int64 // 0: none
	over      atomic.Pointer[domain.Error]
	memory    memory
}

// begin sets the limits of a run.
func (b *budget) begin(ctx context.Context, l Limits, endpoint bool) {
	b.maxStages, b.maxOutput = DefaultStages, l.Output
	if l.Stages > 0 {
		b.maxStages = int64(l.Stages)
	}
	if endpoint && l.Time == 0 {
		l.Time = DefaultTime
	}
	if endpoint && l.Output == 0 {
		b.maxOutput = DefaultOutput
	}
	b.deadline.start(ctx, l.Time)
}

// enter is called before each stage.
func (b *budget) enter() error {
	n, err := b.stages.Add(1), b.parent.Err()
	if err == nil && n > 1 { // the first stage cannot be late
		if err = b.Err(); err == nil && b.pace != nil {
			err = b.pace()
		}
	}
	if err != nil {
		return err
	}
	if n > b.maxStages {
		return b.spent(domain.E("e.cmd.limit.stages", domain.Textf("上限是 %v", "the limit is %v", b.maxStages)))
	}
	return nil
}

// spent notes that the run went over a limit: that ends it, whatever its stages
// make of the error.
func (b *budget) spent(e *domain.Error) error {
	b.over.CompareAndSwap(nil, e)
	return e
}

// overspent is the first such error.
func (b *budget) overspent() error {
	if e := b.over.Load(); e != nil {
		return e
	}
	return nil
}

// sink is where output leaves a pipeline; it counts against the budget.
type sink struct {
	b       *budget
	w       io.Writer // nil: discarded
	counted bool      // somebody further out counts
	writes  int
}

// Write implements io.Writer. Now and then it looks at the clock, for a command
// that does nothing but write.
func (s *sink) Write(p []byte) (int, error) {
	if s.writes++; s.writes%32 == 0 {
		if err := s.b.Err(); err != nil {
			return 0, err
		}
	}
	if limit := s.b.maxOutput; !s.counted && limit > 0 && s.b.output.Add(int64(len(p))) > limit {
		return 0, s.b.spent(domain.E("e.cmd.limit.output", domain.Textf("上限是 %v 字节", "the limit is %v bytes", limit)))
	}
	if s.w == nil {
		return len(p), nil
	}
	return s.w.Write(p)
}

// Flush sends what the writer below holds back.
func (s *sink) Flush() error { return flush(s.w) }

// flush flushes a writer of any of the known forms.
func flush(w io.Writer) error {
	switch f := w.(type) {
	case interface{ Flush() error }:
		return f.Flush()
	case interface{ Flush() }:
		f.Flush()
	}
	return nil
}
