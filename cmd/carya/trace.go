package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/regapi"
)

// traceJob is what `carya trace` asks for, as the job's text.
type traceJob struct {
	Method  string
	URL     string
	Header  []string
	Body    []byte
	HasBody bool
	DryRun  bool
	JSON    bool
	List    bool
	Saved   string // number or id of a kept trace: send it again
	Show    string // number or id of a kept trace: print it
}

func traceVerb(s *settings) *cobra.Command {
	c := &cobra.Command{
		Use:                "trace [METHOD] /api/DOMAIN/PATH… [-H 'NAME: VALUE']… [-d DATA|@FILE] | --list | --show N | --saved N",
		Short:              s.text("重放一个请求，逐段显示经过", "replay one request and show what each stage did"),
		DisableFlagParsing: true, // -d is a request's data here
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		job, help, err := s.traceJob(args)
		if err != nil {
			return err
		}
		if help != "" {
			fmt.Fprintf(c.OutOrStdout(), "%s\n\nUsage:\n  carya %s\n\nFlags:\n%s", c.Short, c.Use, help)
			return nil
		}
		text, err := json.Marshal(job)
		if err != nil {
			return err
		}
		return s.dispatch(c, ctl.Job{Do: "trace", Text: string(text)})
	}
	return c
}

// traceJob reads the words of the verb; help is the list of options when they
// ask for it.
func (s *settings) traceJob(args []string) (job traceJob, help string, err error) {
	fs := pflag.NewFlagSet("trace", pflag.ContinueOnError)
	fs.Usage = func() {}
	var data string
	fs.StringArrayVarP(&job.Header, "header", "H", nil, s.text("请求头 `NAME: VALUE`", "a header, `NAME: VALUE`"))
	fs.StringVarP(&data, "data", "d", "", s.text("请求体，或 @文件；方法缺省为 POST", "the body, or `@FILE`; the method is then POST unless given"))
	fs.BoolVar(&job.DryRun, "dry-run", false, s.text("在域的副本里运行，什么也不改", "run in a copy of the domain: nothing changes"))
	fs.BoolVar(&job.JSON, "json", false, s.text("输出 JSON", "print JSON"))
	fs.BoolVar(&job.List, "list", false, s.text("列出 http-trace 保留的请求", "list the requests that http-trace kept"))
	fs.StringVar(&job.Show, "show", "", s.text("显示保留的第 N 个（1 为最新）或某个 id", "print the kept request `N` (1 is the newest), or of that id, as it went"))
	fs.StringVar(&job.Saved, "saved", "", s.text("重放保留的第 N 个；-H、-d 替换被遮盖的值", "send the kept request `N` again; -H and -d put in what was masked"))
	switch err := fs.Parse(args); {
	case err == pflag.ErrHelp:
		return job, fs.FlagUsages(), nil
	case err != nil:
		return job, "", wrongFlags(err)
	}
	if fs.Changed("data") {
		job.HasBody = true
		if job.Body, err = readData(data); err != nil {
			return job, "", err
		}
	}
	return job, "", job.target(fs.Args())
}

func readData(data string) ([]byte, error) {
	if file, ok := strings.CutPrefix(data, "@"); ok {
		return os.ReadFile(file)
	}
	return []byte(data), nil
}

// target takes METHOD and the address, or checks that none is needed.
func (j *traceJob) target(words []string) error {
	modes := 0
	for _, asked := range []bool{j.List, j.Show != "", j.Saved != "", len(words) > 0} {
		if asked {
			modes++
		}
	}
	switch {
	case modes != 1:
		return usagef("trace 只能给出一种：地址、--list、--show N 或 --saved N", "trace takes one of: an address, --list, --show N, --saved N")
	case len(words) > 2:
		return usagef("trace 只带方法与地址，多了 %q", "trace takes a method and an address, not %q", words[2])
	case len(words) == 2:
		j.Method, words = strings.ToUpper(words[0]), words[1:]
	}
	if len(words) == 1 {
		if j.URL = words[0]; !strings.HasPrefix(j.URL, "/") {
			return usagef("地址以斜杠开头：/api/域名/路径", "an address begins with a slash: /api/DOMAIN/PATH")
		}
	}
	return nil
}

// trace does the job where the root is.
func (a *app) trace(ctx context.Context, job ctl.Job, std ctl.Stdio) error {
	var ask traceJob
	if err := json.Unmarshal([]byte(job.Text), &ask); err != nil {
		return err
	}
	if ask.URL != "" {
		return a.replay(ctx, ask, job, std)
	}
	d, err := a.pick(job.Domain)
	if err != nil {
		return err
	}
	kept, err := regapi.Traces(d)
	if err != nil {
		return err
	}
	if ask.List {
		if len(kept) == 0 {
			fmt.Fprintln(std.Err, domain.Text{ZH: "没有保留的请求；接口元数据 \"http-trace\": true 会保留", EN: "no request is kept; \"http-trace\": true in an endpoint's metadata keeps them"}.In(job.Lang))
		}
		return listTraces(std.Out, kept, ask.JSON)
	}
	t, err := pickTrace(kept, ask.Show+ask.Saved)
	switch {
	case err != nil:
		return err
	case ask.Show != "":
		return printTrace(std.Out, t, "", ask.JSON, job.Lang)
	}
	ask.again(t.Request)
	return a.replay(ctx, ask, job, std)
}

// pickTrace finds a kept trace by its number or id.
func pickTrace(kept []*regapi.Trace, which string) (*regapi.Trace, error) {
	if n, err := strconv.Atoi(which); err == nil && n >= 1 && n <= len(kept) {
		return kept[n-1], nil
	}
	for _, t := range kept {
		if t.ID == which {
			return t, nil
		}
	}
	return nil, domain.E("e.trace.noexists", which)
}

// again makes the job that of a kept request; what the job brings itself
// replaces what was kept.
func (j *traceJob) again(q regapi.TraceRequest) {
	j.Method, j.URL = q.Method, q.URL
	own := map[string]bool{}
	for _, line := range j.Header {
		own[headerName(line)] = true
	}
	for _, line := range q.Header {
		if name := headerName(line); !own[name] && name != "content-length" {
			j.Header = append(j.Header, line)
		}
	}
	if !j.HasBody && q.Body != "" {
		j.HasBody, j.Body = true, []byte(q.Body)
	}
}

func headerName(line string) string {
	name, _, _ := strings.Cut(line, ":")
	return strings.ToLower(strings.TrimSpace(name))
}
