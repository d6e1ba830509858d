package domain

import "io/fs"

// The signatures below are the room's contract; the bodies come with its files.

type Root struct{}
type RootOptions struct {
	Shared  bool
	OnOpen  func(*Domain) error
	OnClose func(*Domain)
}

func OpenRoot(dir string, o RootOptions) (*Root, error) { panic("stub") }
func (r *Root) Dir() string                             { panic("stub") }
func (r *Root) Secret(purpose string) []byte            { panic("stub") }
func (r *Root) Names() ([]string, error)                { panic("stub") }
func (r *Root) Domain(name string) (*Domain, error)     { panic("stub") }
func (r *Root) ByHost(host string) (*Domain, bool)      { panic("stub") }
func (r *Root) Create(name string) (*Domain, error)     { panic("stub") }
func (r *Root) Close() error                            { panic("stub") }

type Config struct{}
type Domain struct{}

func (d *Domain) Name() string                             { panic("stub") }
func (d *Domain) Dir() string                              { panic("stub") }
func (d *Domain) Config() *Config                          { panic("stub") }
func (d *Domain) Tree(who Principal) *Tree                 { panic("stub") }
func (d *Domain) Put(key, value any)                       { panic("stub") }
func (d *Domain) Value(key any) any                        { panic("stub") }
func (d *Domain) AddResolver(func(id string) (Path, bool)) { panic("stub") }
func (d *Domain) OnChange(f func(Path)) (stop func())      { panic("stub") }

type Tree struct{}
type Writer struct{}

func (w *Writer) Write(p []byte) (int, error) { panic("stub") }
func (w *Writer) Commit() error               { panic("stub") }
func (w *Writer) Close() error                { panic("stub") }

func (t *Tree) Resolve(r Ref) (Path, error)         { panic("stub") }
func (t *Tree) Stat(p Path) (*Object, error)        { panic("stub") }
func (t *Tree) Object(r Ref) (*Object, error)       { panic("stub") }
func (t *Tree) List(p Path) ([]*Object, error)      { panic("stub") }
func (t *Tree) Open(p Path) (fs.File, error)        { panic("stub") }
func (t *Tree) ReadFile(p Path) ([]byte, error)     { panic("stub") }
func (t *Tree) WriteFile(p Path, data []byte) error { panic("stub") }
func (t *Tree) Create(p Path) (*Writer, error)      { panic("stub") }
func (t *Tree) Append(p Path, data []byte) error    { panic("stub") }
func (t *Tree) Mkdir(p Path) error                  { panic("stub") }
func (t *Tree) Remove(p Path, recursive bool) error { panic("stub") }
func (t *Tree) Rename(from, to Path) error          { panic("stub") }
func (t *Tree) Meta(p Path) ([]byte, error)         { panic("stub") }
func (t *Tree) SetMeta(p Path, patch []byte) error  { panic("stub") }
func (t *Tree) AssignID(p Path) (string, error)     { panic("stub") }
func (o *Object) AppendJSON(dst []byte) []byte      { panic("stub") }

type InitScript struct{}
type InitOptions struct {
	Vars    map[string]string
	Include func(path string) ([]byte, error)
}
type InitReport struct{ Made, Changed, Kept []Path }

func ParseInit(src []byte, file string) (*InitScript, error)             { panic("stub") }
func (s *InitScript) Apply(d *Domain, o InitOptions) (InitReport, error) { panic("stub") }
