package filestore

import (
	"strings"
	"syscall"
	"testing"

	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// A record that is deleted while it is read to be carried is not written to the
// journal behind that: after a restart it would be there again.
func TestWhatIsDeletedWhileItIsCarriedStaysDeleted(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.s.carryLeast = 1 << 40
	f.put(0, 3, 0)
	f.disk.failWith(func(c disk.Call) (int, error) {
		if c.Op == disk.Write && isLines(c) && strings.HasPrefix(c.Name, "accounts/") {
			return 0, syscall.EIO
		}
		return 0, nil
	})
	f.rounds(1)
	r, _ := f.s.room("demo")
	list, _ := r.unflushed([]*set{f.set()}, r.rev)
	if len(list) != 3 {
		t.Fatalf("%d records are to be carried", len(list))
	}
	f.drop(0)
	f.put(1, 2, 1000)
	if _, err := r.carry(list); err != nil {
		t.Fatal(err)
	}
	f.survives()
}
