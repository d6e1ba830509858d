package regapi

import (
	"context"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/regapi/share"
	"github.com/caryahq/carya/shell"
)

// charge are the methods of a share.Run as a shell.Env asks for them; to make them costs
// an allocation each.
type charge struct {
	memory, disk func(int64) error
	turn, long   func() error
	sharing      func() bool
}

func chargeFor(r *share.Run) charge { return charge{r.Memory, r.Disk, r.Turn, r.LongWork, r.Sharing} }

func (c *charge) to(env *shell.Env) {
	env.Memory, env.Disk = c.memory, c.disk
	env.Pace, env.LongWork, env.Sharing = c.turn, c.long, c.sharing
}

// Charge has a run that no request has set off, such as a job's, count for its domain as
// those of requests do: what it holds, and turns for its long work. end is to be called
// when it has ended; it may last until ctx ends.
func (h *Handler) Charge(ctx context.Context, d *domain.Domain, env *shell.Env) (end func()) {
	r := &share.Run{Of: h.mount(d).share, Wait: func() (context.Context, context.CancelFunc) { return ctx, func() {} }}
	r.Begin()
	c := chargeFor(r)
	c.to(env)
	return r.End
}

// waiting is how long a request may wait for a turn: as long as its script may run.
func (c *call) waiting() (context.Context, context.CancelFunc) {
	if c.ep != nil && c.ep.settings.sse {
		return context.WithCancel(c.r.Context())
	}
	return context.WithDeadline(c.r.Context(), c.deadline())
}

// breathe gives back the turn of a stream that sends something: next it waits for its
// client, or for events.
func (c *call) breathe() {
	if c.ep.settings.sse {
		c.work.Pause()
	}
}

// inTurns does what takes long: it is to look at its context now and then, and waits there
// when its turn is over.
func (c *call) inTurns(f func(context.Context) error) error {
	c.work.Of = c.share()
	if err := c.work.LongWork(); err != nil {
		return err
	}
	defer c.work.Rest()
	return f(paced{c.r.Context(), c})
}

// paced is a request's context whose Err waits for the request's turn.
type paced struct {
	context.Context
	c *call
}

// Err implements context.Context.
func (p paced) Err() error {
	if err := p.Context.Err(); err != nil {
		return err
	}
	return p.c.work.Turn()
}
