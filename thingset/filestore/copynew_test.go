package filestore

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/caryahq/carya/thingset"
)

// The folder of a set that was copied from a running domain counts whole, also packs
// that no checkpoint of that domain had listed yet.
func TestACopyOfASetThatIsInUseCounts(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.s.o.Checkpoint = time.Hour
	f.put(0, 6, 0)
	f.rounds(1)
	from, to := filepath.Join(f.top, "demo/accounts/index"), filepath.Join(f.top, "demo/copied/index")
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	r, _ := f.s.room("demo")
	r.busy.Lock()
	if err := r.checkpoint(); err != nil {
		t.Fatal(err)
	}
	r.busy.Unlock()
	for range 2 {
		if err := f.s.Define(t.Context(), "demo", "copied", thingset.Def{Loose: -1}); err != nil {
			t.Fatal(err)
		}
		if n, err := f.s.Count(t.Context(), "demo", "copied"); n != 6 || err != nil {
			t.Fatalf("%d are there, %v", n, err)
		}
		if err := f.s.CloseDomain("demo"); err != nil {
			t.Fatal(err)
		}
	}
}
