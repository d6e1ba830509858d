package main

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/caryahq/carya/www"
)

// cheapHash is one that a test can afford.
var cheapHash = www.Hash{Memory: 64, Time: 1, Threads: 1}

func newHashers(t *testing.T) *hashers {
	t.Helper()
	exe, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	h := &hashers{exe: exe, log: slog.New(slog.DiscardHandler)}
	t.Cleanup(h.close)
	return h
}

func TestHashersWorkInAnotherProcess(t *testing.T) {
	t.Parallel()
	h := newHashers(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			word := fmt.Sprintf("odd \xff\x00 password \n %d", i)
			made := h.work(www.HashWork{Cost: cheapHash, Passwd: word})
			if !strings.HasPrefix(made.Hash, "$argon2id$v=19$m=64,t=1,p=1$") {
				t.Errorf("%+v", made)
			}
			for given, right := range map[string]bool{word: true, word + "x": false, "": false} {
				out := h.work(www.HashWork{Cost: cheapHash, Passwd: given, Stored: made.Hash, Verify: true})
				if out.Right != right || out.Broken != "" {
					t.Errorf("%q: %+v", given, out)
				}
			}
		})
	}
	all.Wait()
	if out := h.work(www.HashWork{Cost: cheapHash, Passwd: "x", Stored: "$argon2id$broken", Verify: true}); out.Right || out.Broken == "" {
		t.Errorf("%+v", out)
	}
	if n := len(h.free); n == 0 || n > 8 {
		t.Errorf("%d processes", n)
	}
}

func TestHashersOutliveTheirProcesses(t *testing.T) {
	t.Parallel()
	h := newHashers(t)
	work := www.HashWork{Cost: cheapHash, Passwd: "a password"}
	h.work(work)
	if len(h.free) != 1 {
		t.Fatalf("%d processes", len(h.free))
	}
	pid := h.free[0].proc.Process.Pid
	if err := h.free[0].proc.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if out := h.work(work); out.Hash == "" {
		t.Error("nothing was done after the process was killed")
	}
	if h.free[0].proc.Process.Pid == pid {
		t.Error("the dead process is kept")
	}
	p := h.free[0]
	p.idle.Stop()
	h.drop(p)
	if len(h.free) != 0 || p.proc.ProcessState == nil {
		t.Error("an idle process stays")
	}
	none := &hashers{exe: "/nowhere", log: slog.New(slog.DiscardHandler)}
	if out := none.work(work); out.Hash == "" {
		t.Error("without a process nothing is done")
	}
}

// TestHashersEndWithTheServer looks at the processes of a server that is killed.
func TestHashersEndWithTheServer(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	p.signIn("demo", p.site, "anna")
	var pids []string
	for _, task := range tasks(t, p.proc.Process.Pid) {
		if kids, err := os.ReadFile(task + "/children"); err == nil {
			pids = append(pids, strings.Fields(string(kids))...)
		}
	}
	if len(pids) == 0 {
		t.Fatal("the server hashes by itself")
	}
	cmdline, _ := os.ReadFile("/proc/" + pids[0] + "/cmdline")
	environ, _ := os.ReadFile("/proc/" + pids[0] + "/environ")
	if !strings.HasSuffix(string(cmdline), "hash-worker\x00") || len(environ) != 0 {
		t.Errorf("%q %q", cmdline, environ)
	}
	p.kill()
	until(t, 20*time.Second, "the hash worker has gone", func() bool {
		line, err := os.ReadFile("/proc/" + pids[0] + "/cmdline")
		return err != nil || len(line) == 0 || string(line) != string(cmdline)
	})
}

func tasks(t *testing.T, pid int) (out []string) {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/task", pid)
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		out = append(out, dir+"/"+e.Name())
	}
	return out
}

func TestHashersMakeWay(t *testing.T) {
	t.Parallel()
	h := newHashers(t)
	h.work(www.HashWork{Cost: cheapHash, Passwd: "x"})
	theirs, err := unix.Getpriority(unix.PRIO_PROCESS, h.free[0].proc.Process.Pid)
	if err != nil || theirs > 20-hasherNice { // Linux gives 20 - nice
		t.Errorf("nice %d, %v", 20-theirs, err)
	}
}
