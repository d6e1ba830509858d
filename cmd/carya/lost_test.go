package main

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// dyingServer takes jobs on a root's control socket and goes away: it reads some of
// what a client sends, answers with frames, and ends. The channel gets a word for
// each job that it took.
func (r *root) dyingServer(frames string) <-chan string {
	r.t.Helper()
	path := filepath.Join(r.dir, ".carya", "ctl.sock")
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		r.t.Fatal(err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { l.Close() })
	took := make(chan string, 1)
	go func() {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		l.Close() // who asks again finds nobody
		nc.Read(make([]byte, 1<<16))
		io.WriteString(nc, frames)
		nc.Close()
		took <- "job"
	}()
	return took
}

// A command that only reads is done again when the server goes away before it
// answers; of one that writes nobody knows.
func TestACommandOutlivesItsServer(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo")
	r.write("demo", "a.txt", "hello\n")
	const (
		unsure  = "e.server.lost : the command may or may not have been done; look first (obj, thing get, history), then do it again if it was not"
		nothing = "e.server.lost : nothing was changed; do it again"
		taken   = "t\x00\x00\x00\x00"
		out     = taken + "o\x00\x00\x00\x02he"
	)
	for _, tt := range []struct {
		frames, words, out, err string
	}{
		{taken, "cat ~/a.txt", "hello\n", ""},
		{"", "sh -c cat~/a.txt|md5sum", "b1946ac92492d2347c6235b4d2611184\n", ""},
		{taken, "check", "", ""},
		{"", "mkdir ~/once", "", ""},
		{"", "sh -c cat~/a.txt>~/c.txt", "", ""},
		{taken, "sh -c cat~/a.txt>~/b.txt", "", unsure},
		{taken, "mkdir ~/new", "", unsure},
		{taken, "http http://127.0.0.1:1/", "", unsure},
		{taken, "init other", "", unsure},
		{out, "cat ~/a.txt", "he", nothing},
		{out, "rm ~/a.txt", "he", unsure},
	} {
		took := r.dyingServer(tt.frames)
		words := strings.Fields(tt.words)
		for i := range words {
			words[i] = strings.ReplaceAll(words[i], "cat~", "cat ~")
		}
		o, e, code := r.run("", words...)
		<-took
		if o != tt.out || !strings.HasPrefix(e, tt.err) || (code == 0) != (tt.err == "") || tt.err == "" && e != "" {
			t.Errorf("%s: exit %d, %q, %q", tt.words, code, o, e)
		}
	}
	if _, err := os.Stat(r.path("demo", "a.txt")); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(r.path("demo", "c.txt")); string(text) != "hello\n" {
		t.Errorf("what no server had taken was not done: %q, %v", text, err)
	}
	if _, err := os.Stat(r.path("demo", "new")); err == nil {
		t.Error("it was done without the server")
	}
}
