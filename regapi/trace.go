package regapi

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caryahq/carya/shell"
)

// Trace is what one request went through, for the owner of the domain.
// Passwords, tickets, codes and cookies are masked in all of it. The JSON form is
// what ~/.domain/trace keeps.
type Trace struct {
	ID      string       `json:"id"`
	At      int64        `json:"at"` // ms
	Domain  string       `json:"domain,omitempty"`
	Request TraceRequest `json:"request"`
	File    string       `json:"file,omitempty"` // "" when nothing answers there
	Bound   []TraceBound `json:"bound,omitempty"`
	Stages  []TraceStage `json:"stages,omitempty"`
	Cached  bool         `json:"cached,omitempty"` // the answer was a kept one; nothing ran
	Allow   string       `json:"allow,omitempty"`  // the methods that are taken at an address where this one is not
	Near    string       `json:"near,omitempty"`   // the route like an address that nothing answers
	Status  int          `json:"status"`
	Type    string       `json:"type,omitempty"` // the answer's Content-Type
	Bytes   int64        `json:"bytes"`
	Micros  int64        `json:"us"`
	Err     string       `json:"err,omitempty"`    // with its cause, which callers never see
	Faults  []string     `json:"faults,omitempty"` // of the file as it is saved; the last good version answered

	mask mask
}

// TraceRequest is a request that can be sent again, but for what is masked.
type TraceRequest struct {
	Method string   `json:"method"`
	URL    string   `json:"url"` // path and query
	Header []string `json:"header,omitempty"`
	Body   string   `json:"body,omitempty"`
	Cut    bool     `json:"cut,omitempty"` // the body is no text, or too long to keep
}

// TraceBound is a placeholder that was asked for, and what it stood for.
type TraceBound struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Found bool   `json:"found"`
	Null  bool   `json:"null,omitempty"` // a JSON null
}

// TraceStage is one stage.
type TraceStage struct {
	At      string      `json:"at"` // file:line:col
	Command string      `json:"command"`
	Depth   int         `json:"depth,omitempty"` // of templates and blocks
	Words   []TraceWord `json:"words,omitempty"`
	In      int64       `json:"in"`
	Out     int64       `json:"out"`
	Micros  int64       `json:"us"`
	Err     string      `json:"err,omitempty"`
}

// TraceWord is a word of a stage; Name is its parameter's ("SITE") or the
// option's ("-p").
type TraceWord struct {
	Name string `json:"name,omitempty"`
	Text string `json:"text,omitempty"`
	Bare bool   `json:"bare,omitempty"`
	Null bool   `json:"null,omitempty"` // a JSON null, which the command reads as an empty text
}

// tracing gathers a Trace while its request runs.
type tracing struct {
	c      *call
	replay bool // the owner's own: it is not limited, and not kept
	t      Trace

	mu    sync.Mutex
	bound []TraceBound
	runs  []*shell.StageRun
	err   error
}

var _ shell.Vars = (*tracing)(nil)

// Lookup implements shell.Vars: it asks the request and remembers.
func (x *tracing) Lookup(key string) (shell.Value, bool) {
	v, ok := x.c.Lookup(key)
	x.mu.Lock()
	defer x.mu.Unlock()
	if !slices.ContainsFunc(x.bound, func(b TraceBound) bool { return b.Name == key }) {
		x.bound = append(x.bound, TraceBound{key, v.Text, ok, v.JSON && strings.TrimSpace(v.Text) == "null"})
	}
	return v, ok
}

func (x *tracing) stage(r *shell.StageRun) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.runs = append(x.runs, r)
}

// Replay answers a request as ServeHTTP does, without the limits per address,
// and tells what it went through. It is for the owner's own requests.
func (h *Handler) Replay(w http.ResponseWriter, r *http.Request) *Trace {
	c := h.calls.Get().(*call)
	c.begin(w, r)
	x := &tracing{c: c, replay: true}
	c.trace = x
	func() {
		defer c.end()
		c.dispatch()
	}()
	return &x.t
}

// traceEndpoint begins a trace when the endpoint asks for it.
func (c *call) traceEndpoint() {
	if c.ep.settings.trace && c.trace == nil {
		c.trace = &tracing{c: c}
	}
}

// attach makes the run tell the trace.
func (x *tracing) attach(env *shell.Env) { env.Vars, env.Trace = x, x.stage }

