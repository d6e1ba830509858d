package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// Whatever a server does meanwhile, stops, is stopped and starts, a verb that somebody
// types is done exactly once.
func TestVerbsOutliveRestarts(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo")
	r.must("thing", "~/orders", "init")
	var done atomic.Bool
	var counts [3]int
	var wg sync.WaitGroup
	for w := range counts {
		wg.Go(func() {
			for !done.Load() {
				id := fmt.Sprintf("w%d-%d", w, counts[w])
				out, errs, code := r.run("", "thing", "~/orders", "create", "-fields", fmt.Sprintf(`{id:%q}`, id), "-e", "^id$", "-c")
				if code != 0 || out != fmt.Sprintf("{\"id\":%q}\n", id) {
					t.Errorf("%s: exit %d %q %q", id, code, out, errs)
					return
				}
				counts[w]++
			}
		})
	}
	for range 6 {
		s := r.serve()
		s.get("demo/nothing") // it answers
		if code := s.stop(); code != 0 {
			t.Errorf("the server ends with %d\n%s", code, s.errs)
		}
	}
	done.Store(true)
	wg.Wait()
	want := counts[0] + counts[1] + counts[2]
	if got := strings.Count(r.must("thing", "~/orders", "query", "-e", "^id$"), `"id"`); got != want || want < 8 {
		t.Errorf("%d things, want %d", got, want)
	}
}

// Who holds the root without taking jobs is waited for; a person is told so after a while.
func TestAVerbWaitsForTheRoot(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo")
	for lang, want := range map[string]string{"en": "a server is stopping or starting: waiting for it\n", "zh-CN": "服务进程正在停止或启动，等待中……\n"} {
		lock, err := os.OpenFile(filepath.Join(r.dir, ".carya", "lock"), os.O_RDWR, 0)
		if err == nil {
			err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		}
		if err != nil {
			t.Fatal(err)
		}
		c := r.cmd(t.Context(), "--lang", lang, "mkdir", "~/"+lang)
		errs := &syncBuffer{}
		c.Stderr = errs
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		until(t, stopTimeout, "it says that it waits", func() bool { return errs.String() == want })
		lock.Close()
		if err := c.Wait(); err != nil || errs.String() != want {
			t.Errorf("%v, %q", err, errs.String())
		}
		if out := r.must("obj", "~/"+lang, "-cqn"); !strings.Contains(out, lang) {
			t.Errorf("%q", out)
		}
	}
}
