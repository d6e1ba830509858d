package main

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caryahq/carya/cmd/carya/jobpool"
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/regapi"
)

// What the jobs of all domains may take at once, and those of one.
const (
	jobsInAll    = 32
	jobsOfDomain = 4
	looksAtOnce  = 4 // domains whose jobs are read at a time
)

// cron runs the jobs of all domains while the server runs, side by side, at the
// minutes that they ask for. A job that could not begin at its time, because the server
// was down, because it still ran or because its domain's share was used up, is told
// as missed.
type cron struct {
	a    *app
	now  func() time.Time
	wait func(context.Context, time.Time) bool // false when ctx has ended
	pool *jobpool.Pool

	looks   sync.WaitGroup // of ticks that are not done yet
	gate    chan struct{}  // looksAtOnce
	looking sync.Map       // names of domains whose jobs are being read
	tidying atomic.Bool
}

func newCron(a *app, now func() time.Time, wait func(context.Context, time.Time) bool) *cron {
	return &cron{
		a: a, now: now, wait: wait, gate: make(chan struct{}, looksAtOnce),
		pool: jobpool.New(jobpool.Limits{Running: jobsInAll, Domain: jobsOfDomain}, now),
	}
}

// startCron runs the jobs until ctx ends; stop waits for those that run, whose
// context has ended.
func (a *app) startCron(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	c, done := newCron(a, time.Now, waitUntil), make(chan struct{})
	a.cron.Store(c)
	go func() {
		defer close(done)
		c.run(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

// waitUntil waits for a time on the wall clock; a clock that was put forward ends
// the wait at most a minute late.
func waitUntil(ctx context.Context, at time.Time) bool {
	t := time.NewTimer(time.Until(at))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// run looks at each minute until ctx ends; then it ends the jobs that run.
func (c *cron) run(ctx context.Context) {
	defer c.looks.Wait()
	defer c.pool.Stop()
	for {
		next := c.now().Truncate(time.Minute).Add(time.Minute)
		if !c.wait(ctx, next) {
			return
		}
		c.tidy()
		c.pool.Enforce(c.share)
		c.tick(ctx)
	}
}

// tidy has the rooms remove what need not be kept, unless they still do.
func (c *cron) tidy() {
	if c.tidying.CompareAndSwap(false, true) {
		c.looks.Go(func() {
			defer c.tidying.Store(false)
			c.a.tidy()
		})
	}
}

func (c *cron) share(name string) time.Duration { return c.a.root.Grants(name).Shares.Cron }

// tick offers what is due in all domains to the pool. It waits for none of them: a
// domain whose jobs take long to read is left out until they are.
func (c *cron) tick(ctx context.Context) {
	names, err := c.a.root.Names()
	if err != nil {
		c.a.log.Error("cron", "err", err)
		return
	}
	now := c.now()
	for _, name := range names {
		dir := filepath.Join(c.a.root.Dir(), name, filepath.FromSlash(regapi.CronDir))
		if _, err := os.Stat(dir); err != nil {
			continue // a domain without jobs is not opened
		}
		if _, still := c.looking.LoadOrStore(name, true); still {
			continue
		}
		c.looks.Go(func() {
			defer c.looking.Delete(name)
			c.look(ctx, name, now)
		})
	}
}

// look offers what is due in one domain.
func (c *cron) look(ctx context.Context, name string, now time.Time) {
	select {
	case c.gate <- struct{}{}:
		defer func() { <-c.gate }()
	case <-ctx.Done():
		return
	}
	d, err := c.a.root.Domain(name)
	if err != nil {
		c.a.log.Error("cron", "domain", name, "err", err)
		return
	}
	defer d.Use()()
	jobs, faults := regapi.CronJobs(d, c.a.registry)
	for _, f := range faults {
		c.a.log.Error("cron", "domain", d.Name(), "fault", f.String())
	}
	for _, job := range jobs {
		if ctx.Err() != nil {
			return
		}
		c.due(d, job, now)
	}
}

// due offers a job when its time has come, and counts the times that it missed.
func (c *cron) due(d *domain.Domain, job *regapi.CronJob, now time.Time) {
	minute, run := now.Truncate(time.Minute), false
	c.change(d, job.Name, func(state *cronState) bool {
		state.seenAt(minute)
		times := timesBetween(job.At, time.UnixMilli(state.Seen), minute)
		if len(times) == 0 {
			return state.isNew
		}
		onTime := times[len(times)-1].Equal(minute)
		missed := len(times)
		if onTime {
			missed--
		}
		c.missed(d, job, state, missedDown, missed)
		state.Seen, run = minute.UnixMilli(), onTime || job.CatchUp
		return true
	})
	if run {
		c.offer(d, job)
	}
}

// offer gives a job to the pool.
func (c *cron) offer(d *domain.Domain, job *regapi.CronJob) {
	missed := func(why jobpool.Why) {
		c.change(d, job.Name, func(s *cronState) bool {
			c.missed(d, job, s, string(why), 1)
			return true
		})
	}
	free := d.Use() // as long as it waits, too
	why := c.pool.Offer(jobpool.Job{
		Domain: d.Name(), Name: job.Name, Share: c.share(d.Name()),
		Run: func(ctx context.Context) {
			defer free()
			run := c.a.runJob(ctx, d, job)
			c.change(d, job.Name, func(s *cronState) bool { s.add(run); return true })
		},
		Missed: func(why jobpool.Why) {
			defer free()
			missed(why)
		},
	})
	if why != "" {
		free()
		missed(why)
	}
}

// missed counts times at which a job did not begin.
func (c *cron) missed(d *domain.Domain, job *regapi.CronJob, s *cronState, why string, times int) {
	if times == 0 {
		return
	}
	s.miss(why, times)
	if m := c.a.meters; m != nil {
		m.jobs.missed.WithLabelValues(d.Name(), why).Add(float64(times))
	}
	c.a.log.Warn("cron: missed", "domain", d.Name(), "job", job.Name, "times", times, "why", why)
}

// change changes what is kept of a job; false from f leaves it.
func (c *cron) change(d *domain.Domain, job string, f func(*cronState) bool) {
	if err := changeCronState(d, job, f); err != nil {
		c.a.log.Error("cron", "domain", d.Name(), "job", job, "err", err)
	}
}

// maxMissed bounds how many missed times are counted.
const maxMissed = 1000

// timesBetween are the times of a schedule after from, up to to.
func timesBetween(s *regapi.Schedule, from, to time.Time) (out []time.Time) {
	for t := s.Next(from.In(to.Location())); !t.IsZero() && !t.After(to); t = s.Next(t) {
		if out = append(out, t); len(out) > maxMissed {
			out = out[1:]
		}
	}
	return out
}
