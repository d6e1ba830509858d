package regapi

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"slices"
	"time"

	"github.com/caryahq/carya/domain"
)

// A run that lasts, a stream above all, ends with what let its caller in: the session,
// the permissions, the access token.

const (
	// sessionLook is how often a run that lasts looks whether its caller may still
	// make it.
	sessionLook = 2 * time.Second

	// longCall is a time within which no run need look.
	longCall = 5 * time.Second
)

// pass is what let a caller in, and what it is asked again.
type pass struct {
	h      *Handler
	d      *domain.Domain
	ep     *endpoint
	site   domain.Ref
	ticket string
	who    *domain.Identity // nil: nobody, then only the token counts
	rights []bool           // of pvg-setup, as the script was told
	token  string           // the access token, "" when the endpoint has none
}

// lasting gives a context that ends within sessionLook of the end of what let the
// caller in, with that as its cause. stop must be called. The first for a request counts:
// whatever runs below it ends with it.
func (c *call) lasting(ctx context.Context) (_ context.Context, stop context.CancelFunc) {
	if c.held {
		return context.WithCancel(ctx)
	}
	c.held = true
	p := c.pass()
	if p.who == nil && p.token == "" {
		return context.WithCancel(ctx)
	}
	ctx, end := context.WithCancelCause(ctx)
	go p.watch(ctx, end)
	return ctx, func() { end(nil) }
}

// pass is what let the caller in. A ticket that the endpoint does not ask for counts,
// too: the script may have.
func (c *call) pass() pass {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := pass{h: c.h, d: c.d, ep: c.ep, who: c.signIn().person, rights: slices.Clone(c.rights)}
	if p.who != nil {
		p.site, p.ticket = c.site(), c.ticket()
	}
	if c.ep.tokens != nil {
		p.token = c.accessToken()
	}
	return p
}

// watch ends the run as soon as the caller may no longer make it, or ctx ends.
func (p pass) watch(ctx context.Context, end context.CancelCauseFunc) {
	t := time.NewTicker(p.h.look)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if err := p.holds(ctx); err != nil && ctx.Err() == nil {
			end(err)
			return
		}
	}
}

// holds is why the caller may no longer make the run; nil while they may.
func (p pass) holds(ctx context.Context) error {
	if p.token != "" && !p.ep.takesToken(p.h, p.d, p.token) {
		return domain.E("e.api.token")
	}
	if p.who == nil {
		return nil
	}
	ask := p.h.opt.Alive
	if ask == nil {
		ask = p.h.opt.Identify
	}
	who, err := ask(ctx, p.d, p.site, p.ticket)
	if err != nil {
		return err
	}
	if who == nil || who.UID != p.who.UID {
		return domain.E("e.auth.ticked.noexist")
	}
	if ok, err := p.h.may(ctx, p.d, who, p.ep.settings.assert); err != nil || !ok {
		return deny(err)
	}
	for i, had := range p.rights {
		if has, err := p.h.may(ctx, p.d, who, p.ep.settings.rights[i].groups); err != nil || has != had {
			return deny(err)
		}
	}
	return nil
}

func deny(err error) error {
	if err == nil {
		err = domain.E("e.auth.nopvg")
	}
	return err
}

// takesToken reports whether an access token is one of the endpoint's, without telling by
// the time it takes how much of it is right.
func (ep *endpoint) takesToken(h *Handler, d *domain.Domain, got string) bool {
	sum, ok := sha256.Sum256([]byte(got)), 0
	for _, t := range ep.tokens {
		if t = h.token(d, ep, t); t == "" {
			continue
		}
		want := sha256.Sum256([]byte(t))
		ok |= subtle.ConstantTimeCompare(sum[:], want[:])
	}
	return ok == 1
}

// runGuarded is run; one that may take long ends with what the guard has asked for.
func (c *call) runGuarded() error {
	if c.ep.settings.timeout <= longCall || !c.who.done && c.ep.tokens == nil {
		return c.run(c.r.Context())
	}
	ctx, stop := c.lasting(c.r.Context())
	defer stop()
	return ofPass(ctx, c.run(ctx))
}

// ofPass is the error of a run: why its caller may no longer make it, when that is what
// ended it.
func ofPass(ctx context.Context, err error) error {
	if why, ok := errors.AsType[*domain.Error](context.Cause(ctx)); ok && domain.CodeOf(err) == "e.canceled" {
		return why
	}
	return err
}
