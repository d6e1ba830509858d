package filestore

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
)

// testdata/before-live is a domain as the engine wrote it before the journal's state
// listed each pack with its size: three sets, merged, flushed behind the last checkpoint
// and committed behind that, when the process was killed.
func TestADomainWithoutListedPacksOpens(t *testing.T) {
	t.Parallel()
	want := map[string]map[string]int64{"large": {"new": 1000}, "small": {"new": 1000, "r01": 101}, ".domain/session/x": {}}
	for i := range int64(40) {
		id := fmt.Sprintf("r%02d", i)
		switch n := i; {
		case i < 20 || i >= 30:
			n = 100 + i
			fallthrough
		case i != 29:
			want["large"][id] = n
		}
		if i < 8 {
			want[".domain/session/x"][id] = i
		}
		if i > 1 && i < 8 {
			want["small"][id] = i
		}
	}
	top := t.TempDir()
	if err := os.CopyFS(filepath.Join(top, "demo"), os.DirFS("testdata/before-live")); err != nil {
		t.Fatal(err)
	}
	if list := verify(t, top, false); len(list) > 0 {
		t.Errorf("before it was ever opened the doctor says %v", list)
	}
	for life := range 3 {
		s := lasting(t, top, 1)
		for name, def := range map[string]thingset.Def{
			"large": {Loose: -1, Unique: [][]string{{"n"}}, Indexes: []string{"n"}},
			"small": {Unique: [][]string{{"n"}}}, ".domain/session/x": {Plain: true},
		} {
			if err := s.Define(t.Context(), "demo", name, def); err != nil {
				t.Fatal(err)
			}
			n := 0
			for rec, err := range s.Scan(t.Context(), "demo", name, thingset.Range{}) {
				if err != nil {
					t.Fatal(err)
				}
				if got := gjson.GetBytes(rec.Body, "n").Int(); got != want[name][rec.ID] {
					t.Errorf("life %d: %s/%s has n %d, want %d", life, name, rec.ID, got, want[name][rec.ID])
				}
				n++
			}
			if n != len(want[name]) {
				t.Errorf("life %d: %s has %d records, want %d", life, name, n, len(want[name]))
			}
		}
		if life == 0 { // it is killed once more, now by the engine of today
			s = killed(t, s, top)
			top = filepath.Dir(s.Dir("demo"))
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if list := verify(t, top, false); len(list) > 0 {
			t.Errorf("life %d: the doctor says %v", life, list)
		}
	}
}

// testdata/before-archive is a domain as the engine wrote it when segments that were cut
// got another name: some that were put together, one that was cut when the process was
// killed and still has its name, and commits behind that.
func TestADomainWithRenamedSegmentsOpens(t *testing.T) {
	t.Parallel()
	want := map[string]map[string]int64{
		"notes": {"r0": 1, "r2": 16, "r4": 10, "r5": 12, "r6": 14, "new": 19},
		"large": {"l0": 2, "l1": 4, "l2": 6, "l4": 11, "l5": 20, "l6": 15},
	}
	top := t.TempDir()
	if err := os.CopyFS(filepath.Join(top, "demo"), os.DirFS("testdata/before-archive")); err != nil {
		t.Fatal(err)
	}
	if list := verify(t, top, false); len(list) > 0 {
		t.Errorf("before it was ever opened the doctor says %v", list)
	}
	f := &fed{T: t, top: top}
	for life := range thingset.Rev(3) {
		f.open(feedOptions())
		if err := errors.Join(f.s.Define(t.Context(), "demo", "notes", thingset.Def{}), f.s.Define(t.Context(), "demo", "large", thingset.Def{Loose: -1})); err != nil {
			t.Fatal(err)
		}
		for set, want := range want {
			got := map[string]int64{}
			for rec, err := range f.s.Scan(t.Context(), "demo", set, thingset.Range{}) {
				if err != nil {
					t.Fatal(err)
				}
				got[rec.ID] = gjson.GetBytes(rec.Body, "n").Int()
			}
			if !maps.Equal(got, want) {
				t.Errorf("life %d: %s has %v, want %v", life, set, got, want)
			}
		}
		if oldest := f.oldest(20 + life); oldest != 17 {
			t.Errorf("life %d: the feed begins behind %d", life, oldest)
		}
		f.put("more", "x")
		f.close()
		if list := verify(t, top, false); len(list) > 0 || len(f.faults) > 0 {
			t.Errorf("life %d: the doctor says %v, %v", life, list, f.faults)
		}
		earlier, err := filepath.Glob(filepath.Join(top, "demo", journal.Dir, "*.feed"))
		if err != nil || len(earlier) > 0 {
			t.Errorf("life %d: there is still %v, %v", life, earlier, err)
		}
	}
}

// An earlier version does not take what this one writes for its own.
func TestAnEarlierVersionRefusesTheState(t *testing.T) {
	t.Parallel()
	f := newFed(t, feedOptions())
	f.put("a", "1")
	f.close()
	data, err := os.ReadFile(filepath.Join(f.top, "demo", journal.StateFile))
	if err != nil {
		t.Fatal(err)
	}
	var earlier struct {
		Segment int `json:"segment"`
	}
	if err := json.Unmarshal(data, &earlier); err == nil {
		t.Errorf("it reads %s", data)
	}
}
