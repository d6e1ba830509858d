package main

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/wish"
	"github.com/caryahq/carya/regapi"
	"github.com/caryahq/carya/regapi/scenario"
	"github.com/caryahq/carya/thingset/history"
)

func checkVerb(s *settings) *cobra.Command {
	var asJSON bool
	var format string
	c := &cobra.Command{
		Use:   "check [DOMAIN] [--json] [--format text|github]",
		Short: s.text("检查脚本、元数据、测试与 thing.json，列出接口", "check scripts, metadata, tests and thing.json; list the routes"),
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if asJSON {
				format = "json"
			}
			if !slices.Contains([]string{"text", "json", "github"}, format) {
				return usagef("--format %s：只能是 text、json 或 github", "--format %s: want text, json or github", format)
			}
			job := ctl.Job{Do: "check", Vars: map[string]string{"format": format, "root": s.root}}
			if len(args) > 0 {
				job.Domain = args[0]
			}
			return s.dispatch(c, job)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, s.text("输出 JSON，供编辑器使用", "print JSON, for editors"))
	c.Flags().StringVar(&format, "format", "text", s.text("text、json 或 github（注解）", "text, json or github (annotations)"))
	return c
}

// check prints the routes and the faults of a domain, or of all; any fault that
// is more than a warning is exit 1.
func (a *app) check(ctx context.Context, job ctl.Job, io ctl.Stdio) error {
	names := []string{job.Domain}
	if job.Domain == "" {
		var err error
		if names, err = a.root.Names(); err != nil {
			return err
		}
	}
	if len(names) == 0 {
		fmt.Fprintln(io.Err, domain.Text{ZH: "还没有域：carya init 名字 会创建一个", EN: "there is no domain; carya init NAME makes one"}.In(job.Lang))
	}
	if err := a.root.OperatorFault(); err != nil {
		fmt.Fprintln(io.Err, domain.Text{ZH: "警告：运营者的授权读不出来，仍按上次有效的：", EN: "warning: the operator's grants cannot be read, the last good ones count:"}.In(job.Lang), domain.AsError(err).DetailIn(job.Lang))
	}
	a.tellOdd(job.Lang, io.Err)
	out := &checkReport{w: io.Out, format: job.Vars["format"], root: job.Vars["root"], lang: job.Lang}
	for _, name := range names {
		d, err := a.root.Domain(name)
		if err != nil {
			return err
		}
		if err := out.domain(name, a.handler().Routes(d), a.served(a.unwell(ctx, d, a.faults(d)))); err != nil {
			return err
		}
	}
	if err := out.end(); err != nil {
		return err
	}
	if out.broken > 0 {
		fmt.Fprintf(io.Err, domain.Text{ZH: "%d 处错误\n", EN: "%d fault(s)\n"}.In(job.Lang), out.broken)
		return exitError(1)
	}
	return nil
}

// faults are all that is wrong in a domain, by place, each once.
func (a *app) faults(d *domain.Domain) []domain.Fault {
	list := slices.Concat(d.Check(), a.handler().Check(d), db(d).Check(), a.people.Check(d), a.people.CheckAccounts(context.Background(), d), a.people.CheckSettings(d), testFaults(d), a.cronFaults(d), a.hookFaults(d), wish.Check(d), history.Of(d).Check())
	slices.SortFunc(list, func(x, y domain.Fault) int {
		return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line), cmp.Compare(x.Col, y.Col), cmp.Compare(x.Msg, y.Msg))
	})
	list = slices.Compact(list)
	return slices.DeleteFunc(slices.Clone(list), func(f domain.Fault) bool { return f.Warn && toldBeside(list, f) })
}

// toldBeside reports whether another fault at the same place of domain.json says what a
// warning says, or an error stands there.
func toldBeside(list []domain.Fault, w domain.Fault) bool {
	return w.Line > 0 && strings.HasSuffix(w.File, "/domain.json") && slices.ContainsFunc(list, func(f domain.Fault) bool {
		same := f.File == w.File && f.Line == w.Line && f.Col == w.Col
		return same && (!f.Warn || f.Msg != w.Msg && strings.HasSuffix(f.Msg, w.Msg))
	})
}

// unwell adds that the domain does not answer, or cannot write, unless that is
// among its faults.
func (a *app) unwell(ctx context.Context, d *domain.Domain, list []domain.Fault) []domain.Fault {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	err := a.health(ctx, d)
	if err == nil {
		return list
	}
	f := domain.FaultAt("~", 0, 0, domain.TextOf(err))
	if slices.ContainsFunc(list, func(g domain.Fault) bool { return g.Msg == f.Msg }) {
		return list
	}
	return append(list, f)
}

// served adds what the running server has met.
func (a *app) served(list []domain.Fault) []domain.Fault {
	if f, ok := a.handler().ProxyFault(); ok {
		list = append(list, f)
	}
	return list
}

// checkTime is how long a domain that is checked has to answer.
const checkTime = 10 * time.Second

func (a *app) cronFaults(d *domain.Domain) []domain.Fault {
	jobs, faults := regapi.CronJobs(d, a.registry)
	for _, job := range jobs {
		faults = append(faults, regapi.CallFaults(d, job.Script.Called())...)
	}
	return faults
}

// hookFaults tells of calls that scripts of thing.json make and that are refused.
func (a *app) hookFaults(d *domain.Domain) (out []domain.Fault) {
	for _, s := range db(d).Scripts() {
		if script, err := a.hookScript(s); err == nil {
			out = append(out, regapi.CallFaults(d, script.Called())...)
		}
	}
	return out
}

// testFaults are what is wrong with the tests of a domain.
func testFaults(d *domain.Domain) (out []domain.Fault) {
	fsys := d.FS()
	names, err := fs.Glob(fsys, testDir+"/*.txt")
	if err != nil {
		return nil // only of a bad pattern
	}
	for _, name := range names {
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			out = append(out, domain.FaultAt("~/"+name, 0, 0, domain.TextOf(err)))
			continue
		}
		_, faults := scenario.Parse("~/"+name, string(src))
		out = append(out, faults...)
	}
	return out
}
