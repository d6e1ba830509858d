package domain

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"testing"
)

// What a code says already is not said again in the words of the system.
func TestErrorTextsSayThingsOnce(t *testing.T) {
	t.Parallel()
	gone := &fs.PathError{Op: "statat", Path: "p.jsonl", Err: syscall.ENOENT}
	for _, c := range []struct {
		err  error
		want string
	}{
		{ioError(gone, "p.jsonl"), "e.io.obj.noexists : ~/p.jsonl"},
		{ioError(&os.LinkError{Op: "renameat", Old: "a", New: "b", Err: syscall.EEXIST}, "b"), "e.io.obj.exists : ~/b"},
		{ioError(&fs.PathError{Op: "read", Path: "p", Err: syscall.EIO}, "p"), "e.internal : ~/p: read p: input/output error"},
		{Wrap(gone, "e.store.write", "accounts"), "e.store.write : accounts: statat p.jsonl: no such file or directory"},
		{Wrap(errors.New("it is cold"), "e.io.obj.noexists", "x"), "e.io.obj.noexists : x: it is cold"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
		if errors.Unwrap(c.err) == nil {
			t.Errorf("%q has lost its cause", c.want)
		}
	}
}

func TestDetailsAreSaidInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	e := E("e.cmd.arg", "nm:", Text{ZH: "太短", EN: "too short"}, 5)
	if e.Detail != "nm: too short 5" || e.DetailIn(EN) != e.Detail || e.DetailIn(ZH) != "nm: 太短 5" || e.With(1).DetailIn(ZH) != "nm: 太短 5" {
		t.Errorf("%q, %q", e.Detail, e.DetailZH)
	}
	for _, e := range []*Error{E("e.cmd.arg", "plain"), E("e.cmd.arg", Text{EN: "plain"})} {
		if e.DetailIn(ZH) != "plain" || e.DetailZH != "" {
			t.Errorf("%q, %q", e.Detail, e.DetailZH)
		}
	}
}
