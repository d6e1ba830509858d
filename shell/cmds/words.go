package cmds

import (
	"regexp"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// What several commands declare alike.

func both(en, zh string) domain.Text { return domain.Text{EN: en, ZH: zh} }

// sourcesParam is the list of objects that a filter reads in place of the pipe.
func sourcesParam() shell.Param {
	return shell.Param{
		Name: "PATH", Type: shell.Ref, Optional: true, Repeat: true,
		Help: both("what to read; without one, the pipe", "要读取的对象，不给则读管道"),
	}
}

func flag(name, en, zh string) shell.Option {
	return shell.Option{Name: name, Help: both(en, zh)}
}

func option(name, arg string, t shell.Type, en, zh string) shell.Option {
	return shell.Option{Name: name, Arity: shell.Required, Type: t, Arg: arg, Help: both(en, zh)}
}

// optional is an option whose value may be left out.
func optional(name, arg string, t shell.Type, en, zh string) shell.Option {
	o := option(name, arg, t, en, zh)
	o.Arity = shell.Optional
	return o
}

// wholeNumber is the value of an Int option, def when it is absent. It must not be
// negative.
func wholeNumber(c *shell.Call, name string, def int) (int, error) {
	if !c.Has(name) {
		return def, nil
	}
	n, err := c.Opt(name).Int()
	if err == nil && n < 0 {
		err = domain.E("e.cmd.arg", domain.Textf("-%v 不能为负", "-%v must not be negative", name))
	}
	return n, err
}

// names are the parts of a list that is written with commas.
func names(list string) (out []string) {
	for s := range strings.SplitSeq(list, ",") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// filter is a regular expression for names, which a leading "!" turns round. The
// zero filter lets everything through.
type filter struct {
	re  *regexp.Regexp
	not bool
}

// filterOf reads RE or !RE. Data inside a literal word is quoted by the engine, so
// a "!" at the start is the author's, or the caller's where the whole word is.
func filterOf(a shell.Arg) (filter, error) {
	if !a.Given() {
		return filter{}, nil
	}
	re, err := a.Regexp()
	if err != nil {
		return filter{}, err
	}
	s, not := strings.CutPrefix(re.String(), "!")
	if !not {
		return filter{re: re}, nil
	}
	if re, err = regexp.Compile(s); err != nil {
		return filter{}, domain.E("e.cmd.arg", domain.Textf("不是正则表达式：%v", "not a regular expression: %v", s))
	}
	return filter{re, true}, nil
}

func (f filter) lets(name string) bool {
	return f.re == nil || f.re.MatchString(name) != f.not
}

// splitKey are the names of a unique key: a, a+b or a,b.
func splitKey(text string) []string { return names(strings.ReplaceAll(text, "+", ",")) }
