package main

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/grant"
)

// job is the text of a job that runs every minute.
func job(script string) string { return "{\"cron-at\":\"* * * * *\"}\n%COPY:\n" + script + "\n%END%\n" }

// addDomain makes a domain with jobs: names and scripts in turn.
func (c *cron) addDomain(t *testing.T, name string, jobs ...string) {
	t.Helper()
	d, err := c.a.root.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(jobs); i += 2 {
		file := filepath.Join(d.Dir(), ".regapi", "cron", jobs[i])
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(job(jobs[i+1])), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// comesAbout waits until something has come about.
func comesAbout(ctx context.Context, what func() bool) {
	for !what() && ctx.Err() == nil {
		runtime.Gosched()
	}
}

// runs are how often a job has ended.
func (c *cron) runs(t *testing.T, name, job string) int { return len(c.state(t, name, job).Runs) }

func (c *cron) state(t *testing.T, name, job string) *cronState {
	t.Helper()
	d, err := c.a.root.Domain(name)
	if err != nil {
		t.Fatal(err)
	}
	return readCronState(d, job)
}

func TestALongJobStopsNoOtherDomainsJobs(t *testing.T) {
	t.Parallel()
	c, now, log, _ := cronWorld(t)
	const long = "thing ~/things watch -wait 1h"
	c.addDomain(t, "aaa", "long1", long, "long2", long, "long3", long, "long4", long, "long5", long, "short", "echo x")
	d, _ := c.a.root.Domain("aaa")
	if _, _, code := ownerRun(t, c.a, d, "thing ~/things init"); code != 0 {
		t.Fatal(code)
	}
	c.addDomain(t, "bbb", "short", "echo x")
	for n := range 3 {
		c.tick(t.Context())
		c.looks.Wait()
		comesAbout(t.Context(), func() bool { return c.runs(t, "bbb", "short") == n+1 })
		now.forward(time.Minute)
	}
	if l := c.pool.Loads()["aaa"]; l.Running != jobsOfDomain || l.Waiting != 2 {
		t.Errorf("%+v", l)
	}
	if s := c.state(t, "aaa", "long1"); s.Missed != 2 || s.Why["running"] != 2 {
		t.Errorf("a job that still ran: %+v", s)
	}
	if s := c.state(t, "aaa", "short"); s.Missed != 2 || s.Why["waiting"] != 2 {
		t.Errorf("a job that waited: %+v", s)
	}
	if !strings.Contains(log.String(), "why=running") || !strings.Contains(log.String(), "why=waiting") {
		t.Errorf("the log: %s", log.String())
	}
	c.pool.Stop()
	if s := c.state(t, "aaa", "long1"); len(s.Runs) != 1 || s.Runs[0].Err == "" {
		t.Errorf("a job that was ended: %+v", s)
	}
	if s := c.state(t, "aaa", "short"); s.Why["stopped"] != 1 {
		t.Errorf("a job that never began: %+v", s)
	}
}

func TestJobsAreBoundedByTheDomainsShare(t *testing.T) {
	t.Parallel()
	c, now, _, _ := cronWorld(t)
	if _, err := c.a.root.Operator().Change("aaa", grant.Change{Kind: "share", Value: "cron=1m"}); err != nil {
		t.Fatal(err)
	}
	c.addDomain(t, "aaa", "long", "thing ~/things watch -wait 1h")
	d, _ := c.a.root.Domain("aaa")
	if _, _, code := ownerRun(t, c.a, d, "thing ~/things init"); code != 0 {
		t.Fatal(code)
	}
	c.tick(t.Context())
	c.looks.Wait()
	comesAbout(t.Context(), func() bool { return c.pool.Loads()["aaa"].Running == 1 })
	now.forward(2 * time.Minute)
	c.pool.Enforce(c.share)
	comesAbout(t.Context(), func() bool { return c.runs(t, "aaa", "long") == 1 })
	if s := c.state(t, "aaa", "long"); !strings.HasPrefix(s.Runs[0].Err, "e.cron.share") {
		t.Errorf("%+v", s)
	}
	c.at(t.Context())
	if s := c.state(t, "aaa", "long"); s.Why["share"] != 1 || len(s.Runs) != 1 {
		t.Errorf("%+v", s)
	}
	c.pool.Stop()
}

// What a job holds counts for its domain, as what requests hold does.
func TestAJobHoldsNoMoreThanItsDomainMay(t *testing.T) {
	t.Parallel()
	c, _, _, _ := cronWorld(t)
	if _, err := c.a.root.Operator().Change("aaa", grant.Change{Kind: "share", Value: "body=1mb"}); err != nil {
		t.Fatal(err)
	}
	c.addDomain(t, "aaa", "greedy", "cat ~/large.txt | sort | md5sum", "modest", "cat ~/large.txt | md5sum")
	d, _ := c.a.root.Domain("aaa")
	if err := os.WriteFile(filepath.Join(d.Dir(), "large.txt"), []byte(strings.Repeat("xxxxxxx\n", 400<<10)), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 { // what it held is given back
		c.at(t.Context())
	}
	if s := c.state(t, "aaa", "greedy"); len(s.Runs) != 1 || !strings.Contains(s.Runs[0].Err, "e.busy") {
		t.Errorf("%+v", s)
	}
	if s := c.state(t, "aaa", "modest"); len(s.Runs) != 1 || s.Runs[0].Err != "" {
		t.Errorf("%+v", s)
	}
	if u := c.a.handler().Usage(d); u.Memory != 0 {
		t.Errorf("%+v is held afterwards", u)
	}
}

func TestAJobIsNotRunByHandWhileItRuns(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo")
	r.must("thing", "~/things", "init")
	r.write("demo", ".regapi/cron/slow", "{\"cron-at\":\"@daily\"}\n%COPY:\nwrite ~/begun x; thing ~/things watch -after 0 -n 1\n%END%\n")
	s := r.serve()
	done := make(chan int, 1)
	go func() {
		_, _, code := s.run("", "cron", "run", "demo", "slow")
		done <- code
	}()
	comesAbout(t.Context(), func() bool {
		_, err := os.Stat(s.path("demo", "begun"))
		return err == nil
	})
	if _, errs, code := s.run("", "cron", "run", "demo", "slow"); code != 1 || !strings.Contains(errs, "e.cron.running") {
		t.Errorf("%d %s", code, errs)
	}
	if out := s.must("cron", "demo"); !strings.Contains(out, "running") {
		t.Error(out)
	}
	s.must("thing", "~/things", "create", "-fields", "{}")
	if code := <-done; code != 0 {
		t.Errorf("exit %d", code)
	}
}

// The state of a job that says something impossible, or too much, stops nothing.
func TestAStateThatIsNoStateStopsNoJob(t *testing.T) {
	t.Parallel()
	c, now, _, write := cronWorld(t)
	write("often", job("echo x"))
	d, _ := c.a.root.Domain("demo")
	file := filepath.Join(d.Dir(), ".domain", "cron", "often.json")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	for n, state := range []string{`{"seen":99999999999999}`, `{"seen":1}`, `{"seen":-5,"runs":null}`, `[]`, `{`, `{"seen":1,"why":null}`} {
		if err := os.WriteFile(file, []byte(state), 0o644); err != nil {
			t.Fatal(err)
		}
		now.forward(time.Minute)
		c.at(t.Context())
		if s := c.state(t, "demo", "often"); len(s.Runs) != 1 || s.Missed > maxMissed {
			t.Errorf("%d: %s: %+v", n, state, s)
		}
	}
	c.pool.Stop()
}

// ownerRun runs a line as a domain's owner.
func ownerRun(t *testing.T, a *app, d *domain.Domain, line string) (out, errs string, code int) {
	t.Helper()
	var o, e strings.Builder
	code = a.do(t.Context(), ctl.Job{Do: "script", Domain: d.Name(), Text: line}, ctl.Stdio{Out: &o, Err: &e, In: strings.NewReader("")})
	return o.String(), e.String(), code
}
