package filestore

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// looked is a store that does nothing by itself, with records that are settled and
// others that are not, a set in packs alone and one with own files.
func looked(t *testing.T) (s *Store, dir string) {
	t.Helper()
	top := t.TempDir()
	dir = filepath.Join(top, "demo")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s, err := Open(Options{Dir: func(string) string { return dir }, Settle: time.Hour, Poll: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for name, def := range map[string]thingset.Def{
		"accounts": {Unique: [][]string{{"n"}}},
		"large":    {Loose: -1, Unique: [][]string{{"n"}}},
	} {
		if err := s.Define(t.Context(), "demo", name, def); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 40 {
		lookedPut(t, s, n)
		if n == 20 {
			settleNow(t, s)
		}
	}
	return s, dir
}

func lookedPut(t *testing.T, s *Store, n int) {
	t.Helper()
	put(t, s, fmt.Sprintf("r%02d", n), n)
	body := fmt.Appendf(nil, `{"id":"l%02d","n":%d}`, n, n)
	if _, err := s.Commit(t.Context(), "demo", []thingset.Write{{Set: "large", ID: fmt.Sprintf("l%02d", n), Body: body}}); err != nil {
		t.Fatal(err)
	}
}

// settleNow is a round of the worker with a checkpoint.
func settleNow(t *testing.T, s *Store) {
	t.Helper()
	r, err := s.room("demo")
	if err != nil {
		t.Fatal(err)
	}
	r.edits.flush()
	if err := r.finish(); err != nil {
		t.Fatal(err)
	}
}

// lookAt gives the faults of the open domain demo.
func lookAt(t *testing.T, s *Store) (list []Fault) {
	t.Helper()
	if err := s.Verify("demo", false, func(f Fault) { list = append(list, f) }); err != nil {
		t.Fatal(err)
	}
	return list
}

// answers holds when both sets give all their records without being defined
// again.
func answers(t *testing.T, s *Store) {
	t.Helper()
	for _, set := range []string{"accounts", "large"} {
		if n, err := s.Count(t.Context(), "demo", set); err != nil || n != 40 {
			t.Errorf("%s: %d records, %v", set, n, err)
		}
	}
}

// picture is what one sees of a folder: names, states and texts.
func picture(t *testing.T, dir string) string {
	t.Helper()
	var out bytes.Buffer
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		fi, err := e.Info()
		if err != nil {
			return err
		}
		fmt.Fprintln(&out, path, fi.Mode(), fi.ModTime().UnixNano())
		if e.Type().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&out, "%q\n", data)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestLookingClosesNothingAndChangesNothing(t *testing.T) {
	t.Parallel()
	s, dir := looked(t)
	rev, err := s.Commit(t.Context(), "demo", nil)
	if err != nil {
		t.Fatal(err)
	}
	news := make(chan error, 1)
	go func() {
		_, err := s.Wait(context.Background(), "demo", rev)
		news <- err
	}()
	before := picture(t, dir)
	if list := lookAt(t, s); len(list) != 0 {
		t.Error(list)
	}
	if picture(t, dir) != before {
		t.Error("something was changed")
	}
	answers(t, s)
	lookedPut(t, s, 3)
	if err := <-news; err != nil {
		t.Errorf("who waits for changes: %v", err)
	}
}

// What crashes leave is not put in order by looking, and is no fault.
func TestLookingAtAClosedDomainChangesNothing(t *testing.T) {
	t.Parallel()
	s, dir := looked(t)
	segments, err := filepath.Glob(filepath.Join(dir, journal.Dir, "*.log"))
	if err != nil || len(segments) == 0 {
		t.Fatal(segments, err)
	}
	old, err := os.ReadFile(segments[0])
	if err != nil {
		t.Fatal(err)
	}
	settleNow(t, s)
	left := copyTree(t, filepath.Dir(dir))
	dir = filepath.Join(left, "demo")
	for name, data := range map[string][]byte{
		filepath.Join(journal.Dir, filepath.Base(segments[0])): old,
		journal.Dir + "/tmp/1":                                 []byte("{"),
		journal.Dir + "/.tmp-0000000001.feed":                  []byte("x"), // of an earlier version
		"accounts/index/.pack-9.gone":                          nil,
		"accounts/index/.pack-9.keys":                          []byte("x"),
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	keys := filepath.Join(dir, "large", "index", "pack-1.keys")
	if err := os.Rename(keys, filepath.Join(filepath.Dir(keys), ".pack-1.keys")); err != nil {
		t.Fatal(err)
	}
	before := picture(t, dir)
	if list := verify(t, left, false); len(list) != 0 {
		t.Error(list)
	}
	if now := picture(t, dir); now != before {
		t.Errorf("something was changed:\n%s\nwas\n%s", now, before)
	}
	other := lasting(t, left, time.Hour)
	defer other.Close()
	if err := other.Define(t.Context(), "demo", "accounts", thingset.Def{Unique: [][]string{{"n"}}}); err != nil {
		t.Fatal(err)
	}
}

func TestLookingFindsDamageInAnOpenDomain(t *testing.T) {
	t.Parallel()
	spoil := func(pattern string, at int) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			files, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil || len(files) == 0 {
				t.Fatalf("%v %v", files, err)
			}
			flip(t, files[len(files)-1], at)
		}
	}
	lose := func(pattern string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			files, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil || len(files) == 0 {
				t.Fatalf("%v %v", files, err)
			}
			if err := os.Remove(files[len(files)-1]); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, one := range map[string]struct {
		harm func(t *testing.T, dir string)
		file string
		msg  string
	}{
		"an acknowledged commit": {spoil(journal.Dir+"/*.log", 200), ".log", "checksum"},
		"a segment's header":     {spoil(journal.Dir+"/*.log", 3), ".log", "checksum"},
		"no segment":             {lose(journal.Dir + "/*.log"), ".log", "missing"},
		"the state":              {spoil(journal.StateFile, 0), "state", "damaged"},
		"what was cut":           {spoil(journal.Dir+"/*.log", 100), ".log", "feed begins behind it"},
		"a line":                 {spoil("large/index/pack-1.jsonl", 50), "pack-1.jsonl", "checksum"},
		"keys":                   {spoil("large/index/pack-1.keys", 100), "pack-1.keys", "checksum"},
		"no lines":               {lose("large/index/pack-1.jsonl"), "pack-1.jsonl", "missing"},
		"no keys":                {lose("large/index/pack-1.keys"), "pack-1.keys", "missing"},
		"a hidden line":          {spoil("accounts/index/.pack-1.jsonl", 50), ".pack-1.jsonl", "checksum"},
		"no folder": {func(t *testing.T, dir string) {
			if err := os.RemoveAll(filepath.Join(dir, "large", "index")); err != nil {
				t.Fatal(err)
			}
		}, "large/index", "the folder is gone"},
		"a person's file": {func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, "accounts/index/r07.json"), []byte("{"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "r07.json", "no record"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, dir := looked(t)
			one.harm(t, dir)
			before := picture(t, dir)
			list := lookAt(t, s)
			found := false
			for _, f := range list {
				found = found || strings.HasSuffix(f.File, one.file) && strings.Contains(f.Msg.EN, one.msg) && !f.Repaired
			}
			if !found || len(list) > 1 {
				t.Errorf("%v", list)
			}
			if picture(t, dir) != before {
				t.Error("something was changed")
			}
			answers(t, s)
		})
	}
}

// While somebody looks at a domain everything goes on: what is done in the middle
// of it waits for nothing.
func TestNobodyWaitsForWhoLooks(t *testing.T) {
	t.Parallel()
	s, dir := looked(t)
	flip(t, filepath.Join(dir, "large", "index", "pack-1.jsonl"), 50)
	if err := os.WriteFile(filepath.Join(dir, "accounts/index/r07.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	told := 0
	err := s.Verify("demo", false, func(Fault) {
		told++
		lookedPut(t, s, told)
		settleNow(t, s)
		def := thingset.Def{Unique: [][]string{{"n"}}, Indexes: []string{fmt.Sprint("x", told)}}
		if err := s.Define(t.Context(), "demo", "accounts", def); err != nil {
			t.Error(err)
		}
		if err := s.Define(t.Context(), "demo", fmt.Sprint("new", told), thingset.Def{}); err != nil {
			t.Error(err)
		}
		answers(t, s)
	})
	if err != nil || told != 2 {
		t.Error(told, err)
	}
}

// Settling, merging, cutting, edits by hand and definitions that change are no
// faults, whenever somebody looks.
func TestLookingAmongWritersFindsNothing(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	dir := filepath.Join(top, "demo")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s, err := Open(Options{Dir: func(string) string { return dir }, Settle: time.Millisecond, Checkpoint: 5 * time.Millisecond, Poll: 5 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.full, s.deadMin = 20_000, 1000
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 3)
	write := func(set string, def func(i int) thingset.Def) {
		var err error
		for i := 0; err == nil && ctx.Err() == nil; i++ {
			if i%50 == 0 {
				err = s.Define(t.Context(), "demo", set, def(i))
			}
			id := fmt.Sprintf("r%02d", i*7%60)
			one := thingset.Write{Set: set, ID: id}
			if i%5 > 0 {
				one.Body = fmt.Appendf(nil, `{"id":%q,"n":%d,"text":%q}`, id, i, strings.Repeat("x", 300))
			}
			if err == nil {
				_, err = s.Commit(t.Context(), "demo", []thingset.Write{one})
			}
		}
		done <- err
	}
	unique := [][]string{{"n"}}
	go write("large", func(i int) thingset.Def {
		return thingset.Def{Loose: -1, Unique: unique[:i/50%2]}
	})
	go write("small", func(i int) thingset.Def { return thingset.Def{Loose: 20 + i/50%2*40, Unique: unique} })
	go func() { // a person
		for i := 0; ctx.Err() == nil; i++ {
			file := filepath.Join(dir, "small", "index", fmt.Sprintf("r%02d.json", i%60))
			if data, err := os.ReadFile(file); err == nil && json.Valid(data) {
				_ = os.WriteFile(file, append(bytes.TrimSpace(data), "  \n"...), 0o600)
			}
		}
		done <- nil
	}()
	for range 60 {
		if list := lookAt(t, s); len(list) != 0 {
			t.Errorf("%v", list)
			break
		}
	}
	stop()
	for range 3 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestADomainAnswersAfterARepair(t *testing.T) {
	t.Parallel()
	s, dir := looked(t)
	settleNow(t, s)
	flip(t, filepath.Join(dir, "large", "index", "pack-1.jsonl"), 50)
	if err := os.WriteFile(filepath.Join(dir, "accounts/index/r07.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	repaired := 0
	err := s.Verify("demo", true, func(f Fault) {
		if f.Repaired {
			repaired++
		}
	})
	if err != nil || repaired != 2 {
		t.Fatal(repaired, err)
	}
	if list := lookAt(t, s); len(list) != 0 {
		t.Error(list)
	}
	for set, want := range map[string]int{"accounts": 40, "large": 39} {
		if n, err := s.Count(t.Context(), "demo", set); err != nil || n != want {
			t.Errorf("%s: %d records, %v", set, n, err)
		}
	}
	if _, err := s.Find(t.Context(), "demo", "accounts", 0, "7"); err != nil {
		t.Error(err)
	}
	lookedPut(t, s, 7)
}

// A set of an open domain that nobody has loaded is files: what is wrong with them
// is told, unless somebody loads it meanwhile and that changes it.
func TestLookingAtASetThatNobodyHasLoaded(t *testing.T) {
	t.Parallel()
	first, dir := looked(t)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	s := lasting(t, filepath.Dir(dir), time.Hour)
	defer s.Close()
	if err := s.Define(t.Context(), "demo", "other", thingset.Def{}); err != nil {
		t.Fatal(err)
	}
	if list := lookAt(t, s); len(list) != 0 {
		t.Error(list)
	}
	file := filepath.Join(dir, "large", "index", "pack-1.jsonl")
	flip(t, file, 50)
	if list := lookAt(t, s); len(list) != 1 || !strings.HasSuffix(list[0].File, "pack-1.jsonl") {
		t.Error(list)
	}
	r, err := s.room("demo")
	if err != nil {
		t.Fatal(err)
	}
	v := &verifier{room: r, known: looking{r}, report: func(f Fault) { t.Error(f) }}
	if err := v.open(dir); err != nil {
		t.Fatal(err)
	}
	defer v.d.Close()
	packs, err := v.packs("large/index")
	if err != nil {
		t.Fatal(err)
	}
	c := &checkup{verifier: v, dir: "large/index", set: "large", names: packs}
	defer c.close()
	if err := c.open(); err != nil {
		t.Fatal(err)
	}
	if err := c.pack(c.views[0]); err != nil || len(c.hurt) != 1 {
		t.Fatal(c.hurt, err)
	}
	flip(t, file, 50) // it is mended before the second look
	if one, err := c.again(); one != nil || err != nil || len(c.hurt) != 0 {
		t.Error(one, err, c.hurt)
	}
	if err := s.Define(t.Context(), "demo", "large", thingset.Def{Loose: -1, Unique: [][]string{{"n"}}}); err != nil {
		t.Fatal(err)
	}
	if one, err := c.again(); one == nil || err != nil {
		t.Error("it is loaded by now", err)
	}
}

// A file that is being saved is not judged before nobody touches it any more.
func TestAFileThatIsSavedWhileItIsLookedAtIsLeftToAnotherLook(t *testing.T) {
	t.Parallel()
	s, dir := looked(t)
	settleNow(t, s)
	r, err := s.room("demo")
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	v := &verifier{room: r, known: looking{r}, report: func(Fault) { told++ }}
	if err := v.open(dir); err != nil {
		t.Fatal(err)
	}
	defer v.d.Close()
	o := &owns{verifier: v, dir: "accounts/index", set: "accounts", bad: map[string]*lastGood{"r07": {}}, was: map[string]rows.Stamp{}}
	file := filepath.Join(dir, "accounts/index/r07.json")
	for n, text := range []string{"", "{", `{"id":`} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if saved, err := o.again("r07"); !saved || err != nil || told > 0 {
			t.Errorf("look %d: %v %v, %d faults", n, saved, err, told)
		}
	}
	if saved, err := o.again("r07"); saved || err != nil || told != 1 {
		t.Errorf("nobody touched it: %v %v, %d faults", saved, err, told)
	}
}
