// Package wish tells what domains ask for in their own domain.json that only the
// operator can give, and has not given: host names, an owner, variables of the
// environment, private networks.
package wish

import (
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/grant"
	"github.com/caryahq/carya/domain/relaxed"
)

// file is where wishes stand.
const file domain.Path = ".domain/domain.json"

// Wish is one thing that a domain asks for and was not granted.
type Wish struct {
	Domain      string
	Kind, Value string // as in grant.Change, in its normal form; "" of networks that nothing names
	By          string // of a host, the domain that has it
	Line, Col   int    // in domain.json
}

// Command is what the operator runs to grant the wish; of a host that another domain
// has, to take it back there first. It is empty where the wish names no value.
func (w Wish) Command() string {
	if w.Value == "" {
		return ""
	}
	if w.By != "" {
		return grant.Command(w.By, grant.Change{Kind: w.Kind, Value: w.Value, Revoke: true})
	}
	return grant.Command(w.Domain, grant.Change{Kind: w.Kind, Value: w.Value})
}

// Text says what is not granted, and the command that grants it.
func (w Wish) Text() domain.Text {
	switch {
	case w.By != "":
		return domain.Textf("主机名 %s 已授予域 %s；运营者可先收回：%s", "the host %s is granted to the domain %s; the operator may take it back: %s", w.Value, w.By, w.Command())
	case w.Kind == "host":
		return domain.Textf("主机名 %s 尚未由运营者授予：%s", "the operator has not granted the host %s: %s", w.Value, w.Command())
	case w.Kind == "owner":
		return domain.Textf("所有者 %s 尚未由运营者确认：%s", "the operator has not said that the owner is %s: %s", w.Value, w.Command())
	case w.Kind == "env":
		return domain.Textf("环境变量 %s 尚未由运营者授予：%s", "the operator has not granted the variable %s of the environment: %s", w.Value, w.Command())
	}
	if w.Value == "" {
		return domain.Text{
			ZH: "http.private 自身不再开放任何内网：把地址写进 http.hosts，check 会给出授予它的命令；名字所指的内网由运营者授予（docs/operators.md）",
			EN: "http.private opens no network by itself: name the address in http.hosts, and check tells the command that grants it; the network that a name leads to is the operator's to grant (docs/operators.md)"}
	}
	return domain.Textf("内网 %s 尚未由运营者授予：%s", "the operator has not granted the network %s: %s", w.Value, w.Command())
}

// Fault is the wish as `carya check` tells it: a warning at its place.
func (w Wish) Fault() domain.Fault {
	f := domain.FaultAt(file.String(), w.Line, w.Col, w.Text())
	f.Warn = true
	return f
}

// Of are an open domain's wishes, in their order.
func Of(d *domain.Domain) []Wish {
	return newReader(d.Root()).read(d.Name(), d.Files())
}

// Check is what `carya check` tells of a domain's wishes: those that are not granted,
// and values that nobody can grant.
func Check(d *domain.Domain) (out []domain.Fault) {
	r := newReader(d.Root())
	for _, w := range r.read(d.Name(), d.Files()) {
		out = append(out, w.Fault())
	}
	return append(out, r.wrong...)
}

// All are the wishes of every domain of a root, by domain, without opening them. A
// domain whose settings cannot be read has none.
func All(root *domain.Root) iter.Seq2[string, []Wish] {
	return func(yield func(string, []Wish) bool) {
		names, _ := root.Names()
		r := newReader(root)
		for _, name := range names {
			files, err := os.OpenRoot(filepath.Join(root.Dir(), name))
			if err != nil {
				continue
			}
			list := r.read(name, files)
			files.Close()
			if len(list) > 0 && !yield(name, list) {
				return
			}
		}
	}
}

// reader collects the wishes of one domain.json after the other.
type reader struct {
	root    *domain.Root
	several func() bool // whether owners matter: whoever is alone trusts himself

	domain  string
	granted *grant.Grants
	src     string
	seen    map[string]bool
	list    []Wish
	wrong   []domain.Fault
}

func newReader(root *domain.Root) *reader {
	return &reader{root: root, several: sync.OnceValue(func() bool {
		names, err := root.Names()
		return err != nil || len(names) > 1
	})}
}

func (r *reader) read(name string, files *os.Root) []Wish {
	src, err := domain.ReadFile(files, file, domain.MaxText)
	if err != nil {
		return nil
	}
	n, err := relaxed.Parse(string(src))
	if err != nil || n.Kind != relaxed.Object {
		return nil
	}
	r.domain, r.granted, r.src, r.seen, r.list, r.wrong = name, r.root.Grants(name), string(src), map[string]bool{}, nil, nil
	for _, f := range n.Fields {
		r.field(f)
	}
	return r.list
}

// add notes a wish once, unless it is granted; a value that `carya grant` would refuse
// is none.
func (r *reader) add(n *relaxed.Node, c grant.Change) {
	c, err := c.Normal()
	if err != nil {
		r.fault(n, domain.TextOf(err))
		return
	}
	by, taken := "", false
	if c.Kind == "host" {
		by, taken = r.root.Operator().Table().Host(c.Value)
	}
	key := c.Kind + " " + c.Value
	if r.seen[key] || by == r.domain && taken || c.Kind == "env" && r.granted.HasEnv(c.Value) || c.Kind == "owner" && r.granted.Owner == c.Value {
		return
	}
	r.seen[key] = true
	r.note(n, Wish{Kind: c.Kind, Value: c.Value, By: by})
}

func (r *reader) note(n *relaxed.Node, w Wish) {
	w.Domain = r.domain
	w.Line, w.Col = relaxed.LineCol(r.src, n.Offset)
	r.list = append(r.list, w)
}

// fault notes a value that cannot be what it is for.
func (r *reader) fault(n *relaxed.Node, msg domain.Text) {
	line, col := relaxed.LineCol(r.src, n.Offset)
	f := domain.FaultAt(file.String(), line, col, msg)
	f.Warn = true
	r.wrong = append(r.wrong, f)
}

func (r *reader) field(f relaxed.Field) {
	switch f.Key {
	case "hosts":
		for _, item := range f.Value.Items {
			r.host(item)
		}
	case "owner":
		if owner := f.Value.String(); strings.TrimSpace(owner) != "" && r.several() {
			r.add(f.Value, grant.Change{Kind: "owner", Value: owner})
		}
	case "http":
		r.calls(f.Value)
	default:
		r.variables(f.Value)
		r.networks(f.Value)
	}
}

func (r *reader) host(n *relaxed.Node) {
	host, err := grant.Host(n.String())
	if local, ok := grant.LocalDomain(host); err != nil || ok && local == r.domain {
		return // the settings' reader tells of it, or it is granted to all
	}
	r.add(n, grant.Change{Kind: "host", Value: host})
}

// variables notes each variable of the environment that a value names, wherever it
// stands.
func (r *reader) variables(n *relaxed.Node) {
	if name, ok := strings.CutPrefix(n.String(), "env:"); ok && n.Kind == relaxed.String {
		r.add(n, grant.Change{Kind: "env", Value: name})
	}
	for _, item := range n.Items {
		r.variables(item)
	}
	for _, f := range n.Fields {
		r.variables(f.Value)
	}
}
