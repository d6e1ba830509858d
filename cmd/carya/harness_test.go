package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tidwall/gjson"
)

// binary is the built program, made once for all tests.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "carya-test-")
	if err != nil {
		return "", err
	}
	exe := filepath.Join(dir, "carya")
	build := exec.Command("go", "build", "-o", exe, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as make build does
	out, err := build.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %v\n%s", err, out)
	}
	return exe, nil
})

func TestMain(m *testing.M) {
	if os.Getenv(attackersEnv) != "" {
		attackersMain(os.Stdin, os.Stdout)
		return
	}
	if os.Getenv(bystanderEnv) != "" {
		bystanderMain()
		return
	}
	code := m.Run()
	if exe, err := binary(); err == nil {
		os.RemoveAll(filepath.Dir(exe))
	}
	os.Exit(code)
}

// root is a root directory with the built program beside it.
type root struct {
	t   testing.TB
	exe string
	dir string
}

func newRoot(t testing.TB) *root {
	t.Helper()
	exe, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return &root{t: t, exe: exe, dir: filepath.Join(t.TempDir(), "domains")}
}

// cmd is the program with words and a clean environment.
func (r *root) cmd(ctx context.Context, words ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, r.exe, append([]string{"--root", r.dir, "--lang", "en"}, words...)...)
	c.Env = append(os.Environ(), "CARYA_ROOT=", "CARYA_DOMAIN=")
	return c
}

// run runs a verb and gives what it printed and its exit code.
func (r *root) run(in string, words ...string) (out, errs string, code int) {
	r.t.Helper()
	c := r.cmd(r.t.Context(), words...)
	var o, e bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(in), &o, &e
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		r.t.Fatalf("%v: %v", words, err)
	}
	return o.String(), e.String(), c.ProcessState.ExitCode()
}

// must runs a verb that is to succeed and gives its output.
func (r *root) must(words ...string) string {
	r.t.Helper()
	out, errs, code := r.run("", words...)
	if code != 0 {
		r.t.Fatalf("carya %q: exit %d\n%s%s", words, code, out, errs)
	}
	return out
}

// path is a file of a domain on disk.
func (r *root) path(dom string, elem ...string) string {
	return filepath.Join(append([]string{r.dir, dom}, elem...)...)
}

// write writes a domain's file by hand, as its owner would.
func (r *root) write(dom, name, text string) {
	r.t.Helper()
	file := r.path(dom, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// server is a running `carya serve`.
type server struct {
	*root
	url  string // http://127.0.0.1:port
	proc *exec.Cmd
	errs *syncBuffer
	done chan struct{} // closed when the process has ended
}

var listening = regexp.MustCompile(`https?://127\.0\.0\.1:\d+`)

// serve starts the server on a free port and waits until it says its address.
func (r *root) serve(options ...string) *server {
	r.t.Helper()
	s := &server{root: r, errs: &syncBuffer{}, done: make(chan struct{})}
	s.proc = r.cmd(context.Background(), append([]string{"serve", "--listen", "127.0.0.1:0", "--admin", ""}, options...)...)
	s.proc.Stderr = s.errs
	out, err := s.proc.StdoutPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := s.proc.Start(); err != nil {
		r.t.Fatal(err)
	}
	said := make(chan string, 1)
	go s.watch(out, said)
	select {
	case s.url = <-said:
	case <-time.After(30 * time.Second):
	}
	r.t.Cleanup(s.kill)
	if s.url == "" {
		r.t.Fatalf("the server did not say its address\n%s", s.errs)
	}
	return s
}

// watch reads the greeting, then waits for the end.
func (s *server) watch(out io.Reader, said chan<- string) {
	defer close(s.done)
	defer s.proc.Wait()
	var text bytes.Buffer
	buf := make([]byte, 4096)
	for {
		n, err := out.Read(buf)
		text.Write(buf[:n])
		if u := listening.FindString(text.String()); u != "" {
			select {
			case said <- u:
			default:
			}
		}
		if err != nil {
			close(said)
			return
		}
	}
}

// kill is kill -9.
func (s *server) kill() {
	_ = s.proc.Process.Kill() // it may have ended by itself
	<-s.done
}

// stop is SIGTERM, and waits for the end; it gives the exit code.
func (s *server) stop() int {
	s.t.Helper()
	if err := s.proc.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	select {
	case <-s.done:
	case <-time.After(40 * time.Second):
		s.t.Fatal("the server does not stop")
	}
	return s.proc.ProcessState.ExitCode()
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) json(path string) gjson.Result { return gjson.Get(a.body, path) }

// get and post call an endpoint of a domain: name is "demo/auth/site".
func (s *server) get(name string, query ...string) answer {
	s.t.Helper()
	return s.do("GET", name, pairs(query), "", "")
}

func (s *server) post(name string, query []string, form ...string) answer {
	s.t.Helper()
	return s.do("POST", name, pairs(query), "application/x-www-form-urlencoded", pairs(form).Encode())
}

func (s *server) postJSON(name string, query []string, body string) answer {
	s.t.Helper()
	return s.do("POST", name, pairs(query), "application/json", body)
}

func (s *server) do(method, name string, query url.Values, ctype, body string) answer {
	s.t.Helper()
	a, err := s.try(method, "/api/"+name, query, ctype, body)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// try is one request without a judgement.
func (s *server) try(method, path string, query url.Values, ctype, body string) (answer, error) {
	u := s.url + path
	if len(query) > 0 {
		u += "?" + query.Encode()
	}
	req, err := http.NewRequest(method, u, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Accept-Language", "en")
	if ctype != "" {
		req.Header.Set("Content-Type", ctype)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(b)}, err
}

// send does a request, without following redirects.
func (s *server) send(req *http.Request) answer {
	s.t.Helper()
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(b)}
}

func pairs(kv []string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(kv); i += 2 {
		v.Add(kv[i], kv[i+1])
	}
	return v
}

// until asks again until ok holds; it fails the test after the time given.
func until(t testing.TB, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", limit, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// quote is s as a JSON string.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// syncBuffer is a buffer that a process writes while a test reads.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
