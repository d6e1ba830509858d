package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/regapi"
	"github.com/caryahq/carya/shell"
)

// cronState is what ~/.domain/cron/<job>.json keeps.
type cronState struct {
	Seen   int64     `json:"seen"`   // ms: times up to here were looked at
	Missed int       `json:"missed"` // in all
	Runs   []cronRun `json:"runs"`   // the last ones, oldest first

	isNew bool
}

// cronRun is one run of a job.
type cronRun struct {
	At     int64  `json:"at"` // ms
	Micros int64  `json:"us"`
	Err    string `json:"err,omitempty"`
	Output string `json:"output,omitempty"` // its beginning
}

const (
	keptRuns   = 20
	keptOutput = 2000
	jobOutput  = 1 << 20
)

func cronFile(job string) string { return ".domain/cron/" + job + ".json" }

func readCronState(d *domain.Domain, job string) *cronState {
	s := &cronState{}
	raw, err := fs.ReadFile(d.FS(), cronFile(job))
	if err != nil || json.Unmarshal(raw, s) != nil {
		return &cronState{isNew: true}
	}
	return s
}

func (s *cronState) write(d *domain.Domain, job string) error {
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return d.Tree(domain.Owner).WriteFile(domain.Path(cronFile(job)), append(raw, '\n'))
}

func (s *cronState) add(r cronRun) {
	if s.Runs = append(s.Runs, r); len(s.Runs) > keptRuns {
		s.Runs = s.Runs[len(s.Runs)-keptRuns:]
	}
}

// runJob runs a job once, as the owner, and logs how it went.
func (a *app) runJob(ctx context.Context, d *domain.Domain, job *regapi.CronJob) cronRun {
	var out bytes.Buffer
	begun := time.Now()
	err := job.Script.Run(ctx, &shell.Env{
		Domain: d, Who: domain.Owner, Lang: domain.EN, Out: &out,
		Limits: shell.Limits{Time: job.Timeout, Output: jobOutput},
	})
	run := cronRun{At: begun.UnixMilli(), Micros: time.Since(begun).Microseconds(), Output: strings.ToValidUTF8(string(out.Bytes()[:min(out.Len(), keptOutput)]), "?")}
	if err != nil {
		run.Err = err.Error()
		a.log.Error("cron: failed", "domain", d.Name(), "job", job.Name, "err", err)
	} else {
		a.log.Info("cron: done", "domain", d.Name(), "job", job.Name, "took", time.Since(begun))
	}
	return run
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
		fmt.Fprintf(tw, "%s\t%s\t%s %s\t%s\t%s %d\n", j.Name, j.At,
			domain.Text{ZH: "下次", EN: "next"}.In(job.Lang), j.At.Next(time.Now()).Format(time.DateTime), last,
			domain.Text{ZH: "错过", EN: "missed"}.In(job.Lang), s.Missed)
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
		run, s := a.runJob(ctx, d, j), readCronState(d, j.Name)
		if s.isNew {
			s.Seen = time.Now().Truncate(time.Minute).UnixMilli()
		}
		s.add(run)
		fmt.Fprint(std.Out, run.Output)
		if err := s.write(d, j.Name); err != nil {
			return err
		}
		if run.Err != "" {
			fmt.Fprintln(std.Err, run.Err)
			return exitError(1)
		}
		return nil
	}
	return domain.E("e.cron.noexists", job.Argv[0])
}
