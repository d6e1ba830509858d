package main

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/regapi"
)

// cron runs the jobs of all domains while the server runs, one at a time, at the
// minutes that they ask for. A job that could not begin at its time, because the
// server was down or another job ran, is told as missed.
type cron struct {
	a    *app
	now  func() time.Time
	wait func(context.Context, time.Time) bool // false when ctx has ended
}

func newCron(a *app) *cron { return &cron{a: a, now: time.Now, wait: waitUntil} }

// startCron runs the jobs until ctx ends; stop waits for the one that runs, whose
// context has ended.
func (a *app) startCron(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		newCron(a).run(ctx)
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

// run looks at each minute until ctx ends.
func (c *cron) run(ctx context.Context) {
	for {
		next := c.now().Truncate(time.Minute).Add(time.Minute)
		if !c.wait(ctx, next) {
			return
		}
		c.a.tidy()
		c.tick(ctx)
	}
}

// tick runs what is due in all domains.
func (c *cron) tick(ctx context.Context) {
	names, err := c.a.root.Names()
	if err != nil {
		c.a.log.Error("cron", "err", err)
		return
	}
	for _, name := range names {
		dir := filepath.Join(c.a.root.Dir(), name, filepath.FromSlash(regapi.CronDir))
		if _, err := os.Stat(dir); err != nil {
			continue // a domain without jobs is not opened
		}
		d, err := c.a.root.Domain(name)
		if err != nil {
			c.a.log.Error("cron", "domain", name, "err", err)
			continue
		}
		c.domain(ctx, d)
	}
}

// domain runs what is due in one domain.
func (c *cron) domain(ctx context.Context, d *domain.Domain) {
	defer d.Use()()
	jobs, faults := regapi.CronJobs(d, c.a.registry)
	for _, f := range faults {
		c.a.log.Error("cron", "domain", d.Name(), "fault", f.String())
	}
	for _, job := range jobs {
		if ctx.Err() != nil {
			return
		}
		c.due(ctx, d, job)
	}
}

// due runs a job when its time has come, and counts the times that it missed.
func (c *cron) due(ctx context.Context, d *domain.Domain, job *regapi.CronJob) {
	now, state := c.now(), readCronState(d, job.Name)
	minute := now.Truncate(time.Minute)
	if state.Seen == 0 { // a new job: it runs from its next time on
		state.Seen = minute.Add(-time.Minute).UnixMilli()
	}
	times := timesBetween(job.At, time.UnixMilli(state.Seen), minute)
	if len(times) == 0 {
		if state.isNew {
			state.Seen = minute.UnixMilli()
			c.keep(d, job, state)
		}
		return
	}
	onTime := times[len(times)-1].Equal(minute)
	missed := len(times)
	if onTime {
		missed--
	}
	if missed > 0 {
		state.Missed += missed
		c.a.log.Warn("cron: missed", "domain", d.Name(), "job", job.Name, "times", missed, "last", times[missed-1])
	}
	state.Seen = minute.UnixMilli()
	if onTime || job.CatchUp {
		state.add(c.a.runJob(ctx, d, job))
	}
	c.keep(d, job, state)
}

func (c *cron) keep(d *domain.Domain, job *regapi.CronJob, s *cronState) {
	if err := s.write(d, job.Name); err != nil {
		c.a.log.Error("cron", "domain", d.Name(), "job", job.Name, "err", err)
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
