package shell

import (
	"errors"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell/syntax"
)

// CompileOptions say where a program comes from.
type CompileOptions struct {
	File     string     // for errors; "" for a line that was typed
	At       syntax.Pos // where the text begins in File; zero is its start
	Source   string     // the text, for exact places inside of words; CompileText sets it
	Endpoint bool       // an HTTP request runs it: defaults of Limits, and what Prepare may refuse
}

func (o CompileOptions) source() source { return source{text: o.Source, at: o.At.Offset} }

// Script is a compiled program. It is immutable: any number of runs may use it
// at once.
type Script struct {
	reg          *Registry
	o            CompileOptions
	lines        []*pipeline
	placeholders []*syntax.Placeholder
	writes       bool
	calls        bool
	writers      []string // names of the commands that write
	acts         []string // those with the paths and ids that they name
	declared     []string // variables that it sets itself
	called       []Called // by commands that ask other servers
	owner        *stage   // whose Prep made it; nil for a script of its own
}

// pipeline is a compiled pipeline.
type pipeline struct {
	stages []*stage
	target *stage // of a redirect: a stage of one Ref word and no command; nil without
	adds   bool   // >>
}

// compiler turns one program into a Script and gathers the faults.
type compiler struct {
	*Script
	faults []error
	escape func(string) string // of a template's values; nil: as they are
	inner  *int                // words of scripts inside of stages so far, of the whole program
}

// maxInner bounds the words of scripts inside of stages, each counted as often as it is
// read: once for each stage around it.
const maxInner = 200_000

// spend counts words of a script inside a stage.
func (c *compiler) spend(s *stage, words int) error {
	if *c.inner += words; *c.inner <= maxInner {
		return nil
	}
	return &Error{File: c.o.File, Pos: s.pos, Command: s.name, Err: domain.E("e.cmd.syntax", domain.Text{ZH: "命令里的命令过多或嵌套过深", EN: "there are too many commands inside of commands, or too deep"})}
}

// Compile binds a program to the commands. The error is one *Error, or several
// joined (see Faults): every fault that can be seen before a run, with its place.
func (r *Registry) Compile(p *syntax.Program, o CompileOptions) (*Script, error) {
	c := &compiler{Script: &Script{reg: r, o: o}, inner: new(int)}
	for _, pl := range p.Pipelines {
		c.lines = append(c.lines, c.pipeline(pl))
	}
	return c.done()
}

// CompileText parses a text and compiles it. A syntax error comes as an *Error
// too, with code e.cmd.syntax.
func (r *Registry) CompileText(src string, o CompileOptions) (*Script, error) {
	if o.At.Line == 0 {
		o.At = syntax.Pos{Line: 1, Col: 1}
	}
	o.Source = src
	p, err := syntax.Parse(src, o.At)
	if err != nil {
		return nil, syntaxFault(o, err)
	}
	return r.Compile(p, o)
}

// CompileArgv compiles one command as the operating system hands it over: each
// element is one word, in which only placeholders are read. Positions count
// in the elements joined by one blank.
func (r *Registry) CompileArgv(argv []string) (*Script, error) {
	at, cmd := syntax.Pos{Line: 1, Col: 1}, &syntax.Command{Pos: syntax.Pos{Line: 1, Col: 1}}
	for _, arg := range argv {
		ps, err := syntax.ParseTemplate(arg, at)
		if err != nil {
			return nil, syntaxFault(CompileOptions{}, err)
		}
		cmd.Words = append(cmd.Words, &syntax.Word{Pos: at, Pieces: ps})
		at = after(at, arg+" ")
	}
	return r.Compile(&syntax.Program{Pipelines: []*syntax.Pipeline{{Pos: cmd.Pos, Commands: []*syntax.Command{cmd}}}}, CompileOptions{})
}

// done gives the script when nothing was wrong.
func (c *compiler) done() (*Script, error) {
	switch len(c.faults) {
	case 0:
		return c.Script, nil
	case 1:
		return nil, c.faults[0]
	}
	return nil, errors.Join(c.faults...)
}

// fault notes a fault of a command at a place; a *faultAt knows its own.
func (c *compiler) fault(pos syntax.Pos, command string, err error) {
	if at, ok := errors.AsType[*faultAt](err); ok {
		pos, err = at.pos, at.err
	}
	c.faults = append(c.faults, &Error{File: c.o.File, Pos: pos, Command: command, Err: domain.AsError(err)})
}

// nested takes over what was found in a script inside this one.
func (c *compiler) nested(err error) {
	for _, f := range Faults(err) {
		c.faults = append(c.faults, f)
	}
}

func (c *compiler) pipeline(p *syntax.Pipeline) *pipeline {
	out := &pipeline{}
	for _, cmd := range p.Commands {
		if s := c.stage(cmd.Words, cmd.Pos); s != nil {
			out.stages = append(out.stages, s)
		}
	}
	if p.Redirect != nil {
		out.adds = p.Redirect.Append
		out.target = &stage{script: c.Script, pos: p.Redirect.Pos, name: redirectName(out.adds)}
		out.target.args = []*word{c.word(out.target, p.Redirect.Target, Ref, nil)}
		c.writes, c.writers = true, append(c.writers, out.target.name)
		c.acts = append(c.acts, out.target.name+namedIn([]*syntax.Word{p.Redirect.Target}))
	}
	return out
}

func redirectName(adds bool) string {
	if adds {
		return ">>"
	}
	return ">"
}

// syntaxFault is a fault of the text as an Error with its place.
func syntaxFault(o CompileOptions, err error) error {
	e, ok := errors.AsType[*syntax.Error](err)
	if !ok {
		return err
	}
	return &Error{File: o.File, Pos: e.Pos, Err: domain.E("e.cmd.syntax", domain.Text{ZH: e.ZH, EN: e.Msg})}
}
