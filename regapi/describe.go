package regapi

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/regapi/apidoc"
)

// Describe tells what a domain's endpoints are, but for those that are private
// (api-doc: false) or broken from their first day.
func (h *Handler) Describe(d *domain.Domain) *apidoc.API {
	out := &apidoc.API{Domain: d.Name()}
	for _, ep := range h.mount(d).current(time.Now()).endpoints {
		if ep.script != nil && !ep.settings.private && !strings.HasPrefix(ep.api, "_") {
			out.Operations = append(out.Operations, ep.operations(d.Name())...)
		}
	}
	slices.SortFunc(out.Operations, func(a, b apidoc.Operation) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	return uniqueRoutes(out)
}

// uniqueRoutes leaves out what another file answers before: at one path and
// method the first one stands, and ids are told apart.
func uniqueRoutes(a *apidoc.API) *apidoc.API {
	a.Operations = slices.CompactFunc(a.Operations, func(x, y apidoc.Operation) bool { return x.Path == y.Path && x.Method == y.Method })
	seen := map[string]bool{}
	for i := range a.Operations {
		op := &a.Operations[i]
		for seen[op.ID] {
			op.ID += "_" + strings.ToLower(op.Method)
		}
		seen[op.ID] = true
	}
	return a
}

// operations are the methods of an endpoint that a caller would use.
func (ep *endpoint) operations(dom string) []apidoc.Operation {
	s, c := surveyScript(ep.body), parseComment(ep.doc)
	base := apidoc.Operation{
		ID: operationID(ep.route("")), Path: strings.ReplaceAll(ep.route(dom), "...}", "}"), File: ep.file, Tag: ep.tag(),
		Summary: c.summary, Help: c.help, Errors: c.errors, Status: ep.status,
		Types: ep.types(), Returns: ep.settings.returns, Token: ep.tokens != nil, Rights: ep.settings.assert,
	}
	if s.ajax {
		base.Shape = apidoc.Envelope
	}
	if ep.envelope.on() && ep.isJSON() {
		base.Shape = ep.envelope.shape
	}
	switch {
	case ep.asksWho():
		base.Ticket = apidoc.Must
	case s.ticket, ep.settings.rights != nil:
		base.Ticket = apidoc.May
	}
	if r := ep.settings.rate; r.n > 0 {
		base.Rate = r.String()
	}
	var out []apidoc.Operation
	for _, m := range ep.documented(s) {
		op := base
		op.Method = m
		ep.parameters(&op, s, c)
		out = append(out, op)
	}
	return out
}

// documented are the methods that the metadata or the file's name says, else
// GET, or POST for a script that reads a body.
func (ep *endpoint) documented(s *survey) []string {
	if v := methodFile(ep.api[strings.LastIndexByte(ep.api, '/')+1:]); v != noVerb {
		return []string{verbNames[v]}
	}
	var out []string
	if ep.limited {
		for v, takes := range ep.methods {
			if takes {
				out = append(out, verbNames[v])
			}
		}
		return out
	}
	if s.raw || s.reads || ep.settings.jsonMerge {
		return []string{http.MethodPost}
	}
	return []string{http.MethodGet}
}

// tag is the folder below the first one.
func (ep *endpoint) tag() string {
	parts := strings.Split(ep.api, "/")
	if len(parts) > 2 {
		return parts[1]
	}
	return parts[0]
}

// operationID is a name for programs: auth_login_by_passwd, items_by_id.
func operationID(route string) string {
	parts := strings.Split(strings.TrimPrefix(route, "/"), "/")
	if len(parts) > 1 && parts[0] == "api" {
		parts = parts[1:]
	}
	for i, p := range parts {
		if name, wild := strings.CutPrefix(p, "{"); wild {
			parts[i] = "by_" + strings.TrimRight(name, ".}")
		}
	}
	return strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, strings.Trim(strings.Join(parts, "_"), "_"))
}

func (ep *endpoint) types() []string {
	switch {
	case ep.sniff != nil:
		return ep.sniff
	case ep.ctype != nil:
		return []string{strings.TrimSpace(strings.Split(ep.ctype[0], ";")[0])}
	case ep.head:
		return []string{"*/*"}
	}
	return []string{"application/json"}
}

// parameters sorts what the script asks for into where it is sent.
func (ep *endpoint) parameters(op *apidoc.Operation, s *survey, c *comment) {
	g := &gatherer{op: op, notes: c.params, shapes: ep.settings.takes}
	ep.pathParams(g)
	if s.site && ep.settings.mayName() {
		g.put("query", asked{name: "site", shape: apidoc.Text()})
	}
	if op.Ticket != apidoc.Never {
		ep.ticketParams(g)
	}
	for _, a := range s.query {
		g.put("query", a)
	}
	for _, a := range s.headers {
		if a.name != "Authorization" && a.name != "Accept-Language" && a.name != "Cookie" {
			g.put("header", a)
		}
	}
	for _, a := range s.cookies {
		g.put("cookie", a)
	}
	hasBody := op.Method != http.MethodGet && op.Method != http.MethodDelete
	where := "query"
	if hasBody {
		where = ""
	}
	for _, a := range s.form {
		g.put(where, a)
	}
	if ep.settings.jsonMerge && hasBody {
		ep.mergedParams(g, s)
	}
	op.RawBody = hasBody && (s.raw || ep.settings.jsonMerge && len(op.Body) == 0 || s.reads && len(op.Body) == 0)
	g.rest(where)
}

// pathParams are the wildcards.
func (ep *endpoint) pathParams(g *gatherer) {
	parts := strings.Split(ep.route(""), "/")
	for _, p := range parts {
		if name, ok := strings.CutPrefix(p, "{"); ok {
			name = strings.TrimSuffix(name, "}")
			name, many := strings.CutSuffix(name, "...")
			g.put("path", asked{name: name, shape: apidoc.Text(), must: true})
			g.op.Params[len(g.op.Params)-1].Many = many
		}
	}
}

func (ep *endpoint) ticketParams(g *gatherer) {
	for _, t := range ep.tickets {
		switch t.in {
		case inParam, inQuery:
			g.put("query", asked{name: t.name, shape: apidoc.Text()})
		case inHeader:
			if t.name != "Authorization" {
				g.put("header", asked{name: t.name, shape: apidoc.Text()})
			}
		case inCookie:
			g.put("cookie", asked{name: t.name, shape: apidoc.Text()})
		}
	}
}

// mergedParams are the names that a JSON body's members answer.
func (ep *endpoint) mergedParams(g *gatherer, s *survey) {
	declared := ep.script.Declares()
	for _, a := range s.others {
		_, preloaded := ep.settings.preload[a.name]
		if !preloaded && !reserved(a.name) && a.name != ep.settings.jsonName && !slices.Contains(declared, a.name) {
			g.put("", a)
		}
	}
}
