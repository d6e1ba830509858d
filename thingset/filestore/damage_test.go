package filestore

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// packed is a domain with 40 records in packs alone, closed.
func packed(t *testing.T) (h *hand, dir string) {
	t.Helper()
	h = newHand(t, thingset.Def{Loose: -1, Unique: [][]string{{"u"}}})
	for n := range 40 {
		h.put(fmt.Sprintf("r%02d", n), fmt.Sprintf(`,"n":%d,"u":"u%d"`, n, n))
		if n%10 == 9 {
			h.reopen(nil) // entries come in several frames
		}
	}
	h.ok(h.s.Close())
	return h, filepath.Join(h.top, "demo", "set", "index")
}

func (h *hand) count() int {
	h.Helper()
	n, err := h.s.Count(h.Context(), "demo", "set")
	h.ok(err)
	return n
}

func flip(t *testing.T, file string, at int) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	was := bytes.Clone(data)
	data[at] ^= 0x20
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return was
}

func TestADamagedLineIsToldAndSetAside(t *testing.T) {
	t.Parallel()
	h, dir := packed(t)
	file := filepath.Join(dir, "pack-1.jsonl")
	was := flip(t, file, 100)
	h.open(nil)
	bad := 0
	for n := range 40 {
		_, err := h.s.Get(t.Context(), "demo", "set", fmt.Sprintf("r%02d", n))
		if domain.CodeOf(err) == "e.store.damaged" && strings.Contains(err.Error(), "pack-1.jsonl at offset") {
			bad++
		}
	}
	if bad != 1 {
		t.Errorf("%d records are damaged", bad)
	}
	h.ok(h.s.Close())
	if list := verify(t, h.top, false); len(list) != 1 || !strings.HasSuffix(list[0].File, "pack-1.jsonl") {
		t.Fatal(list)
	}
	if list := verify(t, h.top, true); len(list) != 1 || !list[0].Repaired {
		t.Fatal(list)
	}
	kept, err := os.ReadFile(filepath.Join(dir, ".damaged-pack-1.jsonl.kept"))
	if err != nil || len(kept) != len(was) {
		t.Errorf("the damaged pack is not kept: %v", err)
	}
	if list := verify(t, h.top, false); len(list) != 0 {
		t.Error(list)
	}
	h.open(nil)
	if n := h.count(); n != 39 {
		t.Errorf("%d records", n)
	}
}

func TestDamagedKeysDoNotOpenAndAreMadeAnewFromTheLines(t *testing.T) {
	t.Parallel()
	h, dir := packed(t)
	flip(t, filepath.Join(dir, "pack-1.keys"), 400)
	s, err := Open(Options{Dir: h.s.Dir})
	h.ok(err)
	if err := s.Define(t.Context(), "demo", "set", h.def); domain.CodeOf(err) != "e.store.damaged" || !strings.Contains(err.Error(), "pack-1.keys at offset") {
		t.Fatal(err)
	}
	h.ok(s.Close())
	if list := verify(t, h.top, true); len(list) != 1 || !list[0].Repaired || list[0].Offset <= 0 {
		t.Fatal(list)
	}
	if list := verify(t, h.top, false); len(list) != 0 {
		t.Error(list)
	}
	h.open(nil)
	if n := h.count(); n != 40 || h.get("r07") != "7" {
		t.Errorf("%d records", n)
	}
}

func TestTwoHoldersOfAUniqueValueAreToldAndServed(t *testing.T) {
	t.Parallel()
	h := newHand(t, thingset.Def{})
	h.put("a", `,"u":"x"`)
	h.put("b", `,"u":"x"`)
	h.ok(h.s.Close())
	h.def.Unique = [][]string{{"u"}}
	h.open(nil)
	if list := h.told(); len(list) != 1 || !strings.Contains(list[0], "unique key [u]") || h.count() != 2 {
		t.Errorf("%q", list)
	}
}

// A store that is merged all the while answers a walk that began before as if
// nothing had happened, and gives the space back.
func TestMergingKeepsWhatWalksSeeAndGivesSpaceBack(t *testing.T) {
	t.Parallel()
	h := newHand(t, thingset.Def{Loose: -1})
	h.s.full, h.s.deadMin = 20_000, 1000
	text := strings.Repeat("x", 300)
	for n := range 100 {
		h.put(fmt.Sprintf("r%03d", n), fmt.Sprintf(`,"n":%d,"t":%q`, n, text))
	}
	seen := 0
	for r, err := range h.s.Scan(t.Context(), "demo", "set", thingset.Range{}) {
		h.ok(err)
		if seen++; !bytes.Contains(r.Body, []byte(text)) {
			t.Fatalf("%s", r.Body)
		}
		for k := range 3 {
			h.put(fmt.Sprintf("r%03d", (seen*7+k)%100), fmt.Sprintf(`,"n":%d,"t":%q`, seen, text))
		}
	}
	if seen != 100 {
		t.Errorf("the walk saw %d", seen)
	}
	size := func() int64 { return diskUse(filepath.Join(h.top, "demo", "set")) }
	h.until("the dead bytes are given back", func() bool {
		h.put("r000", `,"n":0`)
		return size() < 70_000
	})
	h.reopen(nil)
	if h.count() != 100 {
		t.Errorf("%d records", h.count())
	}
}

func TestWhatExpiredWhileTheServerWasDownIsGone(t *testing.T) {
	t.Parallel()
	h := newHand(t, thingset.Def{})
	at := time.Now().Add(50 * time.Millisecond).UnixMilli()
	for n := range 10 {
		h.put(fmt.Sprint("r", n), fmt.Sprintf(`,"n":1,"expi":%d`, at+int64(n%2)*3_600_000))
	}
	h.ok(h.s.Close())
	time.Sleep(time.Until(time.UnixMilli(at + 1)))
	h.open(nil)
	if n := h.count(); n != 5 {
		t.Errorf("%d records", n)
	}
	h.until("their files are gone", func() bool {
		files, _ := filepath.Glob(h.file("*"))
		return len(files) == 5
	})
}
