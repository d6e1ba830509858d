// Package jobpool runs jobs of many domains side by side, so that no domain's jobs keep
// another's waiting: a domain runs a few at once, the pool not more than its bound, and
// whoever has to wait is served in turn, a domain after the other. The last quarter of
// the pool is for domains that run nothing. Running time counts against the domain's
// share of an hour. One job never runs twice at the same time.
package jobpool

import (
	"context"
	"sync"
	"time"
)

// Limits bound a pool.
type Limits struct {
	Running int // in all
	Domain  int // of one domain
}

// Why is the reason for which a job was not run; "" when it is or will be.
type Why string

// The reasons.
const (
	Running Why = "running" // it still runs
	Waiting Why = "waiting" // it still waits for its turn
	Share   Why = "share"   // the domain's time for the hour is used up
	Stopped Why = "stopped" // the pool was stopped before its turn
)

// Job is one run of a job of a domain.
type Job struct {
	Domain, Name string
	Share        time.Duration         // of the domain, in an hour
	Run          func(context.Context) // the context ends with the pool, and when the share is used up
	Missed       func(Why)             // told when the job's turn never comes; may be nil
}

// Pool runs jobs. It may be used from many goroutines.
type Pool struct {
	limits Limits
	now    func() time.Time
	ctx    context.Context
	end    context.CancelFunc
	runs   sync.WaitGroup

	mu      sync.Mutex
	running int
	domains map[string]*member
	turn    []*member // those with a job that waits, the next first
}

// member is a domain in the pool.
type member struct {
	name  string
	held  map[string]bool // by the job's name: it runs or waits
	runs  map[*run]bool
	queue []waiting
	spent ledger
}

type waiting struct {
	Job
	since time.Time
}

// run is a job at work.
type run struct {
	from   time.Time
	cancel context.CancelCauseFunc
}

// New makes a pool.
func New(l Limits, now func() time.Time) *Pool {
	p := &Pool{limits: l, now: now, domains: map[string]*member{}}
	p.ctx, p.end = context.WithCancel(context.Background())
	return p
}

// Offer runs a job, now or when its turn comes, or says why not.
func (p *Pool) Offer(j Job) Why {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.member(j.Domain)
	switch waits, held := m.held[j.Name]; {
	case p.ctx.Err() != nil:
		return Stopped
	case held && waits:
		return Waiting
	case held:
		return Running
	case m.used(p.now()) >= j.Share:
		p.forget(m)
		return Share
	}
	m.held[j.Name] = true
	m.queue = append(m.queue, waiting{j, p.now()})
	if len(m.queue) == 1 {
		p.turn = append(p.turn, m)
	}
	p.serve()
	return ""
}

// Hold keeps a job from being run until release is called: somebody runs it by hand.
// ok is false when it runs or waits.
func (p *Pool) Hold(domain, name string) (release func(), ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.member(domain)
	if _, held := m.held[name]; held {
		return nil, false
	}
	m.held[name] = false
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(m.held, name)
		p.forget(m)
	}, true
}

// serve starts what may start, in turn. The caller holds mu.
func (p *Pool) serve() {
	for again := true; again; {
		again = false
		for i, m := range p.turn {
			if !p.fits(m) {
				continue
			}
			p.turn = append(p.turn[:i:i], p.turn[i+1:]...)
			p.next(m)
			if len(m.queue) > 0 {
				p.turn = append(p.turn, m)
			}
			again = true
			break
		}
	}
}

// fits reports whether a domain may start one more.
func (p *Pool) fits(m *member) bool {
	if len(m.runs) == 0 {
		return p.running < p.limits.Running
	}
	return len(m.runs) < p.limits.Domain && p.running < p.limits.Running*3/4
}

// next starts a domain's next job, or tells that its share is used up.
func (p *Pool) next(m *member) {
	w := m.queue[0]
	m.queue = m.queue[1:]
	if m.used(p.now()) >= w.Share {
		delete(m.held, w.Name)
		if w.Missed != nil {
			p.runs.Go(func() { w.Missed(Share) })
		}
		return
	}
	m.held[w.Name] = false
	p.running++
	ctx, cancel := context.WithCancelCause(p.ctx)
	r := &run{from: p.now(), cancel: cancel}
	m.runs[r] = true
	p.runs.Go(func() {
		defer p.done(m, r, w.Name)
		w.Run(ctx)
	})
}

// done takes a job out that has ended, and starts who waits.
func (p *Pool) done(m *member, r *run, name string) {
	r.cancel(nil)
	p.mu.Lock()
	defer p.mu.Unlock()
	m.spent.add(r.from, p.now())
	delete(m.runs, r)
	delete(m.held, name)
	p.running--
	p.forget(m)
	p.serve()
}

// member is a domain's, made when there is none.
func (p *Pool) member(name string) *member {
	m := p.domains[name]
	if m == nil {
		m = &member{name: name, held: map[string]bool{}, runs: map[*run]bool{}}
		p.domains[name] = m
	}
	return m
}

// forget drops a domain of which there is nothing to know any more.
func (p *Pool) forget(m *member) {
	if len(m.held) == 0 && m.spent.within(p.now()) == 0 {
		delete(p.domains, m.name)
	}
}

// used is the running time of a domain's jobs within the last hour.
func (m *member) used(now time.Time) time.Duration {
	sum := m.spent.within(now)
	for r := range m.runs {
		sum += now.Sub(later(r.from, now.Add(-window)))
	}
	return sum
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
