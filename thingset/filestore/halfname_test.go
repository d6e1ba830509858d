package filestore

import (
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// A pack whose names were changed by half when the disk turned read-only is read.
func TestAHalfNamedPackIsReadFromAReadOnlyDisk(t *testing.T) {
	t.Parallel()
	for _, name := range []string{".pack-1.keys", "pack-1.new.keys"} {
		top := packedDomain(t, 20)
		dir := filepath.Join(top, "demo/accounts/index")
		if err := os.Rename(filepath.Join(dir, "pack-1.keys"), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		s, err := Open(Options{
			Dir: func(dom string) string { return filepath.Join(top, dom) }, Log: slog.New(slog.DiscardHandler),
			Disk: func(c disk.Call) (int, error) {
				if c.Op.Changes() || c.Op == disk.Access {
					return 0, syscall.EROFS
				}
				return c.N, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		definePacked(t, s)
		if n := count(t, s); n != 20 {
			t.Errorf("%s: %d are there", name, n)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
