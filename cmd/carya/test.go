package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/regapi/scenario"
)

// testJob is what `carya test` asks for, as the job's text.
type testJob struct {
	Run     string // a regular expression for file/name; "" is all
	Verbose bool
	JSON    bool
}

func testVerb(s *settings) *cobra.Command {
	c := &cobra.Command{
		Use:                "test [DOMAIN] [-run RE] [-v] [-json]",
		Short:              s.text("在域的副本里运行 ~/.regapi/test 下的测试", "run the tests of ~/.regapi/test in a copy of the domain"),
		DisableFlagParsing: true, // -run is written as go test has it
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		job, dom, help, err := s.testJob(args)
		switch {
		case err != nil:
			return err
		case help != "":
			fmt.Fprintf(c.OutOrStdout(), "%s\n\nUsage:\n  carya %s\n\nFlags:\n%s", c.Short, c.Use, help)
			return nil
		}
		text, err := json.Marshal(job)
		if err != nil {
			return err
		}
		return s.dispatch(c, ctl.Job{Do: "test", Domain: dom, Text: string(text)})
	}
	return c
}

// testJob reads the words of the verb, the domain's name among the options.
func (s *settings) testJob(args []string) (job testJob, dom, help string, err error) {
	var out strings.Builder
	set := flag.NewFlagSet("test", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.Usage = func() {}
	set.StringVar(&job.Run, "run", "", s.text("只运行 文件/场景 匹配此正则的", "only those whose FILE/SCENARIO matches the regular expression"))
	set.BoolVar(&job.Verbose, "v", false, s.text("也列出通过的", "list those that pass, too"))
	set.BoolVar(&job.JSON, "json", false, s.text("输出 JSON", "print JSON"))
	for err = set.Parse(args); err == nil && set.NArg() > 0; err = set.Parse(set.Args()[1:]) {
		if dom != "" {
			return job, "", "", usagef("test 只带一个域，多了 %q", "test takes one domain, not %q too", set.Arg(0))
		}
		dom = set.Arg(0)
	}
	if errors.Is(err, flag.ErrHelp) {
		set.SetOutput(&out)
		set.PrintDefaults()
		return job, "", out.String(), nil
	}
	if err == nil {
		_, err = regexp.Compile(job.Run)
	}
	if err != nil {
		return job, "", "", wrongUsage(err)
	}
	return job, dom, "", nil
}

const testDir = ".regapi/test"

// test runs a domain's tests: each file in a fresh copy of the domain, its
// scenarios one after the other. A failure is exit 1.
func (a *app) test(ctx context.Context, job ctl.Job, std ctl.Stdio) error {
	var ask testJob
	if err := json.Unmarshal([]byte(job.Text), &ask); err != nil {
		return err
	}
	d, err := a.pick(job.Domain)
	if err != nil {
		return err
	}
	rep := &testReport{out: std.Out, verbose: ask.Verbose, json: ask.JSON, lang: job.Lang}
	names, err := fs.Glob(d.FS(), testDir+"/*.txt")
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := a.testFile(ctx, d, name, regexp.MustCompile(ask.Run), job.Lang, rep); err != nil {
			return err
		}
	}
	return rep.end(d.Name())
}

// testFile runs one file.
func (a *app) testFile(ctx context.Context, d *domain.Domain, name string, only *regexp.Regexp, lang domain.Lang, rep *testReport) (err error) {
	src, err := fs.ReadFile(d.FS(), name)
	if err != nil {
		return err
	}
	f, faults := scenario.Parse("~/"+name, string(src))
	for _, fault := range faults {
		rep.fault(fault)
	}
	if len(faults) > 0 || !wanted(f, only) {
		return nil
	}
	log := &testLog{}
	copied, done, err := a.scratch(d, log.logger())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	run := copied.scenarioRunner(d.Name(), lang)
	for _, s := range f.Scenarios {
		if only.MatchString(label(f, s)) {
			rep.result(run.Run(ctx, f, s), log)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// label is how -run names a scenario: auth.txt/a ticket is known.
func label(f *scenario.File, s *scenario.Scenario) string {
	return strings.TrimPrefix(f.Name, "~/"+testDir+"/") + "/" + s.Name
}

func wanted(f *scenario.File, only *regexp.Regexp) bool {
	for _, s := range f.Scenarios {
		if only.MatchString(label(f, s)) {
			return true
		}
	}
	return false
}
