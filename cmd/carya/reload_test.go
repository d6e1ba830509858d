package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A script dropped, changed, broken and removed under load: live at once, the
// broken one keeps the last good, and not one request fails.
func TestReloadUnderLoad(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo", "--pack", "auth")
	s := r.serve("--limits", "off")
	load := newLoad(s, "/api/demo/auth/site")
	const file = ".regapi/api/t/word"
	word := func() answer { return s.get("demo/t/word") }
	live := func(want string) {
		t.Helper()
		start := time.Now()
		until(t, 5*time.Second, "live: "+want, func() bool { return word().body == want+"\n" })
		t.Logf("%s: live after %v", want, time.Since(start))
	}
	for round := range 5 {
		r.write("demo", file, fmt.Sprintf("echo one%d\n", round))
		live(fmt.Sprintf("one%d", round))
		r.write("demo", file, fmt.Sprintf("# better\necho two%d\n", round))
		live(fmt.Sprintf("two%d", round))

		r.write("demo", file, "echo three\n  ehco 'broken\n")
		until(t, 5*time.Second, "the fault is reported", func() bool { return strings.Count(s.errs.String(), "t/word") > round })
		if got := word().body; got != fmt.Sprintf("two%d\n", round) {
			t.Errorf("a broken script replaced the good one: %q", got)
		}
		out, _, code := r.run("", "check", "demo")
		if code != 1 || !strings.Contains(out, ".regapi/api/t/word:2:") {
			t.Errorf("check: exit %d\n%s", code, out)
		}
		if err := os.Remove(r.path("demo", file)); err != nil {
			t.Fatal(err)
		}
		until(t, 5*time.Second, "the removed script is gone", func() bool { return word().status == 404 })
	}
	n, failed := load.stop()
	if failed != "" || n < 100 {
		t.Errorf("%d requests; failed: %s", n, failed)
	}
	if out, _, code := r.run("", "check", "demo"); code != 0 {
		t.Errorf("check: exit %d\n%s", code, out)
	}
}

// load is requests without pause from a few connections.
type load struct {
	n      atomic.Int64
	failed atomic.Pointer[string]
	end    chan struct{}
	wg     sync.WaitGroup
}

func newLoad(s *server, path string) *load {
	l := &load{end: make(chan struct{})}
	for range 4 {
		l.wg.Go(func() {
			for {
				select {
				case <-l.end:
					return
				default:
				}
				a, err := s.try("GET", path, nil, "", "")
				if err != nil || a.status != 200 {
					msg := fmt.Sprintf("%d %v %.200s", a.status, err, a.body)
					l.failed.Store(&msg)
				}
				l.n.Add(1)
			}
		})
	}
	return l
}

// stop ends the load and tells how many requests there were, and one that
// failed.
func (l *load) stop() (int64, string) {
	close(l.end)
	l.wg.Wait()
	if f := l.failed.Load(); f != nil {
		return l.n.Load(), *f
	}
	return l.n.Load(), ""
}

// A stop loses no request: whatever was sent on an open connection before the
// end is answered.
func TestGracefulStopLosesNoRequest(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo", "--pack", "auth")
	s := r.serve("--limits", "off")
	var lost atomic.Pointer[string]
	var wg sync.WaitGroup
	var answered atomic.Int64
	for range 8 {
		wg.Go(func() {
			for {
				a, err := s.try("GET", "/api/demo/auth/site", nil, "", "")
				if err != nil && strings.Contains(err.Error(), "connection refused") {
					return // the listener has gone: nothing was sent
				}
				if err != nil || a.status != 200 {
					msg := fmt.Sprintf("%d %v", a.status, err)
					lost.Store(&msg)
					return
				}
				answered.Add(1)
			}
		})
	}
	until(t, 10*time.Second, "load", func() bool { return answered.Load() > 500 })
	if code := s.stop(); code != 0 {
		t.Errorf("exit %d\n%s", code, s.errs)
	}
	wg.Wait()
	if m := lost.Load(); m != nil {
		t.Errorf("after %d answers a request was lost: %s", answered.Load(), *m)
	}
}
