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

// An own file that a set has written before the disk refused is the engine's still when
// the journal was cut for the sake of other sets.
func TestAnOwnFileOfAStuckSetIsNoEdit(t *testing.T) {
	t.Parallel()
	f := newNotes(t)
	f.s.carryLeast = 1
	f.put(0, 3, 0)
	f.rounds(2)
	f.put(0, 3, 100)
	synced := false
	f.disk.failWith(func(c disk.Call) (int, error) {
		if !synced && c.Op == disk.Sync && strings.HasPrefix(c.Name, "accounts/index") {
			synced = true
			return 0, syscall.EIO
		}
		if synced && c.Op == disk.Create && strings.Contains(c.Name, "pack-") && strings.HasPrefix(c.Name, "accounts/") {
			return 0, syscall.EIO
		}
		return 0, nil
	})
	f.rounds(1)
	f.rounds(1)
	f.put(0, 3, 200)
	f.other(60)
	r, _ := f.s.room("demo")
	r.busy.Lock()
	if err := r.checkpoint(); err != nil {
		t.Error(err)
	}
	r.busy.Unlock()
	if f.set().stuck.err == nil || !f.set().holds {
		t.Fatal("it is not stuck")
	}
	f.disk.end()
	_ = f.s.Close()
	f.holds(f.top)
}
