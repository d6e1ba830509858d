package main

import (
	"context"
	"errors"
	"strings"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/shell/syntax"
)

// jobs are the works that a verb hands to whoever holds the root: the server
// on the control socket, or this very process.
func (a *app) jobs() map[string]func(context.Context, ctl.Job, ctl.Stdio) error {
	return map[string]func(context.Context, ctl.Job, ctl.Stdio) error{
		"backup":      a.backup,
		"check":       a.check,
		"client":      a.client,
		"complete":    a.complete,
		"cron":        a.cronList,
		"cronrun":     a.cronRunNow,
		"doctor":      a.doctor,
		"domain":      a.domainName,
		"grant":       a.grant,
		"grants":      a.grants,
		"init":        a.init,
		"restore":     a.restore,
		"packdiff":    a.packDiff,
		"packupgrade": a.packUpgrade,
		"run":         a.runArgv,
		"script":      a.runScript,
		"test":        a.test,
		"trace":       a.trace,
	}
}

// do runs one job and prints its error; the result is the exit code.
func (a *app) do(ctx context.Context, job ctl.Job, io ctl.Stdio) int {
	work, ok := a.jobs()[job.Do]
	if !ok {
		return report(io.Err, usagef("服务进程不认识任务 %q：它是另一个版本", "the server does not know the job %q: it is of another version", job.Do), job.Lang)
	}
	err := work(ctx, job, io)
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		err = domain.E("e.canceled")
	}
	return report(io.Err, err, job.Lang)
}

// pick opens the domain that a job names: by name, or the only one there is.
func (a *app) pick(name string) (*domain.Domain, error) {
	if name != "" {
		return a.root.Domain(name)
	}
	names, err := a.root.Names()
	switch {
	case err != nil:
		return nil, err
	case len(names) == 0:
		return nil, usagef("%s 下还没有域：carya init 域名 会创建一个", "no domain under %s yet: carya init DOMAIN lays one out", a.root.Dir())
	case len(names) > 1:
		return nil, usagef("要操作哪个域？-d %s", "which domain? -d %s", strings.Join(firstN(names, 8), " | -d "))
	}
	return a.root.Domain(names[0])
}

func firstN(names []string, n int) []string {
	if len(names) > n {
		return append(names[:n:n], "…")
	}
	return names
}

// runArgv runs a line that the operating system's shell has split.
func (a *app) runArgv(ctx context.Context, job ctl.Job, io ctl.Stdio) error {
	script, err := a.registry.CompileArgv(job.Argv)
	if err != nil {
		return bare(err)
	}
	return bare(a.runIn(ctx, job, io, script))
}

// bare strips the place from an error of a line that has none worth showing.
func bare(err error) error {
	if at, ok := errors.AsType[*shell.Error](err); ok && at.File == "" {
		return at.Err
	}
	return err
}

// runScript runs a script's text as the owner.
func (a *app) runScript(ctx context.Context, job ctl.Job, io ctl.Stdio) error {
	script, err := a.registry.CompileText(job.Text, shell.CompileOptions{File: job.File})
	if err == nil {
		err = a.runIn(ctx, job, io, script)
	}
	if err != nil {
		return located{err, job.Text, job.Lang}
	}
	return nil
}

func (a *app) runIn(ctx context.Context, job ctl.Job, io ctl.Stdio, script *shell.Script) error {
	return a.runWith(ctx, job, io, script, a.prompts.vars(job))
}

func (a *app) runWith(ctx context.Context, job ctl.Job, io ctl.Stdio, script *shell.Script, vars shell.Vars) error {
	d, err := a.pick(job.Domain)
	if err != nil {
		return err
	}
	err = script.Run(ctx, &shell.Env{
		Domain:  d,
		Who:     domain.Owner,
		Lang:    job.Lang,
		Vars:    vars,
		In:      io.In,
		Out:     io.Out,
		Err:     io.Err,
		Columns: job.Columns,
	})
	a.auditOwner(d, script.Acts(), err)
	return err
}

// located is an error of a script with the text that it points into.
type located struct {
	err  error
	text string
	lang domain.Lang
}

func (l located) Unwrap() error { return l.err }

func (l located) Error() string { return l.In(l.lang) }

// In is the explanation in a language.
func (l located) In(lang domain.Lang) string {
	return strings.TrimRight(shell.Explain(l.err, l.text, syntax.Pos{}, lang), "\n")
}
