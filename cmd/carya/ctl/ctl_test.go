package ctl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// serve starts a server on a fresh socket.
func serve(t *testing.T, h Handler) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ctl.sock")
	s, err := Listen(path, h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return path
}

func echo(_ context.Context, job Job, io_ Stdio) int {
	fmt.Fprintln(io_.Err, job.Argv)
	n, _ := io.Copy(io_.Out, io_.In)
	return int(n % 200)
}

func TestJobCarriesInputOutputAndCode(t *testing.T) {
	t.Parallel()
	path := serve(t, echo)
	big := strings.Repeat("0123456789", 100_000)
	var out, errs bytes.Buffer
	code, err := Do(t.Context(), path, Job{Do: "run", Argv: []string{"a", "b c"}}, Stdio{strings.NewReader(big), &out, &errs})
	if err != nil || code != len(big)%200 {
		t.Fatalf("code %d, err %v", code, err)
	}
	if out.String() != big || errs.String() != "[a b c]\n" {
		t.Errorf("out %d bytes, err %q", out.Len(), errs.String())
	}
}

func TestSocketIsPrivate(t *testing.T) {
	t.Parallel()
	path := serve(t, echo)
	st, err := os.Stat(path)
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, err %v", st.Mode(), err)
	}
}

func TestJobThatReadsNothingTakesNoInput(t *testing.T) {
	t.Parallel()
	path := serve(t, func(context.Context, Job, Stdio) int { return 7 })
	in := &counting{}
	code, err := Do(t.Context(), path, Job{}, Stdio{in, io.Discard, io.Discard})
	if err != nil || code != 7 || in.n != 0 {
		t.Errorf("code %d, err %v, %d reads", code, err, in.n)
	}
}

type counting struct{ n int }

func (c *counting) Read([]byte) (int, error) { c.n++; return 0, io.EOF }

func TestCallerGivingUpCancelsTheJob(t *testing.T) {
	t.Parallel()
	started, ended := make(chan bool), make(chan bool)
	path := serve(t, func(ctx context.Context, _ Job, _ Stdio) int {
		close(started)
		<-ctx.Done()
		close(ended)
		return 0
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-started; cancel() }()
	if _, err := Do(ctx, path, Job{}, Stdio{nil, io.Discard, io.Discard}); !errors.Is(err, context.Canceled) {
		t.Errorf("err %v", err)
	}
	<-ended
}

// A server that stops lets the job that runs go to its end, takes no other, and
// cancels after a while what is brief.
func TestDrainLetsJobsEnd(t *testing.T) {
	t.Parallel()
	began, leave := make(chan string, 2), make(chan bool)
	path := filepath.Join(t.TempDir(), "ctl.sock")
	s, err := Listen(path, func(ctx context.Context, job Job, _ Stdio) int {
		began <- job.Do
		select {
		case <-leave:
			return 7
		case <-ctx.Done():
			return 8
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	idle, err := dial(path)
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	type end struct {
		code int
		err  error
	}
	ends := map[string]chan end{"long": make(chan end, 1), "brief": make(chan end, 1)}
	for do, ch := range ends {
		go func() {
			code, err := Do(context.Background(), path, Job{Do: do}, Stdio{nil, io.Discard, io.Discard})
			ch <- end{code, err}
		}()
	}
	<-began
	<-began
	drained := make(chan error, 1)
	go func() {
		drained <- s.Drain(Patience{All: time.Minute, Brief: time.Millisecond, IsBrief: func(j Job) bool { return j.Do == "brief" }})
	}()
	var lost *Lost
	if e := <-ends["brief"]; !errors.As(e.err, &lost) || !lost.Taken || lost.Begun {
		t.Errorf("the brief one: %+v", e)
	}
	if _, err := idle.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("who has sent no job yet: %v", err)
	}
	if _, err := Do(t.Context(), path, Job{}, Stdio{}); !errors.Is(err, ErrNoServer) {
		t.Errorf("a job while it stops: %v", err)
	}
	select {
	case err := <-drained:
		t.Fatal("it did not wait", err)
	default:
	}
	close(leave)
	if e := <-ends["long"]; e.code != 7 || e.err != nil {
		t.Errorf("the long one: %+v", e)
	}
	if err := <-drained; err != nil {
		t.Error(err)
	}
}

// A connection that ends before the job was taken says so.
func TestLostBeforeTaken(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]Lost{
		"":                                    {},
		"t\x00\x00\x00\x00":                   {Taken: true},
		"t\x00\x00\x00\x00o\x00\x00\x00\x01x": {Taken: true, Begun: true},
	} {
		path := filepath.Join(t.TempDir(), "ctl.sock")
		l, err := listen(path)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			defer l.Close()
			if nc, err := l.Accept(); err == nil {
				_, _, _ = (&conn{rw: nc}).receive()
				_, _ = io.WriteString(nc, sent)
				nc.Close()
			}
		}()
		_, err = Do(t.Context(), path, Job{}, Stdio{nil, io.Discard, io.Discard})
		var lost *Lost
		if !errors.As(err, &lost) || lost.Taken != want.Taken || lost.Begun != want.Begun {
			t.Errorf("%q: %v", sent, err)
		}
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	gone := filepath.Join(dir, "none.sock")
	stale := filepath.Join(dir, "stale.sock")
	s, err := Listen(stale, echo)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Link(stale, stale+"2"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	for _, path := range []string{gone, stale + "2"} {
		if _, err := Do(t.Context(), path, Job{}, Stdio{}); !errors.Is(err, ErrNoServer) {
			t.Errorf("%s: err %v", path, err)
		}
	}
}

func TestLongPath(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), strings.Repeat("d", 120))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "ctl.sock")
	s, err := Listen(path, echo)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if code, err := Do(t.Context(), path, Job{}, Stdio{strings.NewReader("abc"), io.Discard, io.Discard}); code != 3 || err != nil {
		t.Errorf("code %d, err %v", code, err)
	}
}
