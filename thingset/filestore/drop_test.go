package filestore

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
)

// dropWorld is a small set, a large one and a plain one in a folder that is dropped, and
// one beside it.
type dropWorld struct {
	*testing.T
	top  string
	disk *frailDisk
	s    *Store
	seed uint64
}

var dropSets = map[string]thingset.Def{"shop/small": {}, "shop/large": {Loose: -1}, "shop/plain": {Plain: true}, "beside": {}}

func newDropWorld(t *testing.T, seed uint64) *dropWorld {
	w := &dropWorld{T: t, top: tempDir(t), seed: seed}
	if err := os.MkdirAll(filepath.Join(w.top, "demo/shop/small/data"), 0o755); err != nil {
		t.Fatal(err)
	}
	w.disk = newFrailDisk(filepath.Join(w.top, "demo"), rand.New(rand.NewPCG(seed, 1)))
	w.open()
	for set := range dropSets {
		w.put(set, 1, 2)
	}
	w.round()
	for set := range dropSets { // some of each stand in the journal only
		w.put(set, 2, 3)
	}
	return w
}

func (w *dropWorld) open() {
	w.Helper()
	s, err := Open(Options{Dir: func(dom string) string { return filepath.Join(w.top, dom) }, Log: slog.New(slog.DiscardHandler), Disk: w.disk.hook, Settle: 1, Checkpoint: 1})
	if err != nil {
		w.Fatal(err)
	}
	w.s, s.manual = s, true
	for set, def := range dropSets {
		if err := s.Define(w.Context(), "demo", set, def); err != nil {
			w.Fatal(err)
		}
	}
}

func (w *dropWorld) put(set string, ids ...int) {
	w.Helper()
	var batch []thingset.Write
	for _, n := range ids {
		batch = append(batch, thingset.Write{Set: set, ID: fmt.Sprint("r", n), Body: fmt.Appendf(nil, `{"id":"r%d","set":%q}`, n, set)})
	}
	if _, err := w.s.Commit(w.Context(), "demo", batch); err != nil {
		w.Fatal(err)
	}
}

func (w *dropWorld) round() {
	w.Helper()
	r, err := w.s.room("demo")
	if err != nil {
		w.Fatal(err)
	}
	for range 3 {
		r.worker.round()
	}
}

// counts is how many records the sets have, in the order of their names.
func (w *dropWorld) counts() string {
	w.Helper()
	var out []string
	for _, set := range []string{"beside", "shop/large", "shop/plain", "shop/small"} {
		n, err := w.s.Count(w.Context(), "demo", set)
		if err != nil {
			w.Fatal(err)
		}
		out = append(out, fmt.Sprint(n))
	}
	return strings.Join(out, " ")
}

// again opens what is there after a kill or a power cut. The doctor finds nothing before
// and after.
func (w *dropWorld) again(power bool) {
	w.Helper()
	w.disk.end()
	_ = w.s.Close()
	if power {
		w.top = w.disk.afterPowerCut(w.T)
		w.disk = newFrailDisk(filepath.Join(w.top, "demo"), rand.New(rand.NewPCG(w.seed, 3)))
	}
	w.disk.begin(-1)
	w.well("before it is opened")
	w.open()
}

func (w *dropWorld) well(when string) {
	w.Helper()
	for _, f := range verify(w.T, w.top, false) {
		w.Fatalf("the doctor, %s: %v", when, f)
	}
}

// Whenever the process ends while a folder is dropped, all of it is there or nothing, also
// when the sets are made again, and it is done again by repeating it.
func TestADropIsDoneOrNotWheneverTheProcessEnds(t *testing.T) {
	t.Parallel()
	changes := 0
	{
		w := newDropWorld(t, 1)
		w.disk.failWith(func(disk.Call) (int, error) { changes++; return 0, nil })
		if err := w.s.Drop(t.Context(), "demo", "shop"); err != nil {
			t.Fatal(err)
		}
		w.round()
		_ = w.s.Close()
	}
	done := 0
	for n := range uint64(2 * changes) {
		w := newDropWorld(t, n)
		w.disk.endAfter(int(n / 2))
		err := w.s.Drop(t.Context(), "demo", "shop")
		if err == nil {
			w.round()
		}
		w.again(n%2 == 0)
		switch got := w.counts(); {
		case got == "3 0 0 0":
			done++
		case got != "3 3 3 3" || err == nil:
			t.Fatalf("after %d changes there are %s, answered was %v", n/2, got, err)
		}
		if err := w.s.Drop(t.Context(), "demo", "shop"); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Lstat(filepath.Join(w.top, "demo/shop")); err == nil {
			t.Fatalf("after %d changes the folder stays", n/2)
		}
		w.again(n%3 == 0)
		w.put("shop/small", 9)
		w.put("shop/large", 8, 9)
		w.again(n%3 != 0)
		w.round()
		if got := w.counts(); got != "3 2 0 1" {
			t.Fatalf("made again after %d changes there are %s", n/2, got)
		}
		if err := w.s.Close(); err != nil {
			t.Fatal(err)
		}
		w.well("in the end")
		if left, _ := os.ReadDir(filepath.Join(w.top, "demo", journal.DroppedDir)); len(left) > 0 {
			t.Fatalf("after %d changes %s stays", n/2, left[0].Name())
		}
	}
	if done == 0 || done == 2*changes {
		t.Errorf("%d of %d were done", done, 2*changes)
	}
}

