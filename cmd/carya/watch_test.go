package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// stream is an open stream of events.
type stream struct {
	t    *testing.T
	resp *http.Response
	r    *bufio.Reader
}

// listen opens a stream; last is the Last-Event-ID, "" for none.
func (s *server) listen(t *testing.T, path, last string) *stream {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return &stream{t, resp, bufio.NewReader(resp.Body)}
}

// next is the next event that is no sign of life: its fields.
func (s *stream) next() map[string]string {
	s.t.Helper()
	fields := map[string]string{}
	for {
		line, err := s.r.ReadString('\n')
		if err != nil {
			s.t.Fatalf("the stream ended: %v", err)
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		switch {
		case line == "\n" && fields["event"] != "":
			return fields
		case name != "":
			fields[name] = strings.TrimPrefix(value, " ")
		}
	}
}

func newWatched(t *testing.T) *server {
	t.Helper()
	r := newRoot(t)
	r.must("init", "demo")
	r.must("thing", "~/orders", "init")
	r.write("demo", ".regapi/api/feed", "{\"http-sse\":true}\n%COPY:\nthing ~/orders watch '{kind:\"${http-qs-kind}\"}' -sse -beat 0.2 -e '^(n|passwd|pad)$'\n%END%\n")
	return r.serve()
}

func TestChangesReachAPageAsEvents(t *testing.T) {
	t.Parallel()
	s := newWatched(t)
	in := s.listen(t, "/api/demo/feed?kind=a", "")
	if got := in.resp.Header.Get("Content-Type"); in.resp.StatusCode != 200 || got != "text/event-stream; charset=utf-8" {
		t.Fatalf("%d %s", in.resp.StatusCode, got)
	}
	s.must("thing", "~/orders", "create", "-fields", `[{id:"x",kind:"b"},{id:"y",kind:"a",n:1,passwd:"p"}]`)
	e := in.next()
	if e["event"] != "created" || !strings.HasSuffix(e["data"], `"id":"y","thing":{"n":1}}`) || e["id"] == "" {
		t.Fatalf("%q", e)
	}
	in.resp.Body.Close()
	s.must("thing", "~/orders", "update", "y", "-fields", `{n:"2\n\ndata: x"}`)
	s.must("thing", "~/orders", "delete", "y")
	again := s.listen(t, "/api/demo/feed?kind=a", e["id"])
	if e := again.next(); e["event"] != "updated" || !strings.HasSuffix(e["data"], `{"n":"2\n\ndata: x"}}`) {
		t.Errorf("%q", e)
	}
	if e := again.next(); e["event"] != "deleted" {
		t.Errorf("%q", e)
	}
	for _, id := range []string{
		"999999", "abc", "-1", "+1", "1.5", "0x1", "1 2", "９", "18446744073709551615", "18446744073709551616", "99999999999999999999999",
		"9223372036854775807", "9223372036854775808",
	} {
		in := s.listen(t, "/api/demo/feed?kind=a", id)
		e := in.next()
		if e["event"] != "lost" || !strings.Contains(e["data"], "e.thing.feed.lost") || e["id"] == "" || !strings.HasSuffix(e["data"], `"rev":`+e["id"]+"}") {
			t.Errorf("%s: %q", id, e)
		}
		s.must("thing", "~/orders", "create", "-fields", `{kind:"a"}`)
		if e := in.next(); e["event"] != "created" {
			t.Errorf("%s: then %q", id, e)
		}
		in.resp.Body.Close()
	}
	for _, after := range []string{"abc", "-1", "1.5", "99999999999999999999999", ""} {
		out, errs, code := s.run("", "thing", "~/orders", "watch", "-after", after, "-n", "1", "-wait", "1s")
		if code == 0 || out != "" || !strings.Contains(errs, "e.cmd.arg") {
			t.Errorf("-after %q: exit %d %q %q", after, code, out, errs)
		}
	}
}

func TestStreamsEndWhenTheServerStops(t *testing.T) {
	t.Parallel()
	s := newWatched(t)
	in := s.listen(t, "/api/demo/feed?kind=a", "")
	if line, err := in.r.ReadString('\n'); line != "retry: 2000\n" {
		t.Fatalf("%q, %v", line, err)
	}
	start := time.Now()
	if code := s.stop(); code != 0 {
		t.Errorf("exit %d", code)
	}
	if took := time.Since(start); took > stopTimeout/2 {
		t.Errorf("the stop waited for the stream: %v", took)
	}
	if _, err := io.Copy(io.Discard, in.r); err != nil {
		t.Errorf("the stream was cut off: %v", err)
	}
}

func TestWatchBesideTheServerEndsWithCtrlC(t *testing.T) {
	t.Parallel()
	s := newWatched(t)
	c := s.cmd(t.Context(), "thing", "~/orders", "watch", "-after", "0", "-e", "^n$")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	s.must("thing", "~/orders", "create", "-fields", `{id:"x",n:1}`)
	r := bufio.NewReader(out)
	if line, err := r.ReadString('\n'); line != `{"rev":1,"event":"created","id":"x","thing":{"n":1}}`+"\n" {
		t.Errorf("%q, %v", line, err)
	}
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(r)
	if err := c.Wait(); err == nil || len(rest) > 0 {
		t.Errorf("%v, %q", err, rest)
	}
	if n := s.must("thing", "~/orders", "watch", "-after", "0", "-n", "1"); !strings.Contains(n, `"event":"created"`) {
		t.Errorf("%q", n)
	}
}

// A client that takes nothing keeps nobody from writing.
func TestAClientThatReadsNothingHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	s := newWatched(t)
	s.listen(t, "/api/demo/feed?kind=a", "") // and never read
	var rows strings.Builder
	pad := strings.Repeat("x", 8000)
	for i := range 1500 { // more than the sockets' buffers hold
		fmt.Fprintf(&rows, `{"kind":"a","n":%d,"pad":%q}`+"\n", i, pad)
	}
	out, errs, code := s.run(rows.String(), "thing", "~/orders", "import", "-as", "jsonl", "-c")
	if code != 0 || !strings.Contains(out, `"created":1500`) {
		t.Fatalf("exit %d %s %s", code, out, errs)
	}
	s.must("thing", "~/orders", "create", "-fields", `{id:"z",kind:"a"}`)
	if e := s.listen(t, "/api/demo/feed?kind=a", "1").next(); e["event"] != "created" {
		t.Errorf("%q", e)
	}
}
