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
	Kind, Value string // as in grant.Change; a network's value may be a pattern
	By          string // of a host, the domain that has it
	Line, Col   int    // in domain.json
}

// Command is what the operator runs to grant the wish; of a host that another domain
// has, to take it back there first.
func (w Wish) Command() string {
	if w.By != "" {
		return "carya grant " + w.By + " host " + w.Value + " --revoke"
	}
	if w.Value == anyNetwork {
		return "carya grant " + w.Domain + " network " + anyNetwork
	}
	return "carya grant " + w.Domain + " " + w.Kind + " " + grant.Word(w.Value)
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
	if w.Value == anyNetwork {
		return domain.Textf("http.private 自身不再开放任何内网，由运营者授予：%s", "http.private opens no network by itself, the operator grants them: %s", w.Command())
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
	r.domain, r.granted, r.src, r.seen, r.list = name, r.root.Grants(name), string(src), map[string]bool{}, nil
	for _, f := range n.Fields {
		r.field(f)
	}
	return r.list
}

// add notes a wish once.
func (r *reader) add(n *relaxed.Node, w Wish) {
	if key := w.Kind + " " + w.Value; !r.seen[key] {
		r.seen[key] = true
		w.Domain = r.domain
		w.Line, w.Col = relaxed.LineCol(r.src, n.Offset)
		r.list = append(r.list, w)
	}
}

func (r *reader) field(f relaxed.Field) {
	switch f.Key {
	case "hosts":
		for _, item := range f.Value.Items {
			r.host(item)
		}
	case "owner":
		if owner := f.Value.String(); owner != "" && owner != r.granted.Owner && r.several() {
			r.add(f.Value, Wish{Kind: "owner", Value: owner})
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
	if _, local := grant.LocalDomain(host); err != nil || local {
		return // nobody grants it
	}
	by, taken := r.root.Operator().Table().Host(host)
	switch {
	case !taken:
		r.add(n, Wish{Kind: "host", Value: host})
	case by != r.domain:
		r.add(n, Wish{Kind: "host", Value: host, By: by})
	}
}

// variables notes each variable of the environment that a value names, wherever it
// stands.
func (r *reader) variables(n *relaxed.Node) {
	if name, ok := strings.CutPrefix(n.String(), "env:"); ok && n.Kind == relaxed.String && !r.granted.HasEnv(name) {
		r.add(n, Wish{Kind: "env", Value: name})
	}
	for _, item := range n.Items {
		r.variables(item)
	}
	for _, f := range n.Fields {
		r.variables(f.Value)
	}
}
