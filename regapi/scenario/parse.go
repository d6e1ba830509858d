package scenario

import (
	"regexp"
	"strings"

	"github.com/caryahq/carya/domain"
)

// Parse reads a test file. The faults are all that is wrong with it, by line.
func Parse(name, src string) (*File, []domain.Fault) {
	p := &parser{file: &File{Name: name}, lines: strings.Split(strings.ReplaceAll(src, "\r\n", "\n"), "\n")}
	for p.next() {
		p.line()
	}
	for _, s := range p.file.Scenarios {
		for _, st := range s.Steps {
			p.step(st)
		}
	}
	return p.file, p.faults
}

type parser struct {
	file   *File
	lines  []string
	at     int    // of the next line
	text   string // the line, as it stands
	now    *Scenario
	last   *Step
	faults []domain.Fault
}

func (p *parser) next() bool {
	if p.at >= len(p.lines) {
		return false
	}
	p.text = p.lines[p.at]
	p.at++
	return true
}

func (p *parser) fault(line int, msg domain.Text) {
	p.faults = append(p.faults, domain.FaultAt(p.file.Name, line, 1, msg))
}

var requestLine = regexp.MustCompile(`^(GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS) +(/\S*)$`)

// line reads what begins at the line.
func (p *parser) line() {
	text := strings.TrimRight(p.text, " \t")
	if m := requestLine.FindStringSubmatch(text); m != nil {
		p.request(m[1], m[2])
		return
	}
	mark, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(rest)
	switch {
	case text == "" || strings.HasPrefix(text, "#"):
	case mark == "---":
		p.begin(rest)
	case mark == "$":
		p.add(&Step{Line: p.at, Shell: p.joined(rest)})
	case mark == "<":
		p.check(rest)
	case mark == ">":
		p.save(rest)
	default:
		p.fault(p.at, domain.Text{ZH: "既不是请求（GET /api/…）也不是标记：---、$、<、>", EN: "neither a request (GET /api/…) nor a mark: ---, $, <, >"})
	}
}

// joined is a line of the shell with those that it goes on in: \ at its end.
func (p *parser) joined(text string) string {
	for strings.HasSuffix(text, `\`) && p.next() {
		text += "\n" + strings.TrimRight(p.text, " \t")
	}
	return text
}

func (p *parser) begin(name string) {
	if name == "" {
		p.fault(p.at, domain.Text{ZH: "场景需要名字", EN: "a scenario needs a name"})
	}
	p.now, p.last = &Scenario{Name: name, Line: p.at}, nil
	p.file.Scenarios = append(p.file.Scenarios, p.now)
}

func (p *parser) add(s *Step) {
	if p.now == nil {
		p.begin("all")
		p.now.Line = s.Line
	}
	p.now.Steps, p.last = append(p.now.Steps, s), s
}

// request reads headers up to an empty line or a mark, and then a body up to
// the next mark.
func (p *parser) request(method, url string) {
	s := &Step{Line: p.at, Method: method, URL: url}
	p.add(s)
	for p.next() {
		text := strings.TrimSpace(p.text)
		if text == "" {
			s.Body = p.body()
			return
		}
		if p.marked() {
			p.at--
			return
		}
		name, value, ok := strings.Cut(text, ":")
		if !ok || name == "" || strings.ContainsAny(name, " \t") {
			p.fault(p.at, domain.Text{ZH: "请求头写作 NAME: VALUE；请求体写在空行之后", EN: "a header is NAME: VALUE; a body stands behind an empty line"})
			continue
		}
		s.Header = append(s.Header, Header{p.at, name, strings.TrimSpace(value)})
	}
}

// marked reports whether the line begins something else than a body.
func (p *parser) marked() bool {
	for _, mark := range []string{"--- ", "$ ", "< ", "> "} {
		if strings.HasPrefix(p.text, mark) {
			return true
		}
	}
	return requestLine.MatchString(strings.TrimRight(p.text, " \t"))
}

// body takes lines as they stand; comment lines are part of it.
func (p *parser) body() string {
	var lines []string
	for p.next() {
		if p.marked() {
			p.at--
			break
		}
		lines = append(lines, p.text)
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// step looks at what needs all of a step's lines.
func (p *parser) step(s *Step) {
	for _, c := range s.Checks {
		switch {
		case s.Method == "" && (c.Kind == Status || c.Kind == HasHeader || c.Kind == NoHeader):
			p.fault(c.Line, domain.Text{ZH: "命令行没有状态码与响应头", EN: "a line of the shell has no status and no headers"})
		case s.Method != "" && c.Kind == Fails:
			p.fault(c.Line, domain.Text{ZH: "error 用于命令行；请求用状态码与应答中的 errCode", EN: "error is for lines of the shell; a request has a status, and errCode in its answer"})
		}
	}
}
