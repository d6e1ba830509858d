package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

func TestAdminTellsHealthReadinessAndMetrics(t *testing.T) {
	t.Parallel()
	a := newApp(slog.New(slog.DiscardHandler))
	if err := a.open(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	defer a.close()
	d, err := a.root.Create("demo")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Tree(domain.Owner).WriteFile(".regapi/api/hello", []byte("echo hello")); err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(a.serveHTTP(true))
	defer api.Close()
	var h drain
	s := httptest.NewServer(adminHandler(h.ready(a.ready), a.meters.collectors()...))
	defer s.Close()
	get := func(url string) (int, string) {
		t.Helper()
		resp, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": "ok", "/metrics": "go_goroutines", "/debug/pprof/": "heap"} {
		if status, body := get(s.URL + path); status != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %.200s", path, status, body)
		}
	}
	for _, path := range []string{"/api/demo/none", "/api/demo/none", "/api/demo/hello", "/api/nobody/none"} {
		get(api.URL + path)
	}
	_, text := get(s.URL + "/metrics")
	for _, want := range []string{
		`^carya_requests_total\{domain="demo",status="4xx"\} 2$`,
		`^carya_requests_total\{domain="demo",status="2xx"\} 1$`,
		`^carya_requests_total\{domain="",status="4xx"\} 1$`,
		`^carya_request_seconds_count 4$`, `^carya_request_seconds_bucket\{le="\+Inf"\} 4$`,
		`^# TYPE carya_request_seconds histogram$`, `^carya_scripts_running 0$`, `^carya_domains_open 1$`,
		`^carya_domain_slots\{domain="demo"\} 0$`, `^carya_domain_queue\{domain="demo"\} 0$`, `^carya_domain_body_bytes\{domain="demo"\} 0$`,
		`^carya_domain_turns_total\{domain="demo"\} 0$`,
		`^carya_domain_refused_total\{domain="demo",share="slots"\} 0$`,
		`^carya_domain_share\{domain="demo",share="slots"\} 256$`, `^carya_untrusted_proxy 0$`, `^process_resident_memory_bytes \S+$`,
	} {
		if !regexp.MustCompile("(?m)" + want).MatchString(text) {
			t.Errorf("no %s in\n%.3000s", want, text)
		}
	}
	h.closing.Store(true)
	if status, _ := get(s.URL + "/readyz"); status != 503 {
		t.Errorf("/readyz while stopping: %d", status)
	}
	if status, _ := get(s.URL + "/healthz"); status != 200 {
		t.Errorf("/healthz while stopping: %d", status)
	}
}

// A domain that does not answer, or cannot write, is named by /readyz and check,
// whatever the cause, and only as long as it lasts.
func TestReadyAndCheckNameADomainThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a := newApp(slog.New(slog.DiscardHandler))
	if err := a.open(dir); err != nil {
		t.Fatal(err)
	}
	defer a.close()
	for _, name := range []string{"good", "ill"} {
		d, err := a.root.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, set := range []string{"a", "b"} {
			if err := d.Tree(domain.Owner).WriteFile(domain.Path(set+"/thing.json"), []byte(`{nm:"x"}`)); err != nil {
				t.Fatal(err)
			}
			if _, err := db(d).Set(t.Context(), domain.Path(set)); err != nil {
				t.Fatal(err)
			}
		}
	}
	d, err := a.root.Domain("ill")
	if err != nil {
		t.Fatal(err)
	}
	look := func(want string) {
		t.Helper()
		got := ""
		if err := a.ready(t.Context()); err != nil {
			got = err.Error()
		}
		if (got == "") != (want == "") || !strings.HasPrefix(got, want) || strings.Contains(got, "good") {
			t.Errorf("ready says %q, want %q", got, want)
		}
		var out strings.Builder
		code := a.do(t.Context(), ctl.Job{Do: "check", Domain: "ill", Lang: domain.EN}, ctl.Stdio{Out: &out, Err: io.Discard})
		if (code == 0) != (want == "") {
			t.Errorf("check says %d %s, want %q", code, out.String(), want)
		}
	}
	look("")
	write := func() error {
		_, err := db(d).Commit(t.Context(), thingset.Write{Set: "a", ID: "r", Body: []byte(`{"id":"r"}`)})
		return err
	}
	journal := filepath.Join(dir, "ill", ".domain", "journal")
	if err := os.WriteFile(journal, nil, 0o600); err != nil { // no folder can be made there
		t.Fatal(err)
	}
	if write() == nil {
		t.Fatal("the journal cannot be written")
	}
	look("ill: ")
	if err := os.Remove(journal); err != nil {
		t.Fatal(err)
	}
	if err := write(); err != nil {
		t.Fatal(err)
	}
	look("")
	if err := a.store.ForgetDomain("ill"); err != nil { // a definition that the layers above remember
		t.Fatal(err)
	}
	look("ill: ")
	for set, def := range map[string]thingset.Def{"a": {}, "b": {}, thingset.LinksPath: thingset.LinksDef} {
		if err := a.store.Define(t.Context(), "ill", set, def); err != nil {
			t.Fatal(err)
		}
	}
	look("")
}

// Who asks whether a domain answers waits for a bounded time, and asks once.
func TestADomainThatHangsIsNoAnswerInTime(t *testing.T) {
	t.Parallel()
	a := newApp(slog.New(slog.DiscardHandler))
	if err := a.open(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	defer a.close()
	d, err := a.root.Create("demo")
	if err != nil {
		t.Fatal(err)
	}
	q := &question{done: make(chan struct{})} // one that nobody answers
	a.asking.list = map[*domain.Domain]*question{d: q}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := a.ready(ctx); err == nil || !strings.Contains(err.Error(), "demo: no answer in time") {
		t.Error(err)
	}
	close(q.done)
	if err := a.ready(t.Context()); err != nil {
		t.Error(err)
	}
}