// Where the folder cannot be moved away the records are gone all the same, and nobody gets
// a set of that name before it was.
func TestADroppedFolderThatCannotBeMovedIsMovedLater(t *testing.T) {
	t.Parallel()
	w := newDropWorld(t, 7)
	stays := true
	w.disk.failWith(func(c disk.Call) (int, error) {
		if stays && c.Op == disk.Rename && c.From == "shop" {
			return 0, syscall.EACCES
		}
		return 0, nil
	})
	err := w.s.Drop(t.Context(), "demo", "shop")
	if domain.CodeOf(err) != "e.store.write" || !strings.Contains(err.Error(), "its folder is not yet") {
		t.Fatalf("got %v", err)
	}
	if err := w.s.Define(t.Context(), "demo", "shop/small", thingset.Def{}); domain.CodeOf(err) != "e.store.write" {
		t.Fatalf("made again: %v", err)
	}
	w.put("beside", 4)
	w.round()
	if stays = false; w.s.Define(t.Context(), "demo", "shop/small", thingset.Def{}) != nil {
		t.Fatal("it can be moved by now")
	}
	if n, err := w.s.Count(t.Context(), "demo", "shop/small"); n != 0 || err != nil {
		t.Fatalf("%d records, %v", n, err)
	}
	w.again(true)
	if got := w.counts(); got != "4 0 0 0" {
		t.Fatal(got)
	}
	_ = w.s.Close()
}

// A set that cannot be opened can be dropped: that is how one gets rid of it.
func TestADamagedSetCanBeDropped(t *testing.T) {
	t.Parallel()
	for _, used := range []bool{true, false} {
		w := newDropWorld(t, 3)
		w.round()
		if err := w.s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(w.top, "demo/shop/large/index")); err != nil {
			t.Fatal(err)
		}
		w.disk.forget("shop/large")
		s, err := Open(Options{Dir: func(dom string) string { return filepath.Join(w.top, dom) }, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		if used {
			if err := s.Define(t.Context(), "demo", "shop/large", dropSets["shop/large"]); domain.CodeOf(err) != "e.store.damaged" {
				t.Fatalf("got %v", err)
			}
		}
		if err := s.Drop(t.Context(), "demo", "shop"); err != nil {
			t.Fatal(err)
		}
		if err := s.Define(t.Context(), "demo", "shop/large", dropSets["shop/large"]); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Count(t.Context(), "demo", "shop/large"); n != 0 || err != nil {
			t.Fatalf("%d records, %v", n, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		w.well("in the end")
	}
}

// Of more than the feed can tell it loses what came before, before and after a restart.
func TestADropThatTheFeedCannotTellEndsIt(t *testing.T) {
	t.Parallel()
	w := newDropWorld(t, 5)
	w.s.mostTold = 100
	rev, err := w.s.Commit(t.Context(), "demo", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.s.Drop(t.Context(), "demo", "shop"); err != nil {
		t.Fatal(err)
	}
	w.put("beside", 7)
	look := func() {
		t.Helper()
		for _, err := range w.s.Changes(t.Context(), "demo", rev) {
			if domain.CodeOf(err) != "e.store.feed" {
				t.Fatalf("behind it: %v", err)
			}
		}
		n := 0
		for c, err := range w.s.Changes(t.Context(), "demo", rev+1) {
			if n++; err != nil || c.ID != "r7" {
				t.Fatalf("told %v, %v", c, err)
			}
		}
		if n != 1 {
			t.Fatalf("%d changes are told", n)
		}
	}
	look()
	w.again(false)
	look()
	_ = w.s.Close()
}

// A drop of more records than memory keeps changes of is read from the journal.
func TestALargeDropIsToldFromTheJournal(t *testing.T) {
	t.Parallel()
	w := newDropWorld(t, 6)
	var batch []thingset.Write
	for i := range feedLen + 10 {
		batch = append(batch, thingset.Write{Set: "shop/large", ID: fmt.Sprint("x", i), Body: fmt.Appendf(nil, `{"id":"x%d"}`, i)})
	}
	rev, err := w.s.Commit(t.Context(), "demo", batch)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.s.Drop(t.Context(), "demo", "shop/large"); err != nil {
		t.Fatal(err)
	}
	n := 0
	for c, err := range w.s.Changes(t.Context(), "demo", rev) {
		if n++; err != nil || c.Body != nil || c.Set != "shop/large" || c.Rev != rev+1 {
			t.Fatalf("told %v, %v", c, err)
		}
	}
	if n != feedLen+13 {
		t.Errorf("%d deletes are told", n)
	}
	_ = w.s.Close()
}
