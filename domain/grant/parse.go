package grant

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/caryahq/carya/domain/near"
	"github.com/caryahq/carya/domain/relaxed"
)

// Parse reads operator.json. faults are what keeps the text from counting, warnings
// what counts otherwise than it stands there; both have their place in the text. The
// table is nil when there are faults.
func Parse(src string) (t *Table, faults, warnings []*relaxed.Error) {
	r := &reader{t: newTable()}
	src = strings.TrimPrefix(src, "\ufeff")
	if strings.TrimSpace(src) != "" {
		n, err := relaxed.Parse(src)
		if err != nil {
			return nil, []*relaxed.Error{asFault(err)}, nil
		}
		r.members(n, map[string]func(*relaxed.Node){
			"domains": r.domains,
			"shares":  func(n *relaxed.Node) { r.shares(n, r.t.shares) },
		})
	}
	if len(r.faults) > 0 {
		return nil, r.faults, r.warnings
	}
	r.t.complete()
	return r.t, nil, r.warnings
}

func asFault(err error) *relaxed.Error {
	if e, ok := err.(*relaxed.Error); ok {
		return e
	}
	return &relaxed.Error{Msg: err.Error()}
}

// reader takes a parsed operator.json apart and notes what is wrong.
type reader struct {
	t                *Table
	faults, warnings []*relaxed.Error
}

func (r *reader) fault(n *relaxed.Node, zh, en string, args ...any) {
	r.faults = append(r.faults, fault(n.Offset, zh, en, args...))
}

// at notes an error that knows no place.
func (r *reader) at(n *relaxed.Node, err error) {
	e := *asFault(err)
	e.Offset = n.Offset
	r.faults = append(r.faults, &e)
}

// members reads an object whose keys are known; others are warned of.
func (r *reader) members(n *relaxed.Node, known map[string]func(*relaxed.Node)) {
	if n.Kind != relaxed.Object {
		r.fault(n, "应是对象", "want an object")
		return
	}
	for _, f := range n.Fields {
		if read, ok := known[f.Key]; ok {
			read(f.Value)
		} else {
			r.unknown(f, slices.Sorted(maps.Keys(known)))
		}
	}
}

// unknown warns of a key that is none.
func (r *reader) unknown(f relaxed.Field, known []string) {
	w := fault(f.Value.Offset, "未知的键 %v", "unknown key %v", quoted(f.Key))
	if meant := near.Name(f.Key, known); meant != "" {
		w.Msg += fmt.Sprintf("; did you mean %s?", meant)
		w.ZH += fmt.Sprintf("，是不是 %s？", meant)
	}
	r.warnings = append(r.warnings, w)
}

func (r *reader) domains(n *relaxed.Node) {
	if n.Kind != relaxed.Object {
		r.fault(n, "domains 应是对象，键是域名称", "domains must be an object, a domain's name to a key")
		return
	}
	for _, f := range n.Fields {
		name, g := f.Key, r.t.at(f.Key)
		r.members(f.Value, map[string]func(*relaxed.Node){
			"hosts":    func(n *relaxed.Node) { r.hosts(n, name, g) },
			"owner":    func(n *relaxed.Node) { g.Owner = r.owner(n) },
			"networks": func(n *relaxed.Node) { r.networks(n, g) },
			"env":      func(n *relaxed.Node) { r.env(n, g) },
			"shares":   func(n *relaxed.Node) { r.t.own[name] = map[string]int64{}; r.shares(n, r.t.own[name]) },
		})
	}
}

// list reads a list of texts.
func (r *reader) list(n *relaxed.Node, each func(*relaxed.Node, string) error) {
	if n.Kind != relaxed.Array {
		r.fault(n, "应是列表", "want a list")
		return
	}
	for _, item := range n.Items {
		if err := each(item, r.text(item)); err != nil {
			r.at(item, err)
		}
	}
}

func (r *reader) text(n *relaxed.Node) string {
	if n.Kind != relaxed.String {
		r.fault(n, "应是文本", "want a text")
		return ""
	}
	return n.String()
}

// owner reads a name; an empty one is none.
func (r *reader) owner(n *relaxed.Node) string {
	text := r.text(n)
	if strings.TrimSpace(text) == "" {
		return ""
	}
	name, err := ownerName(text)
	if err != nil {
		r.at(n, err)
	}
	return name
}

func (r *reader) hosts(n *relaxed.Node, name string, g *Grants) {
	r.list(n, func(item *relaxed.Node, text string) error {
		host, err := grantable(text)
		if err != nil {
			return err
		}
		if first, taken := r.t.hosts[host]; taken && first != name {
			r.warnings = append(r.warnings, fault(item.Offset, "%v 已先授予域 %v", "%v was granted to the domain %v before", host, first))
		} else if !taken {
			r.t.hosts[host] = name
		}
		if !g.HasHost(host) {
			g.Hosts = append(g.Hosts, host)
		}
		return nil
	})
}

// grantable is a host that can be granted: NAME.localhost is nobody's to grant.
func grantable(text string) (string, error) {
	host, err := Host(text)
	if err != nil {
		return "", err
	}
	if name, ok := LocalDomain(host); ok {
		return "", fault(0, "%v 无需授权：它总是域 %v", "%v needs no grant: it always is the domain %v", host, name)
	}
	return host, nil
}

func (r *reader) networks(n *relaxed.Node, g *Grants) {
	r.list(n, func(_ *relaxed.Node, text string) error {
		network, err := ParseNetwork(text)
		if err == nil && !slices.Contains(g.Networks, network) {
			g.Networks = append(g.Networks, network)
		}
		return err
	})
}

var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,254}$`)

func checkVariable(name string) error {
	if !variable.MatchString(name) {
		return fault(0, "不是环境变量的名字（字母、数字与 _）：%v", "no name of an environment variable (letters, digits and _): %v", quoted(name))
	}
	return nil
}

func (r *reader) env(n *relaxed.Node, g *Grants) {
	r.list(n, func(_ *relaxed.Node, text string) error {
		err := checkVariable(text)
		if err == nil && !g.HasEnv(text) {
			g.Env = append(g.Env, text)
		}
		return err
	})
}

// shares reads an object of shares; a number counts as its text does.
func (r *reader) shares(n *relaxed.Node, to map[string]int64) {
	known := map[string]func(*relaxed.Node){}
	for _, s := range shareList() {
		known[s.name] = func(n *relaxed.Node) {
			text := n.Raw
			if n.Kind != relaxed.Number {
				text = r.text(n)
			}
			value, err := s.parse(text)
			if err != nil {
				r.at(n, err)
				return
			}
			to[s.name] = value
		}
	}
	r.members(n, known)
}
