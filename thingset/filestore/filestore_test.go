package filestore

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/storetest"
)

// newStore is an engine over a fresh folder; a domain's folder is made on demand.
func newStore(t testing.TB) (*Store, string) {
	t.Helper()
	top := t.TempDir()
	s, err := Open(Options{Dir: func(dom string) string {
		dir := filepath.Join(top, dom)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Error(err)
		}
		return dir
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, top
}

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t testing.TB) thingset.Store {
		s, _ := newStore(t)
		return s
	})
}

func BenchmarkStore(b *testing.B) {
	storetest.Benchmark(b, func(t testing.TB) thingset.Store {
		s, _ := newStore(t)
		return s
	})
}
