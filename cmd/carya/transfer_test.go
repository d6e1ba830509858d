package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/tidwall/gjson"
)

// rowsFile is a file of n rows, without anything that could tell a row taken twice
// from another one but its number.
func rowsFile(t *testing.T, n int) string {
	t.Helper()
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `{"n":%d,"pad":"%0100d"}`+"\n", i, i)
	}
	file := filepath.Join(t.TempDir(), "rows.jsonl")
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// kill -9 in the middle of an import: -resume takes every row once.
func TestAnImportGoesOnAfterKill(t *testing.T) {
	t.Parallel()
	const rows = 6_000
	r := newRoot(t)
	r.must("init", "demo")
	r.must("thing", "~/rows", "init")
	file := rowsFile(t, rows)
	for range 3 {
		s := r.serve()
		c := r.cmd(context.Background(), "thing", "~/rows", "import", "-file", file, "-resume")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(20+rand.IntN(200)) * time.Millisecond)
		s.kill()
		_ = c.Wait() // it fails, unless it was faster
		if c.ProcessState.ExitCode() == 0 {
			break
		}
	}
	// It is resumed once more in any case: a kill between the last row and the
	// answer leaves a person who does not know that all is done.
	if out := r.must("thing", "~/rows", "import", "-file", file, "-resume", "-c"); gjson.Get(out, "created").Int() != rows {
		t.Error(out)
	}
	seen := map[int64]int{}
	for line := range strings.Lines(r.must("thing", "~/rows", "export", "-fields", "n")) {
		seen[gjson.Get(line, "n").Int()]++
	}
	for n := range int64(rows) {
		if seen[n] != 1 {
			t.Fatalf("row %d is there %d times", n, seen[n])
		}
	}
}

// A bar shows on the person's terminal, also when the server does the work.
func TestAnImportBesideTheServerShowsABar(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo")
	r.must("thing", "~/rows", "init")
	r.serve()
	c := r.cmd(t.Context(), "thing", "~/rows", "import", "-file", rowsFile(t, 5000), "-c")
	f, err := pty.StartWithSize(c, &pty.Winsize{Rows: 24, Cols: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var text bytes.Buffer
	_, _ = text.ReadFrom(f) // a terminal ends with an error
	if err := c.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"[####", "] 100%  5,000 rows", `{"rows":5000,"created":5000,"updated":0,"bad":0}`} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in %q", want, text.String())
		}
	}
	out, errs, code := r.run("", "thing", "~/rows", "export")
	if code != 0 || errs != "" || strings.Count(out, "\n") != 5000 {
		t.Errorf("without a terminal: exit %d, %q, %d lines", code, errs, strings.Count(out, "\n"))
	}
}
