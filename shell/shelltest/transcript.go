package shelltest

import (
	"fmt"
	"strings"
)

// transcript is a file taken apart: sections of exchanges, and the lines
// between, which are kept for rewriting.
type transcript struct {
	sections []*section
	tail     []string // lines after the last exchange
}

// section runs in a session of its own.
type section struct {
	title     string
	line      int // of its first prompt, from 1
	exchanges []*exchange
}

// exchange is a line that was typed and what it should print.
type exchange struct {
	before []string // lines before the prompt that are no output
	indent string
	prompt []string // the typed lines, without "$ " and "> "
	want   []string // the lines of the output
	line   int      // of the prompt, from 1
}

// typed is what was typed.
func (e *exchange) typed() string { return strings.Join(e.prompt, "\n") }

// parseText reads a .txt transcript. "## title" begins a section; what stands
// between a title and its first prompt is a comment.
func parseText(src string) (*transcript, error) {
	t := &transcript{}
	p := parser{t: t}
	p.begin("")
	for i, l := range lines(src) {
		switch {
		case strings.HasPrefix(l, "## "):
			p.finish()
			p.begin(strings.TrimPrefix(l, "## "))
			p.loose = append(p.loose, l)
		case strings.HasPrefix(l, "$ "):
			p.open(l[2:], "", i+1)
		default:
			p.add(l)
		}
	}
	return p.done()
}

// parseManual reads the examples of a manual: every indented block that begins
// with "$ " is a section.
func parseManual(src string) (*transcript, error) {
	const indent = "    "
	p := parser{t: &transcript{}}
	inBlock, example := false, false
	for i, l := range lines(src) {
		text, code := strings.CutPrefix(l, indent)
		prompt := code && strings.HasPrefix(text, "$ ")
		if !code && l != "" && inBlock {
			p.finish()
			inBlock, example = false, false
		}
		if prompt && !inBlock {
			p.begin(text[2:])
			example = true
		}
		inBlock = inBlock || code
		switch {
		case prompt && example:
			p.open(text[2:], indent, i+1)
		case example && inBlock:
			p.add(text)
		default:
			p.loose = append(p.loose, l)
		}
	}
	return p.done()
}

func lines(src string) []string {
	return strings.Split(strings.TrimSuffix(strings.ReplaceAll(src, "\r\n", "\n"), "\n"), "\n")
}

// parser gathers exchanges.
type parser struct {
	t     *transcript
	s     *section
	e     *exchange // the open one
	loose []string  // lines that wait for the next exchange
}

func (p *parser) begin(title string) {
	p.s = &section{title: title}
	p.t.sections = append(p.t.sections, p.s)
}

func (p *parser) open(typed, indent string, line int) {
	p.finish()
	p.e = &exchange{before: p.loose, indent: indent, prompt: []string{typed}, line: line}
	p.loose = nil
	if p.s.exchanges == nil {
		p.s.line = line
	}
	p.s.exchanges = append(p.s.exchanges, p.e)
}

func (p *parser) add(l string) {
	more, ok := strings.CutPrefix(l, "> ")
	switch {
	case p.e == nil:
		p.loose = append(p.loose, l)
	case ok && len(p.e.want) == 0:
		p.e.prompt = append(p.e.prompt, more)
	default:
		p.e.want = append(p.e.want, l)
	}
}

// finish closes the open exchange; blank lines at its end are no output.
func (p *parser) finish() {
	if p.e == nil {
		return
	}
	n := len(p.e.want)
	for n > 0 && p.e.want[n-1] == "" {
		n--
		p.loose = append(p.loose, "")
	}
	p.e.want, p.e = p.e.want[:n:n], nil
}

func (p *parser) done() (*transcript, error) {
	p.finish()
	p.t.tail = p.loose
	for _, s := range p.t.sections {
		if len(s.exchanges) > 0 {
			return p.t, nil
		}
	}
	return nil, fmt.Errorf("no line begins with %q", "$ ")
}

// String is the file again.
func (t *transcript) String() string {
	var b strings.Builder
	for _, s := range t.sections {
		for _, e := range s.exchanges {
			e.print(&b)
		}
	}
	for _, l := range t.tail {
		b.WriteString(l + "\n")
	}
	return b.String()
}

func (e *exchange) print(b *strings.Builder) {
	for _, l := range e.before {
		b.WriteString(l + "\n")
	}
	mark := "$ "
	for _, l := range e.prompt {
		b.WriteString(e.indent + mark + l + "\n")
		mark = "> "
	}
	for _, l := range e.want {
		b.WriteString(strings.TrimRight(e.indent+l, " ") + "\n")
	}
}
