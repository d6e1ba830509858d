package scenario

import (
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/pattern"
	"regexp"
	"strings"
)

var (
	statusCheck = regexp.MustCompile(`^([1-5][0-9x]{2})$`)
	headerCheck = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9-]*): *(.*)$`)
	absentCheck = regexp.MustCompile(`^!([A-Za-z][A-Za-z0-9-]*)$`)
	errorCheck  = regexp.MustCompile(`^error (\S+)$`)
	existsCheck = regexp.MustCompile(`^(\S+) (exists|absent)$`)
	partCheck   = regexp.MustCompile(`^(\S+) (=|!=|~|!~|<=|>=|<|>)(?: (.*))?$`)
	saveLine    = regexp.MustCompile(`^save ([A-Za-z_][A-Za-z0-9_.-]*) = (?:header ([A-Za-z][A-Za-z0-9-]*)|(\S+))$`)
)

// check reads what follows a "<".
func (p *parser) check(text string) {
	c := Check{Line: p.at}
	switch m := []string(nil); {
	case match(&m, statusCheck, text):
		c.Kind, c.Value = Status, m[1]
	case match(&m, errorCheck, text):
		c.Kind, c.Value = Fails, m[1]
	case match(&m, absentCheck, text):
		c.Kind, c.Name = NoHeader, m[1]
	case match(&m, existsCheck, text):
		c.Kind, c.Name, c.Op = Part, m[1], m[2]
	case match(&m, partCheck, text):
		c.Kind, c.Name, c.Op, c.Value = Part, m[1], m[2], strings.TrimSpace(m[3])
		p.expression(c)
	case match(&m, headerCheck, text):
		c.Kind, c.Name, c.Value = HasHeader, m[1], m[2]
	default:
		p.fault(p.at, domain.Text{ZH: "应是状态码、NAME: PATTERN、!NAME、PATH = VALUE、PATH exists、PATH absent 或 error e.code", EN: "expected a status, NAME: PATTERN, !NAME, PATH = VALUE, PATH exists, PATH absent or error e.code"})
		return
	}
	if p.last == nil {
		p.fault(p.at, domain.Text{ZH: "此期望之前没有请求", EN: "nothing was asked before this expectation"})
		return
	}
	p.last.Checks = append(p.last.Checks, c)
}

func match(m *[]string, re *regexp.Regexp, text string) bool {
	*m = re.FindStringSubmatch(text)
	return *m != nil
}

// expression refuses a broken regular expression where it stands.
func (p *parser) expression(c Check) {
	if c.Op != "~" && c.Op != "!~" || strings.Contains(c.Value, "${") {
		return
	}
	if _, err := regexp.Compile(c.Value); err != nil {
		p.fault(c.Line, domain.Text{ZH: pattern.Fault(err).ZH, EN: err.Error()})
	}
}

// save reads what follows a ">".
func (p *parser) save(text string) {
	m := saveLine.FindStringSubmatch(text)
	switch {
	case m == nil:
		p.fault(p.at, domain.Text{ZH: "应是 save NAME = PATH、save NAME = header NAME 或 save NAME = @body", EN: "expected save NAME = PATH, save NAME = header NAME or save NAME = @body"})
	case p.last == nil:
		p.fault(p.at, domain.Text{ZH: "在此之前没有请求", EN: "nothing was asked before this"})
	default:
		p.last.Saves = append(p.last.Saves, Save{Line: p.at, Name: m[1], Header: m[2], Path: m[3]})
	}
}
