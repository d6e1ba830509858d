package jobpool

import (
	"errors"
	"time"
)

// ErrShare is the cause of a job's end whose domain has used up its share.
var ErrShare = errors.New("the domain's share of running time is used up")

// Enforce ends the youngest jobs of domains that use more than their share, which
// shareOf tells. It is called now and then.
func (p *Pool) Enforce(shareOf func(domain string) time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	for _, m := range p.domains {
		if m.used(now) <= shareOf(m.name) {
			p.forget(m)
			continue
		}
		if r := m.youngest(); r != nil {
			r.cancel(ErrShare)
		}
	}
}

func (m *member) youngest() (y *run) {
	for r := range m.runs {
		if y == nil || r.from.After(y.from) {
			y = r
		}
	}
	return y
}

// Load is what a domain has in the pool.
type Load struct {
	Running, Waiting int
	Lag              time.Duration // how long the job that waits longest has waited
	Used             time.Duration // running time within the last hour
}

// Loads are those of the domains that have something in it.
func (p *Pool) Loads() map[string]Load {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, out := p.now(), map[string]Load{}
	for _, m := range p.domains {
		l := Load{Running: len(m.runs), Waiting: len(m.queue), Used: m.used(now)}
		if len(m.queue) > 0 {
			l.Lag = now.Sub(m.queue[0].since)
		}
		out[m.name] = l
	}
	return out
}

// IsHeld reports whether a job runs or waits.
func (p *Pool) IsHeld(domain, name string) (is, waits bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if m := p.domains[domain]; m != nil {
		waits, is = m.held[name]
	}
	return is, waits
}

// Stop ends all jobs, tells those that wait, and returns when none runs any more.
func (p *Pool) Stop() {
	p.end()
	p.mu.Lock()
	var left []waiting
	for _, m := range p.turn {
		for _, w := range m.queue {
			delete(m.held, w.Name)
		}
		left = append(left, m.queue...)
		m.queue = nil
	}
	p.turn = nil
	p.mu.Unlock()
	for _, w := range left {
		if w.Missed != nil {
			w.Missed(Stopped)
		}
	}
	p.runs.Wait()
}
