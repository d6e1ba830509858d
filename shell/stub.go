package shell

import (
	"context"
	"io"
	"regexp"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell/syntax"
)

type Registry struct{}
type CompileOptions struct {
	File     string
	Endpoint bool
}
type Script struct{}
type Error struct {
	File    string
	Pos     syntax.Pos
	Command string
	Err     error
}

func (e *Error) Error() string { panic("stub") }
func (e *Error) Unwrap() error { return e.Err }

func NewRegistry(cmds ...*Command) *Registry                                     { panic("stub") }
func (r *Registry) Commands() []*Command                                         { panic("stub") }
func (r *Registry) Find(name string) *Command                                    { panic("stub") }
func (r *Registry) Compile(p *syntax.Program, o CompileOptions) (*Script, error) { panic("stub") }
func (r *Registry) CompileArgv(argv []string) (*Script, error)                   { panic("stub") }
func (s *Script) Run(ctx context.Context, env *Env) error                        { panic("stub") }
func (s *Script) Placeholders() []*syntax.Placeholder                            { panic("stub") }
func (s *Script) Writes() bool                                                   { panic("stub") }

type Call struct {
	*Env
	In  io.Reader
	Out io.Writer
}

func (c *Call) Context() context.Context                                          { panic("stub") }
func (c *Call) Registry() *Registry                                               { panic("stub") }
func (c *Call) Tree() *domain.Tree                                                { panic("stub") }
func (c *Call) NArg() int                                                         { panic("stub") }
func (c *Call) Arg(i int) Arg                                                     { panic("stub") }
func (c *Call) Args(from int) []Arg                                               { panic("stub") }
func (c *Call) Has(option string) bool                                            { panic("stub") }
func (c *Call) Opt(option string) Arg                                             { panic("stub") }
func (c *Call) PrintJSON(raw []byte) error                                        { panic("stub") }
func (c *Call) Reply(raw []byte) error                                            { panic("stub") }
func (c *Call) ReadInput(max int64) ([]byte, error)                               { panic("stub") }
func (c *Call) RunScript(s *Script, in io.Reader, out io.Writer, vars Vars) error { panic("stub") }

type Arg struct{}

func (a Arg) Given() bool                      { panic("stub") }
func (a Arg) IsData() bool                     { panic("stub") }
func (a Arg) Text() string                     { panic("stub") }
func (a Arg) Ref() (domain.Ref, error)         { panic("stub") }
func (a Arg) Node() (*relaxed.Node, error)     { panic("stub") }
func (a Arg) JSON() ([]byte, error)            { panic("stub") }
func (a Arg) Regexp() (*regexp.Regexp, error)  { panic("stub") }
func (a Arg) Int() (int, error)                { panic("stub") }
func (a Arg) Duration() (time.Duration, error) { panic("stub") }
func (a Arg) Header() (string, error)          { panic("stub") }
