package filestore

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// What lies where own files are made and cannot be removed keeps nothing from being
// opened, nor is it written over.
func TestALeftoverThatStaysKeepsNothingClosed(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"a folder", "an error"} {
		n := newNotes(t)
		n.put(0, 3, 0)
		n.rounds(2)
		n.disk.end()
		_ = n.s.Close()
		n.disk.begin(-1)
		dir := filepath.Join(n.top, "demo", tmpDir)
		if err := os.MkdirAll(dir+"/1/x", 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir+"/2", []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		n.disk.scanned()
		if how == "an error" {
			n.disk.failWith(func(c disk.Call) (int, error) {
				if c.Op == disk.Remove && strings.HasPrefix(c.Name, tmpDir) {
					return 0, syscall.EIO
				}
				return 0, nil
			})
		}
		n.s = n.again(n.top, n.disk.hook)
		n.put(1, 4, 100)
		n.rounds(2)
		if how == "an error" {
			if text, err := os.ReadFile(dir + "/2"); err != nil || string(text) != "mine" {
				t.Errorf("%q, %v", text, err)
			}
		}
		n.killed()
	}
}
