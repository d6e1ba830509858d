package filestore

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// repairInUse repairs the open domain of a hand.
func (h *hand) repairInUse() (list []Fault) {
	h.Helper()
	h.ok(h.s.Verify("demo", true, func(f Fault) { list = append(list, f) }))
	return list
}

// Somebody puts something in the place of a set's folder, or of the journal's state, under a
// server: the first repair puts it right, and what memory, open files and the journal have
// of the records stays.
func TestAPlaceThatIsTakenEndsNoRepairBesideAServer(t *testing.T) {
	t.Parallel()
	for _, place := range []string{"set/index", "set", ".domain/journal/state"} {
		for _, loose := range []int{0, -1} {
			for _, kind := range []string{"file", "folder", "link"} {
				if kind == "folder" && !strings.HasSuffix(place, "state") {
					continue
				}
				t.Run(fmt.Sprint(kind, " as ", place, " ", loose), func(t *testing.T) {
					t.Parallel()
					takenPlace(newHand(t, thingset.Def{Loose: loose}), place, kind)
				})
			}
		}
	}
}

// takenPlace puts something of a kind in a place, writes and repairs.
func takenPlace(h *hand, place, kind string) {
	for n := range 5 {
		h.put(fmt.Sprint("r", n), fmt.Sprintf(`,"n":%d`, n))
	}
	settleNow(h.T, h.s)
	r, err := h.s.room("demo")
	h.ok(err)
	r.busy.Lock()
	name := filepath.Join(h.top, "demo", place)
	h.ok(os.RemoveAll(name))
	h.ok(os.MkdirAll(filepath.Dir(name), 0o755))
	switch kind {
	case "file":
		err = os.WriteFile(name, []byte("mine"), 0o644)
	case "folder":
		err = os.MkdirAll(filepath.Join(name, "mine"), 0o755)
	default:
		err = os.Symlink(h.TempDir(), name)
	}
	r.busy.Unlock()
	h.ok(err)
	h.put("late", `,"n":9`)
	list := h.repairInUse()
	f, ok := faultOf(list, place)
	replaced := kind != "folder" && strings.HasSuffix(place, "state") // with the next state
	if !replaced && (!ok || !f.Repaired) {
		h.Errorf("the repair says %v", list)
	}
	if h.get("r0")+h.get("r4")+h.get("late") != "049" {
		h.Errorf("r0 is %s, r4 %s, late %s after %v", h.get("r0"), h.get("r4"), h.get("late"), list)
	}
	h.put("more", `,"n":8`)
	list = nil
	h.ok(h.s.Verify("demo", false, func(f Fault) { list = append(list, f) }))
	if len(list) > 0 {
		h.Errorf("afterwards it says %v", list)
	}
	h.reopen(nil)
	if h.get("r0")+h.get("r4")+h.get("late")+h.get("more") != "0498" {
		h.Errorf("r0 is %s, r4 %s, late %s, more %s", h.get("r0"), h.get("r4"), h.get("late"), h.get("more"))
	}
}

// What cannot be settled ends no repair: the journal has it.
func TestASetThatCannotBeSettledEndsNoRepairBesideAServer(t *testing.T) {
	t.Parallel()
	h := newHand(t, thingset.Def{})
	var refuses atomic.Bool
	h.reopen(func(o *Options) {
		o.Disk = func(c disk.Call) (int, error) {
			if refuses.Load() && c.Op.Changes() && strings.HasPrefix(c.Name, "set/") {
				return 0, syscall.EIO
			}
			return 0, nil
		}
	})
	h.put("r0", `,"n":0`)
	settleNow(t, h.s)
	refuses.Store(true)
	h.put("late", `,"n":9`)
	if list := h.repairInUse(); len(list) > 0 {
		t.Error(list)
	}
	if h.get("r0")+h.get("late") != "09" {
		t.Errorf("r0 is %s, late %s", h.get("r0"), h.get("late"))
	}
	refuses.Store(false)
	h.reopen(nil)
	if h.get("r0")+h.get("late") != "09" {
		t.Errorf("r0 is %s, late %s", h.get("r0"), h.get("late"))
	}
}
