package main

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

// `carya sh` at a terminal: history, completion, errors with a caret, Ctrl-C,
// and other verbs beside it.
func TestInteractiveSession(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo", "--pack", "auth")
	x := newTerminal(t, r)
	x.expect("demo:~> ")
	x.typed("echo one$(echo two)\r").expect("onetwo")
	x.typed("\x1b[A").expect("echo one").typed("\r").expect("onetwo") // up: the line before
	x.typed("ech\t").expect("echo ").typed("com$(echo pleted)\r").expect("completed")
	x.typed("obj ~/acc\t").typed(" -c\r").expect(`"ph":"~/accounts"`)
	x.typed("www chec\t").expect("checkme")
	x.typed("\x03").expect("demo:~> ") // Ctrl-C gives the line up
	x.typed("man ha\t").expect("hash ").typed("sha5\t").expect("512 ").typed("\r").expect("hash sha512 - ")
	x.typed("ehco oops\r").expect("e.cmd.noexists").expect("^")
	x.typed("echo 'two\r").expect("  > ")
	x.typed("lines'\r").expect("two\r\nlines\r\n")
	if out := r.must("echo", "beside the session"); out != "beside the session\n" {
		t.Errorf("a verb beside the session: %q", out)
	}
	x.typed("vars x 'kept a b'\r").expect("demo:~> ")
	x.typed("echo ${x}-\r").expect("kept a b-\r\n")
	x.typed("cat ~/nowhere\r").expect("e.io.obj.noexists").expect("demo:~> ")
	x.typed("\x04") // Ctrl-D leaves
	x.ended()
}

// terminal is a pseudo terminal with `carya sh` in it.
type terminal struct {
	t    *testing.T
	in   interface{ Write([]byte) (int, error) }
	mu   sync.Mutex
	text bytes.Buffer
	seen int
	done chan error
}

func newTerminal(t *testing.T, r *root) *terminal {
	t.Helper()
	c := r.cmd(context.Background(), "sh", "demo")
	c.Env = append(c.Env, "TERM=xterm", "XDG_STATE_HOME="+t.TempDir())
	f, err := pty.StartWithSize(c, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		t.Fatal(err)
	}
	x := &terminal{t: t, in: f, done: make(chan error, 1)}
	t.Cleanup(func() { c.Process.Kill(); f.Close() })
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := f.Read(buf)
			x.mu.Lock()
			x.text.Write(buf[:n])
			x.mu.Unlock()
			if err != nil {
				x.done <- c.Wait()
				return
			}
		}
	}()
	return x
}

func (x *terminal) typed(keys string) *terminal {
	x.t.Helper()
	if _, err := x.in.Write([]byte(keys)); err != nil {
		x.t.Fatal(err)
	}
	return x
}

// expect waits until the screen shows want after what was expected before.
func (x *terminal) expect(want string) *terminal {
	x.t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for {
		x.mu.Lock()
		text := x.text.String()
		x.mu.Unlock()
		if i := strings.Index(text[x.seen:], want); i >= 0 {
			x.seen += i + len(want)
			return x
		}
		if time.Now().After(deadline) {
			x.t.Fatalf("the terminal does not show %q; it shows\n%q", want, text[x.seen:])
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (x *terminal) ended() {
	x.t.Helper()
	select {
	case err := <-x.done:
		if err != nil {
			x.t.Errorf("the session ended with %v", err)
		}
	case <-time.After(15 * time.Second):
		x.t.Error("the session does not end")
	}
}

// A terminal that never tells where its cursor is gets a prompt all the same, on a
// line of its own, and text that is typed ahead is not lost.
func TestInteractiveSessionAtAPlainTerminal(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo")
	x := newTerminal(t, r)
	x.expect("demo:~> ")
	x.typed("echo -n no end\r").expect("no end\r\n").expect("demo:~> ")
	x.typed("echo first\recho '" + strings.Repeat("typed ahead ", 50) + "' | count -w\recho last\r").expect("\bfirst\r\n").expect("100").expect("\blast\r\n")
	x.expect("demo:~> ").typed("\x04").ended() // at the prompt: before, it would end no session
}

// A server starts beside a session, which goes on by way of it.
func TestServerTakesOverFromASession(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo")
	x := newTerminal(t, r)
	x.expect("demo:~> ").typed("vars x here; echo ${x}-\r").expect("here-\r\n")
	s := r.serve()
	x.typed("echo now${x?gone}\r").expect("a server has taken over").expect("nowgone\r\n")
	s.stop()
	x.typed("echo again\r").expect("again\r\n")
	x.expect("demo:~> ").typed("\x04").ended() // at the prompt: before, it would end no session
}