// finish writes the trace down when the request has ended.
func (x *tracing) finish() {
	c, t := x.c, &x.t
	t.ID, t.At, t.Micros = c.id, c.begun.UnixMilli(), time.Since(c.begun).Microseconds()
	if c.d != nil {
		t.Domain = c.d.Name()
	}
	switch {
	case c.ep != nil:
		t.File = c.ep.file
		if x.replay {
			t.Faults = c.h.mount(c.d).faultsOf(c.ep)
		}
	case c.w.Header()["Allow"] != nil:
		t.Allow = c.w.Header().Get("Allow")
	case c.d != nil:
		t.Near = c.near()
	}
	for range 2 { // what is learnt late may stand early
		x.fill(t)
	}
	t.Status, t.Bytes, t.Type = c.out.status, c.out.size, c.w.Header().Get("Content-Type")
	if !x.replay && c.d != nil {
		c.keepTrace(t)
	}
}

// fill writes down what holds texts of the request.
func (x *tracing) fill(t *Trace) {
	m := &t.mask
	t.Request, t.Bound, t.Stages = x.c.traceRequest(m), nil, nil
	for key, v := range x.c.loaded {
		if secretPath(x.c.ep.settings.preload[key]) {
			m.learnAll(v)
		}
	}
	for _, b := range x.bound {
		t.Bound = append(t.Bound, TraceBound{b.Name, m.named(b.Name, b.Value), b.Found, b.Null})
	}
	for _, r := range x.runs {
		t.Stages = append(t.Stages, traceStage(m, r))
	}
	if x.err != nil {
		t.Err = m.text(firstLine(x.err.Error()))
	}
}

// near is the route that looks most like the request's address.
func (c *call) near() string {
	var routes []string
	for _, ep := range c.h.mount(c.d).current(c.begun).endpoints {
		routes = append(routes, ep.route(c.d.Name()))
	}
	return shell.Nearest(c.r.URL.Path, routes)
}

func traceStage(m *mask, r *shell.StageRun) TraceStage {
	s := TraceStage{
		At: (&shell.Error{File: r.File, Pos: r.Pos}).Place(), Command: r.Command, Depth: r.Depth,
		In: r.In, Out: r.Out, Micros: r.Took.Microseconds(),
	}
	for _, w := range r.Words {
		s.Words = append(s.Words, m.word(w))
	}
	if r.Err != nil {
		err := r.Err
		if at, ok := err.(*shell.Error); ok && at.Pos == r.Pos {
			err = at.Err
		}
		s.Err = m.text(firstLine(err.Error()))
	}
	return s
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// bodyTraced is how much of a body a trace keeps.
const bodyTraced = 64 << 10

// traceRequest is the request with its secrets masked.
func (c *call) traceRequest(m *mask) TraceRequest {
	q := TraceRequest{Method: c.r.Method, URL: c.path()}
	if c.r.URL.RawQuery != "" {
		q.URL += "?" + m.query(c.r.URL.RawQuery)
	}
	q.Header = append(q.Header, "Host: "+c.r.Host)
	for name, values := range c.r.Header {
		for _, v := range values {
			if kind, token, ok := strings.Cut(v, " "); name == "Authorization" && ok {
				m.learn(token)
				v = kind + " " + masked
			} else {
				v = m.named(name, v)
			}
			q.Header = append(q.Header, name+": "+v)
		}
	}
	slices.Sort(q.Header)
	q.Body, q.Cut = c.traceBody(m)
	return q
}

// traceBody is a form or a JSON body; others are left out. A body that nobody
// has read is not read for the trace.
func (c *call) traceBody(m *mask) (string, bool) {
	if !c.body.read || c.body.len == 0 {
		return "", c.r.ContentLength > 0
	}
	raw, err := c.body.bytes(bodyTraced)
	switch kind := c.r.Header.Get("Content-Type"); {
	case err != nil:
		return "", true
	case isJSONType(kind):
		s := m.json(string(raw))
		return s, s == ""
	case strings.HasPrefix(kind, "application/x-www-form-urlencoded"):
		return m.query(string(raw)), false
	}
	return "", true
}

// Mask gives a text of an answer without what a trace hides: members of JSON by
// their names, and the values that the trace's request had.
func (t *Trace) Mask(answer string) string { return t.mask.json(answer) }

// faulty notes why the request failed.
func (c *call) faulty(err error) {
	if c.trace != nil && c.trace.err == nil {
		c.trace.err = err
	}
}
