package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

func TestAdminTellsHealthReadinessAndMetrics(t *testing.T) {
	t.Parallel()
	var stopping atomic.Bool
	s := httptest.NewServer(adminHandler(func() bool { return !stopping.Load() }))
	defer s.Close()
	get := func(path string) (int, string) {
		t.Helper()
		resp, err := http.Get(s.URL + path)
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
		if status, body := get(path); status != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %.200s", path, status, body)
		}
	}
	stopping.Store(true)
	if status, _ := get("/readyz"); status != 503 {
		t.Errorf("/readyz while stopping: %d", status)
	}
	if status, _ := get("/healthz"); status != 200 {
		t.Errorf("/healthz while stopping: %d", status)
	}
}
