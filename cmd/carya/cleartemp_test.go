package main

import (
	"os"
	"path/filepath"
	"testing"
)

// What a server that was killed has left of temporary files goes when the next one starts;
// a folder of another disk, that is linked to, stays linked.
func TestTemporaryFilesOfBeforeGoWhenAServerStarts(t *testing.T) {
	t.Parallel()
	r, disk := newRoot(t), t.TempDir()
	old := filepath.Join(disk, "shop", "book-1", "excelize-1")
	if err := os.MkdirAll(filepath.Dir(old), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(old, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	own := r.path(".carya")
	if err := os.MkdirAll(own, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(disk, filepath.Join(own, "tmp")); err != nil {
		t.Fatal(err)
	}
	r.serve().stop()
	if left, err := os.ReadDir(disk); err != nil || len(left) != 0 {
		t.Errorf("left: %v %v", left, err)
	}
	if to, err := os.Readlink(filepath.Join(own, "tmp")); err != nil || to != disk {
		t.Errorf("the folder is %q, %v", to, err)
	}
}
