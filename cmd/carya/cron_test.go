package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// cronWorld is a root with a domain and a clock that the test sets.
func cronWorld(t *testing.T) (*cron, *handClock, *syncBuffer, func(name, text string)) {
	t.Helper()
	log := &syncBuffer{}
	a := newApp(slog.New(slog.NewTextHandler(log, nil)))
	if err := a.open(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.close() })
	d, err := a.root.Create("demo")
	if err != nil {
		t.Fatal(err)
	}
	now := &handClock{at: time.Date(2026, 11, 21, 10, 0, 0, 0, time.Local)}
	write := func(name, text string) {
		file := filepath.Join(d.Dir(), ".regapi", "cron", name)
		os.MkdirAll(filepath.Dir(file), 0o755)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return newCron(a, now.now, nil), now, log, write
}

// handClock is a clock that a test puts forward while jobs run.
type handClock struct {
	mu sync.Mutex
	at time.Time
}

func (c *handClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *handClock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// at looks at a minute, and waits until the jobs that began have ended.
func (c *cron) at(ctx context.Context) {
	c.tick(ctx)
	c.looks.Wait()
	for busy := true; busy && ctx.Err() == nil; {
		busy = false
		for _, l := range c.pool.Loads() {
			busy = busy || l.Running+l.Waiting > 0
		}
		runtime.Gosched()
	}
}

func TestCronRunsWhatIsDueOnceAndTellsWhatItMissed(t *testing.T) {
	t.Parallel()
	c, now, log, write := cronWorld(t)
	write("often", "{\"cron-at\":\"*/5 * * * *\"}\n%COPY:\necho x >> ~/often.txt\n%END%\n")
	write("made", "{\"cron-at\":\"*/5 * * * *\",\"cron-catch-up\":true}\n%COPY:\necho x >> ~/made.txt\n%END%\n")
	write("bad", "{\"cron-at\":\"0 * * * *\"}\n%COPY:\ncat ~/nowhere\n%END%\n")
	d, _ := c.a.root.Domain("demo")
	lines := func(name string) int {
		raw, _ := os.ReadFile(filepath.Join(d.Dir(), name))
		return strings.Count(string(raw), "\n")
	}
	for _, tt := range []struct {
		after       time.Duration
		often, made int
	}{
		{0, 1, 1}, {0, 1, 1}, {time.Minute, 1, 1}, {4 * time.Minute, 2, 2}, // at 10:05
		{22 * time.Minute, 2, 3}, // at 10:27: three were missed, made up for once
		{3 * time.Minute, 3, 4},  // at 10:30
	} {
		now.forward(tt.after)
		c.at(t.Context())
		if lines("often.txt") != tt.often || lines("made.txt") != tt.made {
			t.Errorf("at %s: %d and %d runs, want %d and %d", now.now().Format("15:04"), lines("often.txt"), lines("made.txt"), tt.often, tt.made)
		}
	}
	s := readCronState(d, "often")
	if s.Missed != 4 || len(s.Runs) != 3 {
		t.Errorf("%+v", s)
	}
	if s := readCronState(d, "bad"); len(s.Runs) != 1 || !strings.Contains(s.Runs[0].Err, "e.io.obj.noexists") {
		t.Errorf("%+v", s)
	}
	for _, want := range []string{"cron: missed", "cron: failed", "~/.regapi/cron/bad:3:1", "cron: done"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %q", want)
		}
	}
}

func TestCronVerb(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo")
	r.write("demo", ".regapi/cron/nightly", "# Counts.\n{\"cron-at\":\"@daily\"}\n%COPY:\necho counted\n%END%\n")
	if out := r.must("cron"); !strings.Contains(out, "nightly") || !strings.Contains(out, "never ran") {
		t.Error(out)
	}
	if out := r.must("cron", "run", "demo", "nightly"); out != "counted\n" {
		t.Error(out)
	}
	if out := r.must("cron", "demo"); !strings.Contains(out, " ok") {
		t.Error(out)
	}
	if _, errs, code := r.run("", "cron", "run", "demo", "none"); code != 1 || !strings.Contains(errs, "e.cron.noexists") {
		t.Error(code, errs)
	}
	r.write("demo", ".regapi/cron/bad", "echo")
	if out, _, code := r.run("", "check", "demo"); code != 1 || !strings.Contains(out, "cron/bad:1:1: the metadata must say when") {
		t.Error(code, out)
	}
}
