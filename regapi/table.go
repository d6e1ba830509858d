package regapi

import (
	"net/url"
	"strings"
	"sync/atomic"
)

// table is the routes of a domain. It never changes: a reload builds another.
type table struct {
	root      *node
	endpoints []*endpoint // sorted by file
	shapes    shapes
}

// node is a segment of the routes. A literal segment beats the directory _ANY,
// which beats the file _ANY.
type node struct {
	kids map[string]*node
	any  *node         // the directory _ANY
	leaf *leaf         // what answers when the path ends here
	rest *leaf         // the file _ANY: what answers for all that lies below
	rule *envelopeRule // of the folder, when its metadata names a shape
}

// leaf is what answers at one place, by method.
type leaf struct {
	by     [verbs]*endpoint
	allow  []string     // the Allow header
	probed atomic.Int64 // see mount.settled
}

// maxWild bounds the wildcard directories of one route.
const maxWild = 16

// match is a found route. It is filled by find and holds parts of the path.
type match struct {
	escaped bool // the path is percent-encoded
	n       int
	segs    [maxWild]string // what the directories _ANY stand for, decoded
	rest    string          // what the file _ANY stands for, as in the path
}

// find looks for path below a first segment. It allocates nothing unless a
// segment is percent-encoded. A slash at the end does not count.
func (t *table) find(m *match, first, path string) *leaf {
	n := t.root.kids[first]
	if n == nil {
		return nil
	}
	return n.find(m, path)
}

func (n *node) find(m *match, path string) *leaf {
	if path == "" {
		return n.leaf
	}
	raw, rest, _ := strings.Cut(path, "/")
	seg := m.decode(raw)
	if kid := n.kids[seg]; kid != nil {
		if l := kid.find(m, rest); l != nil {
			return l
		}
	}
	if n.any != nil && seg != "" && m.n < maxWild {
		m.segs[m.n] = seg
		m.n++
		if l := n.any.find(m, rest); l != nil {
			return l
		}
		m.n--
	}
	if n.rest != nil {
		m.rest = path
	}
	return n.rest
}

func (m *match) decode(raw string) string {
	if !m.escaped || strings.IndexByte(raw, '%') < 0 {
		return raw
	}
	s, err := url.PathUnescape(raw)
	if err != nil { // net/http has refused the request before
		return raw
	}
	return s
}

// wild is the wildcard segments in order, those of the rest one by one.
func (m *match) wild() []string {
	out := append([]string(nil), m.segs[:m.n]...)
	if m.rest != "" {
		for raw := range strings.SplitSeq(m.rest, "/") {
			out = append(out, m.decode(raw))
		}
	}
	return out
}

// shapes are the shapes that folders name, by their path below .regapi.
type shapes map[string]envelopeRule

// newTable lays out the routes. Endpoints must be sorted by file.
func newTable(eps []*endpoint, folders shapes) *table {
	t := &table{root: &node{}, endpoints: eps, shapes: folders}
	for dir, rule := range folders {
		t.root.shape(strings.FieldsFunc(dir, func(r rune) bool { return r == '/' }), rule)
	}
	for _, ep := range eps {
		t.root.add(ep, ep.api)
	}
	t.root.settle()
	return t
}

// add puts an endpoint where the path of its file, relative to .regapi, says.
func (n *node) add(ep *endpoint, path string) {
	name, rest, deeper := strings.Cut(path, "/")
	switch {
	case deeper && name == anyName:
		if n.any == nil {
			n.any = &node{}
		}
		n.any.add(ep, rest)
	case deeper:
		n.kid(name).add(ep, rest)
	case name == anyName:
		n.rest = ep.answer(n.rest)
	case name == actionName:
		n.leaf = ep.answer(n.leaf)
	case methodFile(name) != noVerb:
		n.leaf = n.leaf.orNew()
		n.leaf.by[methodFile(name)] = ep
	default:
		k := n.kid(name)
		k.leaf = ep.answer(k.leaf)
	}
}

func (n *node) kid(name string) *node {
	if n.kids == nil {
		n.kids = map[string]*node{}
	}
	if n.kids[name] == nil {
		n.kids[name] = &node{}
	}
	return n.kids[name]
}

func (l *leaf) orNew() *leaf {
	if l == nil {
		return &leaf{}
	}
	return l
}

// answer gives ep the methods that it takes and that no method file has.
func (ep *endpoint) answer(l *leaf) *leaf {
	l = l.orNew()
	for v := range verbs {
		if l.by[v] == nil && ep.takes(v) {
			l.by[v] = ep
		}
	}
	return l
}

// settle writes the Allow headers of a finished table.
func (n *node) settle() {
	for _, l := range []*leaf{n.leaf, n.rest} {
		if l != nil {
			l.allow = []string{l.methods()}
		}
	}
	for _, k := range n.kids {
		k.settle()
	}
	if n.any != nil {
		n.any.settle()
	}
}

func (l *leaf) methods() string {
	var out []string
	for v, ep := range l.by {
		if ep == nil {
			continue
		}
		out = append(out, verbNames[v])
		if verb(v) == vGet {
			out = append(out, "HEAD")
		}
	}
	return strings.Join(append(out, "OPTIONS"), ", ")
}
