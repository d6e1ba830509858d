package regapi

import (
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

// A folder that names the shape of its answers speaks it also where no endpoint
// answers: below it a 404 has that shape, too.

// ruleOf is the shape that metadata names, the nearest last. What cannot be read
// does not count; shapeFaults tells of it.
func ruleOf(metas []*metaText) envelopeRule { return readShape(metas).ep.envelope }

// shapeFaults is what is wrong with the shape that a folder's own metadata names:
// a folder may have no endpoint that would tell of it.
func (t *metaText) shapeFaults() []domain.Fault { return readShape([]*metaText{t}).faults }

func readShape(metas []*metaText) *compiler {
	c := &compiler{ep: &endpoint{}}
	for _, t := range metas {
		if t == nil || t.node == nil {
			continue
		}
		for _, f := range t.node.Fields {
			s, msg := setting{f.Key, f.Value, t}, domain.Text{}
			switch f.Key {
			case "http-envelope":
				msg = c.envelope(s)
			case "http-envelope-table":
				msg = c.envelopeTable(s)
			}
			if !msg.Empty() {
				c.fault(s, domain.Textf("%s：%s", "%s: %s", s.key, msg))
			}
		}
	}
	return c
}

// namesShape reports whether a folder's own metadata says something of the shape.
func (t *metaText) namesShape() bool {
	return t != nil && t.node != nil && slices.ContainsFunc(t.node.Fields, func(f relaxed.Field) bool {
		return f.Key == "http-envelope" || f.Key == "http-envelope-table"
	})
}

// shape notes the shape at a folder, a path below .regapi.
func (n *node) shape(path []string, rule envelopeRule) {
	if len(path) == 0 {
		n.rule = &rule
		return
	}
	if path[0] != anyName {
		n.kid(path[0]).shape(path[1:], rule)
		return
	}
	if n.any == nil {
		n.any = &node{}
	}
	n.any.shape(path[1:], rule)
}

// shapeAt is the shape of the innermost folder on the way of an address that
// nothing answers.
func (t *table) shapeAt(m *match, first, path string) (rule envelopeRule) {
	if t.root.rule != nil {
		rule = *t.root.rule
	}
	for n := t.root.kids[first]; n != nil; {
		if n.rule != nil {
			rule = *n.rule
		}
		if path == "" {
			break
		}
		raw, rest, _ := strings.Cut(path, "/")
		next := n.kids[m.decode(raw)]
		if next == nil {
			next = n.any
		}
		n, path = next, rest
	}
	return rule
}

// rule is the shape that errors have on the way of the request.
func (c *call) rule() envelopeRule {
	if c.ep != nil {
		return c.ep.envelope
	}
	return c.folder
}

// lost answers a request that no endpoint of the domain takes, in the shape of
// the folder that it was sent to.
func (c *call) lost(first, path string) {
	c.folder = c.h.mount(c.d).current(c.begun).shapeAt(&c.match, first, path)
	c.refuse(domain.E("e.api.noexists"))
}

// shape is that of the endpoints that answer at a place with another method.
func (l *leaf) shape() envelopeRule {
	for _, ep := range l.by {
		if ep != nil {
			return ep.envelope
		}
	}
	return envelopeRule{}
}
