package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/caryahq/carya/domain"
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
	var stopping atomic.Bool
	s := httptest.NewServer(adminHandler(func() bool { return !stopping.Load() }, a.meters.collectors()...))
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
		`^# TYPE carya_request_seconds histogram$`, `^carya_scripts_running 0$`, `^carya_domains_open 1$`, `^process_resident_memory_bytes \S+$`,
	} {
		if !regexp.MustCompile("(?m)" + want).MatchString(text) {
			t.Errorf("no %s in\n%.3000s", want, text)
		}
	}
	stopping.Store(true)
	if status, _ := get(s.URL + "/readyz"); status != 503 {
		t.Errorf("/readyz while stopping: %d", status)
	}
	if status, _ := get(s.URL + "/healthz"); status != 200 {
		t.Errorf("/healthz while stopping: %d", status)
	}
}
