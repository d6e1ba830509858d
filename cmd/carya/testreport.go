package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/regapi/scenario"
)

// testReport prints results as a test runner does, or gathers them for JSON.
type testReport struct {
	out     io.Writer
	verbose bool
	json    bool
	lang    domain.Lang
	err     error // of printing

	results        []scenario.Result
	passed, failed int
	micros         int64
}

func (r *testReport) printf(format string, args ...any) {
	if r.json {
		return
	}
	if _, err := fmt.Fprintf(r.out, format, args...); r.err == nil {
		r.err = err
	}
}

func (r *testReport) text(zh, en string) string { return domain.Text{ZH: zh, EN: en}.In(r.lang) }

// fault is a line of a test file that nobody can read.
func (r *testReport) fault(f domain.Fault) {
	r.failed++
	r.results = append(r.results, scenario.Result{File: f.File, Line: f.Line, Failures: []scenario.Failure{{Line: f.Line, What: f.MsgIn(r.lang)}}})
	r.printf("%s %s\n", r.text("错误", "FAIL"), f.In(r.lang))
}

// result is a scenario that has run. log is what the server said meanwhile.
func (r *testReport) result(res scenario.Result, log *testLog) {
	r.results = append(r.results, res)
	r.micros += res.Micros
	said := log.take()
	if len(res.Failures) == 0 {
		r.passed++
		if r.verbose {
			r.printf("%s %s/%s (%v)\n", r.text("通过", "ok  "), res.File, res.Name, micros(res.Micros))
		}
		return
	}
	r.failed++
	r.printf("%s %s/%s (%v)\n", r.text("失败", "FAIL"), res.File, res.Name, micros(res.Micros))
	for _, f := range res.Failures {
		r.printf("  %s:%d: %s\n", res.File, f.Line, strings.ReplaceAll(f.String(), "\n", "\n    "))
	}
	if a := res.Failures[0].Answer; a != "" {
		r.printf("    %s %s\n", r.text("应答", "answer"), strings.ReplaceAll(a, "\n", "\n    "))
	}
	for line := range strings.Lines(said) {
		r.printf("    %s %s\n", r.text("日志", "log"), strings.TrimSpace(line))
	}
}

// end prints the summary.
func (r *testReport) end(dom string) error {
	if r.json {
		if r.results == nil {
			r.results = []scenario.Result{}
		}
		r.err = printJSON(r.out, r.results)
	}
	verdict := r.text("通过", "ok")
	if r.failed > 0 {
		verdict = r.text("失败", "FAIL")
	}
	if r.passed+r.failed == 0 {
		r.printf("%s %s: %s\n", verdict, dom, r.text("没有测试", "no tests"))
	} else {
		r.printf(r.text("%s %s：%d 通过，%d 失败，用时 %v\n", "%s %s: %d passed, %d failed in %v\n"), verdict, dom, r.passed, r.failed, micros(r.micros))
	}
	if r.err == nil && r.failed > 0 {
		return exitError(1)
	}
	return r.err
}
