package ctl

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// crowded is a listener that at first has no file for a connection.
type crowded struct {
	net.Listener
	left atomic.Int32
}

func (l *crowded) Accept() (net.Conn, error) {
	if l.left.Add(-1) >= 0 {
		return nil, &net.OpError{Op: "accept", Net: "unix", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return l.Listener.Accept()
}

// A process that has too many open files for a moment takes jobs again afterwards.
func TestJobsAreTakenAgainAfterTooManyOpenFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ctl.sock")
	l, err := listen(path)
	if err != nil {
		t.Fatal(err)
	}
	c := &crowded{Listener: l}
	c.left.Store(3)
	s := serveOn(c, path, func(_ context.Context, job Job, _ Stdio) int { return len(job.Argv) })
	t.Cleanup(func() { _ = s.Close() })
	code, err := Do(t.Context(), path, Job{Argv: []string{"a", "b"}}, Stdio{In: strings.NewReader(""), Out: os.Stderr, Err: os.Stderr})
	if err != nil || code != 2 {
		t.Errorf("%d, %v", code, err)
	}
}
