package scenario

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// Runner runs scenarios against one domain. It is used by one goroutine at a
// time.
type Runner struct {
	Handler http.Handler
	Host    string // the host name that requests are for, unless they say another one
	Lang    domain.Lang

	// Shell runs a line as the domain's owner.
	Shell func(ctx context.Context, line string, vars shell.Vars, out io.Writer) error

	// Vars are there from the beginning of each scenario.
	Vars map[string]string
}

// Result is what became of a scenario.
type Result struct {
	File     string    `json:"file"`
	Name     string    `json:"name"`
	Line     int       `json:"line"`
	Micros   int64     `json:"us"`
	Failures []Failure `json:"failures,omitempty"` // none: it passed
}

// Failure is an expectation that does not hold.
type Failure struct {
	Line   int    `json:"line"`
	What   string `json:"what"`
	Want   string `json:"want"`
	Got    string `json:"got"`
	Answer string `json:"answer,omitempty"` // what there was to look at
}

// answer is what a step gave.
type answer struct {
	status int
	header http.Header
	body   []byte
	err    error // of a line of the shell
}

// Run runs a scenario up to the first step that fails.
func (r *Runner) Run(ctx context.Context, f *File, s *Scenario) Result {
	begun, v := time.Now(), vars{}
	for name, text := range r.Vars {
		v[name] = shell.Value{Text: text}
	}
	res := Result{File: f.Name, Name: s.Name, Line: s.Line}
	for _, st := range s.Steps {
		if res.Failures = r.step(ctx, v, st); len(res.Failures) > 0 {
			break
		}
	}
	res.Micros = time.Since(begun).Microseconds()
	return res
}

func (r *Runner) step(ctx context.Context, v vars, st *Step) []Failure {
	a, fail := r.ask(ctx, v, st)
	if fail != nil {
		return []Failure{*fail}
	}
	var out []Failure
	for _, c := range expected(st) {
		if what, want, got := a.check(c, v); what != "" {
			out = append(out, Failure{Line: c.Line, What: what, Want: want, Got: got, Answer: a.shown()})
		}
	}
	if len(out) > 0 {
		return out
	}
	return a.save(v, st.Saves)
}

// expected are the checks of a step, with the one that goes without saying.
func expected(st *Step) []Check {
	silent := Check{Line: st.Line, Kind: Fails}
	if st.Method != "" {
		silent = Check{Line: st.Line, Kind: Status, Value: "200"}
	}
	for _, c := range st.Checks {
		if c.Kind == silent.Kind {
			return st.Checks
		}
	}
	return append([]Check{silent}, st.Checks...)
}

// ask sends the request or runs the line.
func (r *Runner) ask(ctx context.Context, v vars, st *Step) (*answer, *Failure) {
	if st.Method == "" {
		var out bytes.Buffer
		err := r.Shell(ctx, st.Shell, shell.NewVars(v), &out)
		return &answer{body: out.Bytes(), err: err}, nil
	}
	req, fail := r.request(ctx, v, st)
	if fail != nil {
		return nil, fail
	}
	rec := &recorder{answer: answer{header: http.Header{}}}
	r.Handler.ServeHTTP(rec, req)
	rec.WriteHeader(http.StatusOK)
	return &rec.answer, nil
}

// request makes the step's request with the saved values in it.
func (r *Runner) request(ctx context.Context, v vars, st *Step) (*http.Request, *Failure) {
	f := &filler{vars: v}
	path, query, asks := strings.Cut(st.URL, "?")
	u := f.fill(st.Line, path, func(v shell.Value) string { return url.PathEscape(v.Text) })
	if asks {
		u += "?" + f.fill(st.Line, query, inQuery)
	}
	head, host := http.Header{"Accept-Language": {string(r.Lang)}}, r.Host
	for _, h := range st.Header {
		value := f.fill(h.Line, h.Value, asText)
		if strings.EqualFold(h.Name, "Host") {
			host = value
			continue
		}
		head[http.CanonicalHeaderKey(h.Name)] = append(own(head, h.Name), value)
	}
	if st.Body != "" && head.Get("Content-Type") == "" {
		head.Set("Content-Type", guess(st.Body))
	}
	body := f.fill(st.Line, st.Body, inBody(head.Get("Content-Type")))
	if f.fail != nil {
		return nil, f.fail
	}
	req, err := http.NewRequestWithContext(ctx, st.Method, "http://"+r.Host+u, strings.NewReader(body))
	if err != nil {
		return nil, &Failure{Line: st.Line, What: "request", Got: err.Error()}
	}
	req.Host, req.RequestURI, req.RemoteAddr = host, u, "127.0.0.1:1"
	maps.Copy(req.Header, head)
	return req, nil
}

// own are the values that the step itself gave to a header so far.
func own(h http.Header, name string) []string {
	if strings.EqualFold(name, "Accept-Language") {
		return nil
	}
	return h.Values(name)
}

// guess tells JSON from a form.
func guess(body string) string {
	if b := strings.TrimSpace(body); b != "" && (b[0] == '{' || b[0] == '[') {
		return "application/json"
	}
	return "application/x-www-form-urlencoded"
}

// filler fills texts until one cannot be.
type filler struct {
	vars vars
	fail *Failure
}

func (f *filler) fill(line int, src string, how func(shell.Value) string) string {
	out, missing, err := f.vars.fill(src, how)
	switch {
	case f.fail != nil:
	case err != nil:
		f.fail = &Failure{Line: line, What: "placeholder", Got: err.Error()}
	case missing != "":
		f.fail = &Failure{Line: line, What: "${" + missing + "}", Want: "a saved value", Got: fmt.Sprintf("nothing was saved as %q", missing)}
	}
	return out
}

// recorder keeps an answer.
type recorder struct{ answer }

// Header implements http.ResponseWriter.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	r.body = append(r.body, p...)
	return len(p), nil
}
