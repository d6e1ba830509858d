package filestore

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/thingset"
)

// testdata/before-marks is a domain as the engine wrote it when the names of packs told
// what the journal's state says now. It was killed: each set has a pack that the state
// does not list, of two of them a part; one has lost half of a rename, and one was
// copied in from a domain in use. before-marks.json is what has to be there.
func TestADomainThatNamesItsPacksOpens(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	if err := os.CopyFS(filepath.Join(top, "demo"), os.DirFS("testdata/before-marks")); err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string]int64{}
	data, err := os.ReadFile("testdata/before-marks.json")
	if err == nil {
		err = json.Unmarshal(data, &want)
	}
	if err != nil {
		t.Fatal(err)
	}
	if list := verify(t, top, false); len(list) > 0 {
		t.Errorf("before it was ever opened the doctor says %v", list)
	}
	for life := range 4 {
		s := lasting(t, top, 1)
		if life < 2 {
			s.manual = true
		}
		for name, def := range map[string]thingset.Def{
			"large": {Loose: -1, Unique: [][]string{{"n"}}}, "small": {Unique: [][]string{{"n"}}}, ".domain/session/x": {Plain: true},
			"grown": {Loose: 4}, "late": {}, "copied": {Loose: -1},
		} {
			if err := s.Define(t.Context(), "demo", name, def); err != nil {
				t.Fatalf("life %d: %v", life, err)
			}
			n := 0
			for rec, err := range s.Scan(t.Context(), "demo", name, thingset.Range{}) {
				if err != nil {
					t.Fatal(err)
				}
				if got, want := gjson.GetBytes(rec.Body, "n").Int(), want[name][rec.ID]; got != want {
					t.Errorf("life %d: %s/%s has n %d, want %d", life, name, rec.ID, got, want)
				}
				n++
			}
			if n != len(want[name]) {
				t.Errorf("life %d: %s has %d records, want %d", life, name, n, len(want[name]))
			}
			commits(t, s, name, life, want[name])
		}
		switch life {
		case 0: // it is killed before anything was written, but for some commits
			s, top = diesAt(t, s, top)
		case 1: // and once a part was
			r, _ := s.room("demo")
			r.busy.Lock()
			if err := r.settle(); err != nil {
				t.Error(err)
			}
			r.busy.Unlock()
			s, top = diesAt(t, s, top)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if list := verify(t, top, false); len(list) > 0 {
			t.Errorf("life %d: the doctor says %v", life, list)
		}
	}
	for _, set := range []string{"large", "small", ".domain/session/x", "grown", "late", "copied"} {
		dir := filepath.Join(top, "demo", set)
		if set != ".domain/session/x" {
			dir += "/index"
		}
		list, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			if strings.Contains(e.Name(), ".new.") {
				t.Errorf("%s/%s is there still", set, e.Name())
			}
		}
	}
}

// commits has a record be changed.
func commits(t *testing.T, s *Store, set string, n int, want map[string]int64) {
	t.Helper()
	body := []byte(`{"id":"life","n":` + string(rune('5'+n)) + `000}`)
	if _, err := s.Commit(t.Context(), "demo", []thingset.Write{{Set: set, ID: "life", Body: body}}); err != nil {
		t.Fatal(err)
	}
	want["life"] = int64(5+n) * 1000
}

// diesAt is killed, with the folder in which the next one lives.
func diesAt(t *testing.T, s *Store, top string) (*Store, string) {
	t.Helper()
	next := killed(t, s, top)
	return next, filepath.Dir(next.Dir("demo"))
}
