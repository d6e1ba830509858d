package regapi

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/grant"
	"github.com/caryahq/carya/shell"
)

// world is a root with a domain `demo` in a folder of its own, and a handler
// with a few small commands.
type world struct {
	t    testing.TB
	runs *atomic.Int64 // of the command count
	root *domain.Root
	h    *Handler
	log  *syncBuffer
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func newWorld(t testing.TB, change ...func(*Options)) *world {
	t.Helper()
	return newWorldOn(t, domain.RootOptions{}, change...)
}

func newWorldOn(t testing.TB, ro domain.RootOptions, change ...func(*Options)) *world {
	t.Helper()
	buf := &syncBuffer{}
	log := slog.New(slog.NewTextHandler(buf, &slog.HandlerOptions{Level: slog.LevelDebug}))
	ro.Log = log
	root, err := domain.OpenRoot(t.TempDir(), ro)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	runs := new(atomic.Int64)
	o := Options{Root: root, Registry: testRegistry(countCommand(runs)), Identify: identifyTest, Can: canTest, Log: log}
	for _, f := range change {
		f(&o)
	}
	w := &world{t: t, runs: runs, root: root, h: New(o), log: buf}
	w.domain("demo")
	return w
}

func (w *world) domain(name string) *domain.Domain {
	w.t.Helper()
	d, err := w.root.Domain(name)
	if err != nil {
		d, err = w.root.Create(name)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// file writes a file of demo, or of another domain as "other:path", as an
// editor does.
func (w *world) file(path, text string) {
	w.t.Helper()
	name := filepath.Join(w.root.Dir(), w.rel(path))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// grant is the operator's word on a domain.
func (w *world) grant(name, kind, value string) {
	w.t.Helper()
	if _, err := w.root.Grant(name, grant.Change{Kind: kind, Value: value}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) remove(path string) {
	w.t.Helper()
	if err := os.RemoveAll(filepath.Join(w.root.Dir(), w.rel(path))); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) rel(path string) string {
	if dom, rest, ok := strings.Cut(path, ":"); ok {
		return dom + "/" + rest
	}
	return "demo/" + path
}

// api writes endpoints below .regapi/api: names and texts in turn.
func (w *world) api(nameText ...string) {
	w.t.Helper()
	for i := 0; i < len(nameText); i += 2 {
		w.file(".regapi/api/"+nameText[i], nameText[i+1])
	}
}

// request is one call; Header lines are "Name: value".
type request struct {
	method, url, body string
	header            []string
	host              string
}

func (w *world) do(q request) *http.Response {
	rec := httptest.NewRecorder()
	w.h.ServeHTTP(rec, q.make())
	return rec.Result()
}

func (q request) make() *http.Request {
	if q.method == "" {
		q.method = "GET"
	}
	r := httptest.NewRequest(q.method, q.url, strings.NewReader(q.body))
	for _, line := range q.header {
		k, v, _ := strings.Cut(line, ": ")
		r.Header.Add(k, v)
	}
	if q.host != "" {
		r.Host = q.host
	}
	return r
}

func (w *world) get(url string) (int, string) {
	res := w.do(request{url: url})
	return res.StatusCode, bodyOf(res)
}

func bodyOf(res *http.Response) string {
	b, _ := io.ReadAll(res.Body)
	return string(b)
}

func identifyTest(_ context.Context, d *domain.Domain, site domain.Ref, ticket string) (*domain.Identity, error) {
	name, ok := strings.CutPrefix(ticket, "T-")
	if !ok {
		return nil, domain.E("e.auth.ticked.noexist")
	}
	if name == "down" {
		return nil, domain.E("e.internal")
	}
	return &domain.Identity{
		SessionID: "S-" + name, Ticket: ticket, SiteID: site.String(), UID: "U-" + name, Name: name, Role: "member", Group: "g1",
		Me: []byte(`{"nm":"` + name + `","age":7,"tags":["a"]}`),
	}, nil
}

// canTest lets admin do everything and others only what begins with "read".
func canTest(_ context.Context, _ *domain.Domain, who *domain.Identity, actions []string, any bool) (bool, error) {
	n := 0
	for _, a := range actions {
		if who.Name == "admin" || strings.HasPrefix(a, "read") {
			n++
		}
	}
	return n == len(actions) || any && n > 0, nil
}

// testRegistry is a handful of commands that need no other room.
func testRegistry(more ...*shell.Command) *shell.Registry {
	words := []shell.Param{{Name: "WORD", Type: shell.Text, Optional: true, Repeat: true}}
	return shell.NewRegistry(append(more,
		&shell.Command{Name: "echo", Params: words, Options: []shell.Option{{Name: "n"}}, Run: runEcho},
		&shell.Command{Name: "cat", Params: []shell.Param{{Name: "OBJ", Type: shell.Ref, Optional: true}}, Reads: true, Run: runCat},
		&shell.Command{Name: "form", Run: runForm},
		&shell.Command{Name: "me", Run: runMe},
		&shell.Command{Name: "head", Run: func(c *shell.Call) error {
			_, err := strings.NewReplacer(`\n`, "\n", `\r`, "\r").WriteString(c.Out, c.Arg(0).Text())
			return err
		}, Params: words},
		&shell.Command{Name: "onehead", Params: []shell.Param{{Name: "VALUE", Type: shell.Header}}, Run: runOneHead},
		&shell.Command{Name: "big", Params: []shell.Param{{Name: "N", Type: shell.Int}}, Run: runBig},
		&shell.Command{Name: "json", Options: []shell.Option{{Name: "c"}}, Run: func(*shell.Call) error { return nil }},
		&shell.Command{Name: "write", Writes: true, Params: words, Run: func(*shell.Call) error { return nil }},
		&shell.Command{Name: "fail", Params: []shell.Param{{Name: "CODE", Type: shell.Text}, {Name: "AFTER", Type: shell.Int, Optional: true}}, Options: []shell.Option{shell.AjaxOption()}, Run: runFail},
		&shell.Command{Name: "panic", Run: func(*shell.Call) error { panic("the secret of the panic") }},
		&shell.Command{Name: "wait", Run: func(c *shell.Call) error { <-c.Context().Done(); return c.Context().Err() }},
	)...)
}

// countCommand prints how often it was run.
func countCommand(n *atomic.Int64) *shell.Command {
	return &shell.Command{Name: "count", Run: func(c *shell.Call) error {
		_, err := io.WriteString(c.Out, strconv.FormatInt(n.Add(1), 10))
		return err
	}}
}

func runEcho(c *shell.Call) error {
	var b strings.Builder
	for i, a := range c.Args(0) {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(a.Text())
	}
	if !c.Has("n") {
		b.WriteByte('\n')
	}
	_, err := io.WriteString(c.Out, b.String())
	return err
}

func runCat(c *shell.Call) error {
	if c.NArg() == 0 {
		_, err := io.Copy(c.Out, c.In)
		return err
	}
	ref, err := c.Arg(0).Ref()
	if err != nil {
		return err
	}
	if c.Request != nil && ref.ID == c.Request.ID {
		body, err := c.Request.Body()
		if err != nil {
			return err
		}
		defer body.Close()
		_, err = io.Copy(c.Out, body)
		return err
	}
	p, err := c.Tree().Resolve(ref)
	if err != nil {
		return err
	}
	raw, err := c.Tree().ReadFile(p)
	if err == nil {
		_, err = c.Out.Write(raw)
	}
	return err
}

func runForm(c *shell.Call) error {
	list, err := c.Request.Form()
	if err != nil {
		return err
	}
	raw, err := json.Marshal(list)
	if err == nil {
		_, err = c.Out.Write(raw)
	}
	return err
}

func runMe(c *shell.Call) error {
	who, err := c.Request.Identity()
	if err != nil {
		return err
	}
	name := "nobody"
	if who != nil {
		name = who.Name + " of " + who.SiteID
	}
	_, err = io.WriteString(c.Out, name)
	return err
}

// runOneHead writes an HTTP head as httpout does: its value is one line.
func runOneHead(c *shell.Call) error {
	v, err := c.Arg(0).Header()
	if err == nil {
		_, err = io.WriteString(c.Out, "X: "+v+"\n\nbody")
	}
	return err
}

func runBig(c *shell.Call) error {
	n, err := c.Arg(0).Int()
	if err != nil {
		return err
	}
	line := []byte(strings.Repeat("0123456789abcde\n", 64))
	for n > 0 {
		k := min(n, len(line))
		if _, err := c.Out.Write(line[:k]); err != nil {
			return err
		}
		n -= k
	}
	return nil
}

func runFail(c *shell.Call) error {
	if c.NArg() > 1 {
		n, err := c.Arg(1).Int()
		if err != nil {
			return err
		}
		if _, err := c.Out.Write(bytes.Repeat([]byte("x"), n)); err != nil {
			return err
		}
	}
	return domain.E(c.Arg(0).Text(), "a detail")
}
