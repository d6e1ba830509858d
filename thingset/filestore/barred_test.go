package filestore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// A set whose packs are damaged, and that the journal writes to, does not keep the
// other sets of the domain from being opened and written to. When the packs are back
// all is there that was acknowledged: the journal was not cut meanwhile.
func TestADamagedSetDoesNotKeepOthersClosed(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	if err := f.s.Define(t.Context(), "demo", "other", thingset.Def{}); err != nil {
		t.Fatal(err)
	}
	f.put(0, 6, 0)
	f.rounds(2)
	f.put(3, 8, 100)
	f.drop(0)
	f.other(1)
	f.disk.end()
	_ = f.s.Close()
	name := filepath.Join(f.top, "demo/accounts/index/pack-1.keys")
	if err := os.Rename(name, name+".away"); err != nil {
		t.Fatal(err)
	}
	f.disk.scanned()
	f.disk.begin(-1)
	f.s = f.engine(f.top, f.disk.hook)
	f.s.manual = true
	for range 2 {
		f.other(3)
		f.rounds(3)
		if err := f.s.Define(t.Context(), "demo", "accounts", thingset.Def{Loose: -1}); domain.CodeOf(err) != "e.store.damaged" {
			t.Errorf("the damaged set: %v", err)
		}
		_, err := f.s.Commit(t.Context(), "demo", []thingset.Write{{Set: "accounts", ID: "x", Body: []byte(`{"id":"x"}`)}})
		if err == nil {
			t.Error("it was written to")
		}
		if err := f.s.CloseDomain("demo"); err != nil {
			t.Error(err)
		}
	}
	found := false
	r, err := f.s.room("demo")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.verify(func(f Fault) {
		found = found || strings.Contains(f.Msg.EN, "pack-1") || strings.Contains(f.File, "pack-1")
	}); err != nil || !found {
		t.Errorf("the doctor finds nothing, %v", err)
	}
	if err := os.Rename(name+".away", name); err != nil {
		t.Fatal(err)
	}
	f.disk.scanned()
	f.disk.syncAll()
	definePacked(t, f.s) // in the same life
	f.put(8, 9, 0)
	f.rounds(3)
	f.survives()
}

// Nor does one of which reading fails for once keep it closed for longer.
func TestASetThatCannotBeReadForOnceIsReadByTheNextCall(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.put(0, 6, 0)
	f.rounds(2)
	f.put(3, 8, 100)
	f.disk.end()
	_ = f.s.Close()
	f.disk.begin(-1)
	f.disk.failWith(once(func(c disk.Call) bool { return c.Op == disk.OpenOld && isKeys(c) }))
	f.s = f.engine(f.top, f.disk.hook)
	f.s.manual = true
	def := thingset.Def{Loose: -1, Unique: [][]string{{"n"}}}
	if err := f.s.Define(t.Context(), "demo", "accounts", def); err != nil && domain.CodeOf(err) != "e.store.damaged" {
		t.Fatal(err)
	}
	definePacked(t, f.s)
	if n := count(t, f.s); n != len(f.want) {
		t.Errorf("%d are there", n)
	}
	f.rounds(3)
	f.survives()
}

// A damaged record does not keep the packs of other sets from being merged, and who
// looks whether the domain can be written to is told of it once.
func TestADamagedRecordKeepsNoOtherSetFromBeingMerged(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.s.deadMin = 1 << 30
	f.put(0, 12, 0)
	f.other(1)
	f.rounds(2)
	f.put(0, 6, 1000)
	f.other(20)
	f.rounds(2)
	for n := range 6 {
		flip(t, filepath.Join(f.top, "demo/accounts/index/pack-1.jsonl"), (6+n)*630+100)
	}
	f.s.deadMin = 200
	f.rounds(20)
	r, _ := f.s.room("demo")
	if n := r.sets["other"].packs[0].N; n == 1 {
		t.Error("the other set was not merged")
	}
	if n := f.set().packs[0].N; n != 1 {
		t.Error("the damaged one was")
	}
}
