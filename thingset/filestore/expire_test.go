package filestore

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// What has expired is not removed one by one while the journal takes nothing.
func TestAJournalThatTakesNothingIsAskedOnceARound(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	var batch []thingset.Write
	for i := range 50 {
		id := fmt.Sprint("e", i)
		batch = append(batch, thingset.Write{Set: "accounts", ID: id, Body: fmt.Appendf(nil, `{"id":%q,"expi":1}`, id)})
	}
	if _, err := f.s.Commit(t.Context(), "demo", batch); err != nil {
		t.Fatal(err)
	}
	tries := 0
	f.disk.failWith(func(c disk.Call) (int, error) {
		if !strings.HasSuffix(c.Name, ".log") || !c.Op.Changes() {
			return 0, nil
		}
		tries++
		return 0, syscall.EIO
	})
	f.rounds(1)
	if tries > 20 {
		t.Errorf("it was tried %d times", tries)
	}
	f.disk.failWith(nil)
	f.rounds(1)
	f.survives()
}
