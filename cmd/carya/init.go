package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/regapi/packs"
	"github.com/caryahq/carya/thingset"
)

func initVerb(s *settings) *cobra.Command {
	var o initOptions
	c := &cobra.Command{
		Use:   "init DOMAIN [--pack NAME]… [--from FILE|-] [--var k=v]… [--host NAME]…",
		Short: s.text("创建或补充一个域", "lay out a domain, or add to one"),
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			job := ctl.Job{Do: "init", Domain: args[0], Argv: o.packs, Vars: o.vars, Hosts: o.hosts}
			if err := o.read(c.InOrStdin(), &job); err != nil {
				return err
			}
			return s.dispatch(c, job)
		},
	}
	f := c.Flags()
	f.StringArrayVar(&o.packs, "pack", nil, s.text("加入一个接口包（carya pack list）", "add an API pack (carya pack list)"))
	f.StringVar(&o.from, "from", "", s.text("执行一个初始化脚本，- 表示标准输入", "apply an init script; - is the standard input"))
	f.StringArrayVar(&o.hosts, "host", nil, s.text("授予主机名，如 carya grant 域 host 名字", "grant a host name, as carya grant DOMAIN host NAME does"))
	f.StringToStringVar(&o.vars, "var", nil, s.text("初始化变量 k=v", "an init variable k=v"))
	return c
}

type initOptions struct {
	packs []string
	from  string
	vars  map[string]string
	hosts []string
}

// read puts the init script and the files that it includes into the job: the
// server need not see this person's folder.
func (o initOptions) read(in io.Reader, job *ctl.Job) (err error) {
	var text []byte
	switch o.from {
	case "":
		return nil
	case "-":
		text, err = io.ReadAll(in)
	default:
		text, err = os.ReadFile(o.from)
	}
	if err != nil {
		return err
	}
	job.Text, job.File = string(text), o.from
	if o.from == "-" {
		job.File = "stdin"
		return nil
	}
	job.Dir, err = filepath.Abs(filepath.Dir(o.from))
	return err
}

// init lays out a domain: every script is read and checked before the first
// change.
func (a *app) init(ctx context.Context, job ctl.Job, std ctl.Stdio) error {
	plan, err := a.planInit(job)
	if err != nil {
		return err
	}
	if err := a.checkHosts(job); err != nil {
		return err
	}
	d, err := a.openOrCreate(job, std.Err)
	if err != nil {
		return err
	}
	if err := a.grantHosts(job, std.Out); err != nil {
		return err
	}
	for _, step := range plan {
		report, err := step.script.Apply(d, step.options)
		if err != nil {
			return err
		}
		printReport(std.Out, job.Lang, report)
		if err := a.runSetup(ctx, d, job, step, std.Err); err != nil {
			return err
		}
		if step.pack == "" {
			continue
		}
		if err := a.keepPack(d, step.pack, job.Vars); err != nil {
			return err
		}
	}
	return nil
}

// initStep is one init script with what it may include.
type initStep struct {
	script  *domain.InitScript
	options domain.InitOptions
	setup   string // a pack's shell script, run after its layout
	name    string
	pack    string // "" for a script that is no pack
}

// planInit parses the base layout, the packs' scripts and the person's.
func (a *app) planInit(job ctl.Job) ([]initStep, error) {
	var plan []initStep
	seen := map[string]bool{}
	for _, name := range append([]string{"base"}, job.Argv...) {
		if err := a.planPack(name, job.Vars, seen, &plan); err != nil {
			return nil, err
		}
	}
	if job.File == "" {
		return plan, nil
	}
	step, err := a.newInitStep(job.Text, job.File, includeBelow(job.Dir), job.Vars)
	return append(plan, step), err
}

// planPack adds a pack behind those that it needs, each once.
func (a *app) planPack(name string, vars map[string]string, seen map[string]bool, plan *[]initStep) error {
	if seen[name] {
		return nil
	}
	seen[name] = true
	p, err := packs.Open(name)
	if err != nil {
		return err
	}
	for _, needed := range p.Needs {
		if err := a.planPack(needed, vars, seen, plan); err != nil {
			return err
		}
	}
	step, err := a.newInitStep(string(p.Init), name+".init", p.ReadFile, vars)
	step.setup, step.name = string(p.Setup), name+".setup"
	if name != "base" { // which has no files
		step.pack = name
	}
	*plan = append(*plan, step)
	return err
}

func (a *app) newInitStep(text, file string, include func(string) ([]byte, error), vars map[string]string) (initStep, error) {
	script, err := domain.ParseInit([]byte(text), file)
	return initStep{
		script:  script,
		options: domain.InitOptions{Vars: vars, Include: include, Expand: a.expand, Schema: soundSchema},
		name:    file,
	}, err
}

// soundSchema says what is wrong with a thing.json.
func soundSchema(text []byte) error {
	_, err := thingset.ParseSchema(text)
	return err
}

// includeBelow reads files below dir and no other.
func includeBelow(dir string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if dir == "" {
			return nil, domain.E("e.io.path", domain.Textf("来自标准输入的初始化脚本没有所在目录，不能包含：%v", "an init script from the standard input has no folder to include from: %v", name))
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			return nil, err
		}
		defer root.Close()
		return domain.ReadFile(root, domain.Path(name), domain.MaxFile)
	}
}

func (a *app) openOrCreate(job ctl.Job, errs io.Writer) (*domain.Domain, error) {
	_ = a.root.Vacant(job.Domain) // its folder may have been removed a moment ago
	d, err := a.root.Domain(job.Domain)
	if domain.CodeOf(err) == "e.domain.noexists" {
		a.tellGrantsBefore(job.Domain, job.Lang, errs)
		return a.root.Create(job.Domain)
	}
	return d, err
}

// printReport prints a line a changed path.
func printReport(w io.Writer, l domain.Lang, r domain.InitReport) {
	for _, p := range r.Made {
		fmt.Fprintf(w, "%s %s\n", domain.Text{ZH: "新建", EN: "made   "}.In(l), p)
	}
	for _, p := range r.Changed {
		fmt.Fprintf(w, "%s %s\n", domain.Text{ZH: "更新", EN: "changed"}.In(l), p)
	}
}

// runSetup runs a pack's setup script as the owner.
func (a *app) runSetup(ctx context.Context, d *domain.Domain, job ctl.Job, step initStep, errs io.Writer) error {
	if strings.TrimSpace(step.setup) == "" {
		return nil
	}
	return a.runScript(ctx, ctl.Job{
		Domain: d.Name(), Lang: job.Lang, Text: step.setup, File: step.name, Vars: job.Vars,
	}, ctl.Stdio{Out: io.Discard, Err: errs})
}
