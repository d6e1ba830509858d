package cmds

import (
	"context"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/pattern"
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
// zero filter lets everything through, one whose context has ended nothing.
type filter struct {
	ctx  context.Context
	re   *pattern.Regexp
	not  bool
	seen *int // names
}

// filterOf reads RE or !RE. Data inside a literal word is quoted by the engine, so
// a "!" at the start is the author's, or the caller's where the whole word is.
func filterOf(c *shell.Call, a shell.Arg) (filter, error) {
	if !a.Given() {
		return filter{}, nil
	}
	re, err := a.Regexp()
	if err != nil {
		return filter{}, err
	}
	s, not := strings.CutPrefix(re.String(), "!")
	if !not {
		return filter{c.Context(), re, false, new(int)}, nil
	}
	if re, err = pattern.Compile(s); err != nil {
		return filter{}, domain.E("e.cmd.arg", domain.Textf("不是正则表达式：%v", "not a regular expression: %v", s))
	}
	return filter{c.Context(), re, true, new(int)}, nil
}

func (f filter) lets(name string) bool {
	if f.re == nil {
		return true
	}
	if *f.seen++; *f.seen%256 == 0 && f.ctx.Err() != nil {
		return false
	}
	found, err := f.re.MatchString(f.ctx, name)
	return err == nil && found != f.not
}

// splitKey are the names of a unique key: a, a+b or a,b.
func splitKey(text string) []string { return names(strings.ReplaceAll(text, "+", ",")) }
