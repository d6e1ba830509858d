package filestore

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/caryahq/carya/domain"
)

// Who settles a set, a folder above it or something in it finds what was committed in its
// files; nobody is told so while the disk refuses them.
func TestSettleBringsCommitsIntoFiles(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", "shop", "shop/small", "shop/small/index/r2.json"} {
		w := newDropWorld(t, 1)
		file := filepath.Join(w.top, "demo/shop/small/index/r3.json")
		if _, err := os.Stat(file); err == nil {
			t.Fatal("it is there before")
		}
		if err := w.s.Settle(t.Context(), "demo", "beside"); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(file); err == nil {
			t.Error("another set's is there")
		}
		if err := w.s.Settle(t.Context(), "demo", path); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(file); err != nil {
			t.Errorf("%q: %v", path, err)
		}
		_ = w.s.Close()
	}
	w := newDropWorld(t, 1)
	defer w.s.Close()
	index := filepath.Join(w.top, "demo/shop/small/index")
	if err := os.RemoveAll(index); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(index, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := w.s.Settle(t.Context(), "demo", "shop"); domain.CodeOf(err) != "e.store.write" {
		t.Errorf("a file in the place of the folder: %v", err)
	}
	ended, end := context.WithCancel(t.Context())
	if end(); w.s.Settle(ended, "demo", "shop") == nil {
		t.Error("it does not end with its context")
	}
}
