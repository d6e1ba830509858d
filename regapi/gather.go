package regapi

import (
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/regapi/apidoc"
)

// gatherer collects an operation's parameters, each once.
type gatherer struct {
	op     *apidoc.Operation
	notes  map[string]domain.Text
	shapes *apidoc.Shape // api-params; nil without
}

// put adds a parameter, "" is the body; what api-params says about it counts.
func (g *gatherer) put(in string, a asked) {
	p := apidoc.Param{Name: a.name, In: in, Shape: a.shape, Required: a.must, Default: a.def, Help: g.notes[a.name]}
	if f := g.field(a.name); f != nil {
		p.Shape, p.Required = f.Shape, !f.Optional
	}
	list := &g.op.Params
	if in == "" {
		list = &g.op.Body
	}
	same := func(q apidoc.Param) bool { return q.In == in && strings.EqualFold(q.Name, a.name) }
	if in == "" && slices.ContainsFunc(g.op.Params, func(q apidoc.Param) bool { return q.In == "query" && q.Name == a.name }) {
		return // site and ticket: the query is where they stand
	}
	if !slices.ContainsFunc(*list, same) {
		*list = append(*list, p)
	}
}

func (g *gatherer) field(name string) *apidoc.Field {
	if g.shapes == nil {
		return nil
	}
	for i := range g.shapes.Fields {
		if g.shapes.Fields[i].Name == name {
			return &g.shapes.Fields[i]
		}
	}
	return nil
}

// rest adds what only api-params names.
func (g *gatherer) rest(where string) {
	if g.shapes == nil {
		return
	}
	for _, f := range g.shapes.Fields {
		known := func(p apidoc.Param) bool { return p.Name == f.Name }
		if !slices.ContainsFunc(g.op.Params, known) && !slices.ContainsFunc(g.op.Body, known) {
			g.put(where, asked{name: f.Name, shape: f.Shape, must: !f.Optional})
		}
	}
}
