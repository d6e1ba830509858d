package domain

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain/oddfile"
)

func TestReadFileTakesOnlyRegularFilesWithinABound(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	put(t, d, "fits", strings.Repeat("x", 100))
	b, err := ReadFile(d.Files(), "fits", 100)
	if ok(t, err); len(b) != 100 {
		t.Errorf("read %d bytes", len(b))
	}
	_, err = ReadFile(d.Files(), "fits", 99)
	wantCode(t, err, "e.io.toolarge")
	for l, want := range map[Lang]string{EN: "~/fits has 100 bytes, at most 99 are allowed", ZH: "~/fits 有 100 字节，最多 99 字节"} {
		if got := AsError(err).DetailIn(l); got != want {
			t.Errorf("says %q, want %q", got, want)
		}
	}
	_, err = ReadFile(d.Files(), "nothing", 99)
	wantCode(t, err, "e.io.obj.noexists")
	for _, k := range oddfile.Kinds() {
		k.Put(t, filepath.Join(d.Dir(), "odd"))
		oddfile.Soon(t, k.Name, func() {
			_, err := ReadFile(d.Files(), "odd", MaxFile)
			wantCode(t, err, k.Code)
			_, err = fs.ReadFile(d.FS(), "odd")
			wantCode(t, err, k.Code)
			if _, err = ReadHostFile(filepath.Join(d.Dir(), "odd"), MaxFile); err == nil || strings.Contains(err.Error(), d.Dir()) {
				t.Errorf("%s as a file of the machine: %v", k.Name, err)
			}
			if _, err = fs.ReadDir(d.FS(), "odd"); (err == nil) != (k.Name == "a folder") {
				t.Errorf("%s as a folder: %v", k.Name, err)
			}
			_, err = d.Tree(Owner).ReadFile("odd")
			if code := CodeOf(err); code == "" || code == "e.internal" {
				t.Errorf("%s in the tree: %v", k.Name, err)
			}
		})
	}
}

func TestAFileThatGrowsWhileItIsReadIsBounded(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	put(t, d, "grows", "abc")
	f, fi, err := openFile(d.files, "grows")
	ok(t, err)
	defer f.Close()
	ok(t, os.Truncate(filepath.Join(d.Dir(), "grows"), oddfile.Huge)) // after its size was looked at
	_, err = readWithin(f, fi, "grows", 1000)
	wantCode(t, err, "e.io.toolarge")
}
