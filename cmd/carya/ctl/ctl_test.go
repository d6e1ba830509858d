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
