package filestore

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/thingset"
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
