package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/regapi"
)

// printTrace shows a trace to a person, or as JSON. body is the answer; "" when
// it is not known or no text.
func printTrace(w io.Writer, t *regapi.Trace, body string, asJSON bool, l domain.Lang) error {
	if asJSON {
		return printJSON(w, struct {
			*regapi.Trace
			Answer string `json:"answer,omitempty"`
		}{t, body})
	}
	p := &tracePrinter{w: w, lang: l}
	p.request(t)
	p.bound(t.Bound)
	for i, s := range t.Stages {
		p.stage(i+1, s)
	}
	p.answer(t, body)
	return p.err
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

type tracePrinter struct {
	w    io.Writer
	lang domain.Lang
	err  error
}

func (p *tracePrinter) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(p.w, format, args...); p.err == nil {
		p.err = err
	}
}

func (p *tracePrinter) text(zh, en string) string { return domain.Text{ZH: zh, EN: en}.In(p.lang) }

func (p *tracePrinter) request(t *regapi.Trace) {
	p.printf("%s %s\n", t.Request.Method, t.Request.URL)
	for _, line := range t.Request.Header {
		p.printf("  %s\n", line)
	}
	if t.Request.Body != "" {
		p.printf("  %s\n", t.Request.Body)
	}
	if t.Request.Cut {
		p.printf("  %s\n", p.text("（请求体未读取或不便显示）", "(the body was not read, or is no text)"))
	}
	p.printf("%s %s\n", p.text("文件", "file"), p.file(t))
	for _, f := range t.Faults {
		p.printf("  %s %s\n", p.text("有错", "broken"), f)
	}
	if len(t.Faults) > 0 && len(t.Stages) > 0 {
		p.printf("  %s\n", p.text("以下是它上一个好版本的经过", "what follows is its last good version"))
	}
}

// file is what answers, or why nothing does.
func (p *tracePrinter) file(t *regapi.Trace) string {
	switch {
	case t.File != "":
		return t.File
	case t.Domain == "":
		return p.text("没有这个域", "no such domain")
	case t.Allow != "":
		return fmt.Sprintf(p.text("没有接口接受 %s，可用 %s", "no endpoint takes %s here; it may be %s"), t.Request.Method, t.Allow)
	case t.Near != "":
		return fmt.Sprintf(p.text("没有接口在此应答，是不是 %s？", "no endpoint answers here; did you mean %s?"), t.Near)
	}
	return p.text("没有接口在此应答", "no endpoint answers here")
}

func (p *tracePrinter) bound(list []regapi.TraceBound) {
	if len(list) == 0 {
		return
	}
	p.printf("%s\n", p.text("占位符", "bound"))
	for _, b := range list {
		value := shown(b.Value, b.Null)
		if !b.Found {
			value = p.text("（没有）", "(absent)")
		}
		p.printf("  %s = %s\n", b.Name, value)
	}
}

// shown is a value: a text in quotes, and a JSON null as what it is.
func shown(value string, null bool) string {
	if null {
		return "null"
	}
	return strconv.Quote(value)
}

func (p *tracePrinter) stage(n int, s regapi.TraceStage) {
	pad := strings.Repeat("  ", s.Depth)
	p.printf("%s%d %s  %s\n", pad, n, s.Command, s.At)
	for _, word := range s.Words {
		switch {
		case word.Bare:
			p.printf("%s    %s\n", pad, word.Name)
		default:
			p.printf("%s    %s\n", pad, strings.TrimSpace(word.Name+" "+shown(word.Text, word.Null)))
		}
	}
	p.printf("%s    %s %d B, %s %d B, %v\n", pad, p.text("读入", "in"), s.In, p.text("写出", "out"), s.Out, micros(s.Micros))
	if s.Err != "" {
		p.printf("%s    %s %s\n", pad, p.text("错误", "error"), s.Err)
	}
}

func (p *tracePrinter) answer(t *regapi.Trace, body string) {
	p.printf("%s %d %s, %d B, %v\n", p.text("应答", "answer"), t.Status, t.Type, t.Bytes, micros(t.Micros))
	if t.Cached {
		p.printf("  %s\n", p.text("取自缓存，没有运行", "from the cache; nothing ran"))
	}
	if t.Err != "" {
		p.printf("  %s %s\n", p.text("错误", "error"), t.Err)
	}
	if body != "" {
		p.printf("%s\n", strings.TrimRight(body, "\n"))
	}
}

func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

// listTraces prints the kept requests, newest first.
func listTraces(w io.Writer, kept []*regapi.Trace, asJSON bool) error {
	if asJSON {
		return printJSON(w, kept)
	}
	tw := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for i, t := range kept {
		fmt.Fprintf(tw, "%d\t%s\t%s\t%d\t%v\t%s %s\n", i+1, t.ID, time.UnixMilli(t.At).Format(time.DateTime), t.Status, micros(t.Micros), t.Request.Method, t.Request.URL)
	}
	return tw.Flush()
}
