package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/cmd/carya/jobpool"
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/regapi"
	"github.com/caryahq/carya/shell"
)

// runJob runs a job once, as the owner, and logs how it went.
func (a *app) runJob(ctx context.Context, d *domain.Domain, job *regapi.CronJob) cronRun {
	var out bytes.Buffer
	begun := time.Now()
	env := &shell.Env{
		Domain: d, Who: domain.Owner, Lang: domain.EN, Out: &out,
		Limits: shell.Limits{Time: job.Timeout, Output: jobOutput},
	}
	err := a.runCharged(ctx, job.Script, env)
	run := cronRun{At: begun.UnixMilli(), Micros: time.Since(begun).Microseconds(), Output: strings.ToValidUTF8(string(out.Bytes()[:min(out.Len(), keptOutput)]), "?")}
	if errors.Is(context.Cause(ctx), jobpool.ErrShare) {
		err = domain.E("e.cron.share")
	}
	if err != nil {
		run.Err = err.Error()
		a.log.Error("cron: failed", "domain", d.Name(), "job", job.Name, "err", err)
	} else {
		a.log.Info("cron: done", "domain", d.Name(), "job", job.Name, "took", time.Since(begun))
	}
	return run
}

// runCharged runs a script as the requests of its domain run: within the domain's share.
func (a *app) runCharged(ctx context.Context, script *shell.Script, env *shell.Env) error {
	defer a.handler().Charge(ctx, env.Domain, env)()
	return script.Run(ctx, env)
}

func cronVerb(s *settings) *cobra.Command {
	c := &cobra.Command{
		Use:   "cron [DOMAIN]",
		Short: s.text("列出域的定时任务（~/.regapi/cron）及其经过", "list a domain's jobs (~/.regapi/cron) and how they went"),
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.dispatch(c, ctl.Job{Do: "cron", Domain: strings.Join(args, "")})
		},
	}
	c.AddCommand(&cobra.Command{
		Use:   "run DOMAIN JOB",
		Short: s.text("立即执行一个任务", "run a job now"),
		Args:  cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return s.dispatch(c, ctl.Job{Do: "cronrun", Domain: args[0], Argv: args[1:]})
		},
	})
	return c
}

// cronList prints the jobs: when next, when last, how it went, what was missed.
func (a *app) cronList(_ context.Context, job ctl.Job, std ctl.Stdio) error {
	d, err := a.pick(job.Domain)
	if err != nil {
		return err
	}
	jobs, faults := regapi.CronJobs(d, a.registry)
	if len(jobs)+len(faults) == 0 {
		fmt.Fprintln(std.Err, domain.Text{ZH: "没有任务：任务是 ~/.regapi/cron 下的脚本", EN: "no jobs: a job is a script below ~/.regapi/cron"}.In(job.Lang))
	}
	tw := tabwriter.NewWriter(std.Out, 0, 4, 2, ' ', 0)
	for _, j := range jobs {
		s := readCronState(d, j.Name)
		last := domain.Text{ZH: "还没有运行过", EN: "never ran"}.In(job.Lang)
		if n := len(s.Runs); n > 0 {
			r := s.Runs[n-1]
			last = time.UnixMilli(r.At).Format(time.DateTime) + " " + orOK(r.Err)
		}
		if now := a.jobNow(d, j.Name); !now.Empty() {
			last += ", " + now.In(job.Lang)
		}
		fmt.Fprintf(tw, "%s\t%s\t%s %s\t%s\t%s %s\n", j.Name, j.At,
			domain.Text{ZH: "下次", EN: "next"}.In(job.Lang), j.At.Next(time.Now()).Format(time.DateTime), last,
			domain.Text{ZH: "错过", EN: "missed"}.In(job.Lang), s.missed(job.Lang))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, f := range faults {
		fmt.Fprintln(std.Err, f)
	}
	if len(faults) > 0 {
		return exitError(1)
	}
	return nil
}

// jobNow tells that a job runs or waits at this moment.
func (a *app) jobNow(d *domain.Domain, job string) domain.Text {
	if c := a.cron.Load(); c != nil {
		switch is, waits := c.pool.IsHeld(d.Name(), job); {
		case waits:
			return domain.Text{ZH: "正在等待", EN: "waiting"}
		case is:
			return domain.Text{ZH: "正在运行", EN: "running"}
		}
	}
	return domain.Text{}
}

func orOK(err string) string {
	if err == "" {
		return "ok"
	}
	return err
}

// cronRunNow runs one job now and prints what it printed.
func (a *app) cronRunNow(ctx context.Context, job ctl.Job, std ctl.Stdio) error {
	d, err := a.pick(job.Domain)
	if err != nil {
		return err
	}
	jobs, faults := regapi.CronJobs(d, a.registry)
	for _, f := range faults {
		fmt.Fprintln(std.Err, f)
	}
	for _, j := range jobs {
		if j.Name != job.Argv[0] {
			continue
		}
		return a.runByHand(ctx, d, j, std)
	}
	return domain.E("e.cron.noexists", job.Argv[0])
}

// runByHand runs a job unless it runs already: e.cron.running.
func (a *app) runByHand(ctx context.Context, d *domain.Domain, job *regapi.CronJob, std ctl.Stdio) error {
	if c := a.cron.Load(); c != nil {
		release, ok := c.pool.Hold(d.Name(), job.Name)
		if !ok {
			return domain.E("e.cron.running", job.Name)
		}
		defer release()
	}
	run := a.runJob(ctx, d, job)
	fmt.Fprint(std.Out, run.Output)
	err := changeCronState(d, job.Name, func(s *cronState) bool {
		if s.isNew {
			s.Seen = time.Now().Truncate(time.Minute).UnixMilli()
		}
		s.add(run)
		return true
	})
	if err == nil && run.Err != "" {
		fmt.Fprintln(std.Err, run.Err)
		err = exitError(1)
	}
	return err
}
