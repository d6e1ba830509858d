package domain

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
)

// testRoot opens a root in a fresh folder, closed with the test.
func testRoot(t testing.TB, o RootOptions) *Root {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	r, err := OpenRoot(filepath.Join(t.TempDir(), "root"), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// testDomain is the domain "demo" of a fresh root.
func testDomain(t testing.TB) *Domain {
	t.Helper()
	return makeDomain(t, testRoot(t, RootOptions{}), "demo")
}

func makeDomain(t testing.TB, r *Root, name string) *Domain {
	t.Helper()
	d, err := r.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// put writes a file as a person would: not through the tree.
func put(t testing.TB, d *Domain, path, text string) {
	t.Helper()
	file := filepath.Join(d.Dir(), path)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	if got := CodeOf(err); got != code {
		t.Errorf("got %q (%v), want %q", got, err, code)
	}
}

func ok(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}
