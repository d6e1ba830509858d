package filestore

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// laidOut lays out a domain with some writes; the store has not opened it.
func laidOut(t *testing.T, defs map[string]thingset.Def, writes []thingset.Write) (*Store, string, error) {
	t.Helper()
	s, top := newStore(t)
	dir := filepath.Join(top, "demo")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	b, err := Build(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, w := range writes {
		if err := b.Add(w); err != nil {
			return s, top, err
		}
	}
	for _, set := range b.Sets() {
		if err := b.Define(t.Context(), set, defs[set]); err != nil {
			return s, top, err
		}
	}
	return s, top, b.End(1_000_000)
}

// Whatever was added in whatever order, the domain is as if it had been committed:
// with own files, with packs alone, plain, and with more than one pack.
func TestWhatIsLaidOutIsAsIfItHadBeenCommitted(t *testing.T) {
	t.Parallel()
	defs := map[string]thingset.Def{
		"small":       {Unique: [][]string{{"nm"}}, Indexes: []string{"n"}},
		"large":       {Unique: [][]string{{"nm"}, {"a", "b"}}, Loose: -1},
		".domain/seq": {Plain: true}, ".domain/spent": {Plain: true, Loose: -1},
	}
	want := map[string]map[string]string{}
	var writes []thingset.Write
	for set := range defs {
		want[set] = map[string]string{}
		for i := range 3000 {
			w := thingset.Write{Set: set, ID: fmt.Sprintf("r%03d", rand.IntN(400))}
			if body := fmt.Sprintf(`{"id":%q,"nm":"%s %d","n":%d,"text":"%0*d"}`, w.ID, w.ID, i, i, rand.IntN(4000), i); rand.IntN(5) > 0 {
				w.Body = []byte(body)
				want[set][w.ID] = body
			} else {
				delete(want[set], w.ID)
			}
			writes = append(writes, w)
		}
	}
	s, top, err := laidOut(t, defs, writes)
	if err != nil {
		t.Fatal(err)
	}
	for set, def := range defs {
		if err := s.Define(t.Context(), "demo", set, def); err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for rec, err := range s.Scan(t.Context(), "demo", set, thingset.Range{}) {
			if err != nil {
				t.Fatal(err)
			}
			got[rec.ID] = string(rec.Body)
		}
		if !maps.Equal(got, want[set]) {
			t.Errorf("%s has %d records, want %d, or others", set, len(got), len(want[set]))
		}
		for id := range want[set] {
			_, err := os.Stat(filepath.Join(top, "demo", recordDir(set, def.Plain), ownName(id, def.Plain)))
			if own := err == nil; own != (def.Loose == 0) {
				t.Fatalf("%s/%s: its own file is there: %v", set, id, own)
			}
		}
	}
	rev, err := s.Commit(t.Context(), "demo", []thingset.Write{{Set: "small", ID: "new", Body: []byte(`{"id":"new"}`)}})
	if err != nil || rev != 1_000_001 {
		t.Errorf("revision %d %v", rev, err)
	}
	if err := s.CloseDomain("demo"); err != nil {
		t.Fatal(err)
	}
	for _, f := range verify(t, top, false) {
		t.Error(f)
	}
	if _, err := os.Stat(filepath.Join(top, "demo", waitDir)); err == nil {
		t.Error("the folder where records wait was left")
	}
}

// Unique keys are held against what counts at the end: not against what was
// overwritten, deleted, or has expired.
func TestWhatIsLaidOutKeepsUniqueKeys(t *testing.T) {
	t.Parallel()
	past := time.Now().UnixMilli() - 1000
	put := func(id, nm, more string) thingset.Write {
		return thingset.Write{Set: "s", ID: id, Body: fmt.Appendf(nil, `{"id":%q,"nm":%q%s}`, id, nm, more)}
	}
	for name, c := range map[string]struct {
		writes []thingset.Write
		code   string
	}{
		"twice":       {[]thingset.Write{put("a", "x", ""), put("b", "x", "")}, "e.thing.ukey.duplicated"},
		"overwritten": {[]thingset.Write{put("a", "x", ""), put("b", "x", ""), put("a", "y", "")}, ""},
		"deleted":     {[]thingset.Write{put("a", "x", ""), put("b", "x", ""), {Set: "s", ID: "a"}}, ""},
		"expired":     {[]thingset.Write{put("a", "x", fmt.Sprintf(`,"expi":%d`, past)), put("b", "x", "")}, ""},
		"swapped":     {[]thingset.Write{put("a", "x", ""), put("b", "y", ""), put("a", "y", ""), put("b", "x", "")}, ""},
		"no record":   {[]thingset.Write{{Set: "s", ID: "a", Body: []byte(`{"id":"b"}`)}}, "e.json"},
		"no id":       {[]thingset.Write{{Set: "s", ID: "../a", Body: []byte(`{"id":"../a"}`)}}, "e.thing.id"},
	} {
		_, _, err := laidOut(t, map[string]thingset.Def{"s": {Unique: [][]string{{"nm"}}}}, c.writes)
		if domain.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A record that has expired gives its unique values up: the doctor must not take
// those who have them by now for its doubles.
func TestTheDoctorDoesNotCountWhatHasExpired(t *testing.T) {
	t.Parallel()
	_, top, err := laidOut(t, map[string]thingset.Def{"s": {Unique: [][]string{{"nm"}}, Loose: -1}}, []thingset.Write{
		{Set: "s", ID: "a", Body: []byte(`{"id":"a","nm":"x","expi":1}`)}, {Set: "s", ID: "b", Body: []byte(`{"id":"b","nm":"x"}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range verify(t, top, false) {
		t.Error(f)
	}
}
