package backup

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// byHand writes a file past the domain, as its owner does.
func (w *world) byHand(db *thingset.DB, path, text string) {
	w.t.Helper()
	file := filepath.Join(w.root.Dir(), db.Domain().Name(), path)
	err := os.MkdirAll(filepath.Dir(file), 0o755)
	if err == nil {
		err = os.WriteFile(file, []byte(text), 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) read(db *thingset.DB, path string) string {
	w.t.Helper()
	data, err := db.Domain().Tree(domain.Owner).ReadFile(domain.Path(path))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(data)
}

// noted is a backup, and what it told of.
func (w *world) noted(db *thingset.DB) (data []byte, notes []string) {
	w.t.Helper()
	var buf bytes.Buffer
	if _, err := Take(w.t.Context(), db, &buf, nil, func(path string, _ domain.Text) { notes = append(notes, path) }); err != nil {
		w.t.Fatal(err)
	}
	if _, _, err := Verify(w.t.Context(), bytes.NewReader(buf.Bytes()), w.root.Dir(), 0, nil); err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(notes)
	return buf.Bytes(), notes
}

// Everything that the last good version of holds a broken file off is saved as that
// version, with the broken file beside it.
func TestABackupHoldsTheVersionsThatCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.create("shop")
	const good, config = `{uniqueKeys:[{name:"phone"}]}`, `{defaults:{lang:"en"}}`
	w.write(db, "people/thing.json", good)
	w.write(db, "rows/thing.json", good)
	w.write(db, ".domain/domain.json", config)
	for _, set := range []string{"people", "rows"} {
		if _, err := w.set(db, set).CreateAll(t.Context(), [][]byte{[]byte(`{"id":"a","phone":1}`), []byte(`{"id":"b","phone":2}`)}); err != nil {
			t.Fatal(err)
		}
	}
	if db.Domain().Config().Lang != domain.EN {
		t.Fatal("the configuration does not count")
	}
	if err := db.Store().CloseDomain("shop"); err != nil { // all own files are there
		t.Fatal(err)
	}
	db = w.db(db.Domain())
	w.set(db, "people")
	w.set(db, "rows")
	const broken = `{uniqueKeys:[{`
	w.byHand(db, "people/thing.json", broken)
	w.byHand(db, ".domain/domain.json", broken)
	w.byHand(db, "rows/index/a.json", `{"id":"a",`)           // no JSON
	w.byHand(db, "rows/index/b.json", `{"id":"b","phone":1}`) // a value that another one has
	data, notes := w.noted(db)
	want := []string{"~/.domain/domain.json", "~/people/thing.json", "~/rows/index/a.json", "~/rows/index/b.json"}
	if !slices.Equal(notes, want) {
		t.Errorf("told of %q, want %q", notes, want)
	}
	copied, err := w.restoreInto(data, "copy")
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{
		"people/thing.json": good, "people/.thing.json.broken": broken,
		".domain/domain.json": config, ".domain/.domain.json.broken": broken,
		"rows/index/.a.json.broken": `{"id":"a",`, "rows/index/.b.json.broken": `{"id":"b","phone":1}`,
	} {
		if got := w.read(copied, path); got != text {
			t.Errorf("%s holds %q, want %q", path, got, text)
		}
	}
	for _, set := range []string{"people", "rows"} {
		if a, b := w.records(db, set), w.records(copied, set); len(a) != 2 || !maps.Equal(a, b) {
			t.Errorf("%s: %v, want %v", set, b, a)
		}
	}
	if again, notes := w.noted(copied); len(notes) > 0 {
		t.Errorf("the copy tells of %q", notes)
	} else if _, err := w.restoreInto(again, "copy2"); err != nil {
		t.Errorf("a backup of the copy: %v", err)
	}
}

// A set whose thing.json never was good, in this run, is saved with its records, also
// with those that are in the journal alone.
func TestABackupHoldsTheRecordsOfABrokenSet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.create("shop")
	w.write(db, "people/thing.json", `{uniqueKeys:[{name:"phone"}]}`)
	if _, err := w.set(db, "people").Create(t.Context(), []byte(`{"id":"a","phone":1}`)); err != nil {
		t.Fatal(err)
	}
	if err := db.Store().CloseDomain("shop"); err != nil {
		t.Fatal(err)
	}
	w.byHand(db, "people/thing.json", `{uniqueKeys:[{`)
	db = w.db(db.Domain())
	data, notes := w.noted(db)
	if want := []string{"~/people"}; !slices.Equal(notes, want) {
		t.Errorf("told of %q", notes)
	}
	name, done, err := Restore(t.Context(), bytes.NewReader(data), w.options("copy"))
	if err != nil || done.Records != 1 {
		t.Fatal(name, done, err)
	}
	d, err := w.root.Domain("copy")
	if err != nil {
		t.Fatal(err)
	}
	copied := w.db(d)
	_, err = copied.Set(t.Context(), "people")
	wantCode(t, err, "e.thing.schema")
	w.write(copied, "people/thing.json", `{uniqueKeys:[{name:"phone"}]}`)
	if rec, err := w.set(copied, "people").Get(t.Context(), "a"); err != nil || string(rec.Body) == "" {
		t.Error(rec, err)
	}
}

// What the domain keeps of WeChat's people and of messages comes back, and is kept as it was.
func TestPlainSetsComeBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.create("shop")
	kept, gone := []domain.Path{".domain/weixin", ".domain/delivery", ".domain/spent"}, domain.Path(".domain/receiver")
	for _, p := range append(slices.Clone(kept), gone) {
		set, err := db.Plain(t.Context(), p, thingset.Def{Loose: -1})
		if err == nil {
			_, err = set.Put(t.Context(), "x", []byte(`{"id":"x","uid":"y"}`), 0)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	data, _ := w.noted(db)
	copied, err := w.restoreInto(data, "copy")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range append(slices.Clone(kept), gone) {
		set, err := copied.Plain(t.Context(), p, thingset.Def{Loose: -1})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := set.Count(t.Context()); err != nil || (n == 1) != (p != gone) {
			t.Errorf("%s: %d records, %v", p, n, err)
		}
	}
}

// A backup leaves out what a restoration would refuse, and says so.
func TestWhatIsSavedIsTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.create("shop")
	w.write(db, "people/thing.json", `{}`)
	w.byHand(db, "people/data/a/media/thing.json", "an upload") // from a time when it was taken
	w.write(db, "people/data/a/media/index/pack-1.jsonl", "an upload")
	w.write(db, "www/index/pack-1.jsonl", "a page")
	w.set(db, "people")
	if _, err := w.set(db, "people").Create(t.Context(), []byte(`{"id":"a"}`)); err != nil {
		t.Fatal(err)
	}
	w.byHand(db, "people/index/a.conflict-7.json", `{"id":"a"}`)
	data, notes := w.noted(db)
	for _, want := range []string{"~/people/index/a.conflict-7.json"} {
		if !slices.Contains(notes, want) {
			t.Errorf("nothing was told of %s: %q", want, notes)
		}
	}
	copied, err := w.restoreInto(data, "copy")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"people/data/a/media/thing.json", "people/data/a/media/index/pack-1.jsonl", "www/index/pack-1.jsonl"} {
		w.read(copied, path)
	}
}

// To try a backup is to lay it out: it finds what Verify cannot, and leaves nothing.
func TestTryFindsWhatRestoreWouldRefuse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.create("shop")
	w.write(db, "people/thing.json", `{uniqueKeys:[{name:"phone"}]}`)
	if _, err := w.set(db, "people").Create(t.Context(), []byte(`{"id":"a","phone":1}`)); err != nil {
		t.Fatal(err)
	}
	data, _ := w.noted(db)
	dir := t.TempDir()
	if done, err := Try(t.Context(), bytes.NewReader(data), dir, Options{Engine: layer}); err != nil || done.Records != 1 {
		t.Error(done, err)
	}
	bad := rewritten(t, data, func(h *tar.Header, b []byte) (*tar.Header, []byte) {
		if h.Name == "records/000001.jsonl" {
			b = append(b, `{"id":"b","phone":1}`...)
		}
		return h, b
	})
	if _, _, err := Verify(t.Context(), bytes.NewReader(bad), w.root.Dir(), 0, nil); err != nil {
		t.Fatal(err)
	}
	_, err := Try(t.Context(), bytes.NewReader(bad), dir, Options{Engine: layer})
	wantCode(t, err, "e.backup.damaged")
	if left, err := os.ReadDir(dir); len(left) > 0 || err != nil {
		t.Error("left:", left, err)
	}
}

// The records of a set are saved also while something that is no file lies in the
// place of its thing.json; nothing is saved silently without them.
func TestABackupHoldsTheRecordsOfASetWhoseSchemaIsNoFile(t *testing.T) {
	t.Parallel()
	const good = `{uniqueKeys:[{name:"phone"}]}`
	for name, put := range map[string]func(file string) error{
		"folder": func(file string) error { return os.MkdirAll(file+"/sub", 0o755) },
		"link":   func(file string) error { return os.Symlink("/nowhere/thing.json", file) },
		"pipe":   func(file string) error { return unix.Mkfifo(file, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			db := w.create("shop")
			w.write(db, "people/thing.json", good)
			if _, err := w.set(db, "people").Create(t.Context(), []byte(`{"id":"a","phone":1}`)); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(w.root.Dir(), "shop/people/thing.json")
			if err := errors.Join(os.Remove(file), put(file)); err != nil {
				t.Fatal(err)
			}
			data, notes := w.noted(db)
			if want := []string{"~/people/thing.json"}; !slices.Equal(notes, want) {
				t.Errorf("told of %q, want %q", notes, want)
			}
			copied, err := w.restoreInto(data, "copy")
			if err != nil {
				t.Fatal(err)
			}
			if got := w.records(copied, "people"); len(got) != 1 {
				t.Errorf("the copy has %v", got)
			}
			if got := w.read(copied, "people/thing.json"); got != good {
				t.Errorf("thing.json is %q", got)
			}
			if err := db.Store().CloseDomain("shop"); err != nil {
				t.Fatal(err)
			}
			// no good version is known any more
			if _, err := Take(t.Context(), w.db(db.Domain()), io.Discard, nil, func(string, domain.Text) {}); err == nil {
				t.Error("a backup without the records of a set is said to be one")
			}
		})
	}
}

// A file that the engine is about to write over is none that somebody has broken, though
// its unique value is another thing's by now.
func TestAFileThatIsBehindIsNotTakenForBroken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.create("shop")
	w.write(db, "people/thing.json", `{uniqueKeys:[{name:"v"}]}`)
	w.set(db, "people")
	commit := func(x, y int) {
		t.Helper()
		var batch []thingset.Write
		for id, v := range map[string]int{"x": x, "y": y} {
			batch = append(batch, thingset.Write{Set: "people", ID: id, Body: fmt.Appendf(nil, `{"id":%q,"v":%d}`, id, v)})
		}
		if _, err := db.Commit(t.Context(), batch...); err != nil {
			t.Fatal(err)
		}
	}
	commit(1, 2)
	file := filepath.Join(w.root.Dir(), "shop/people/index/x.json")
	for !strings.Contains(read(file), `"v": 1`) {
		time.Sleep(time.Millisecond)
	}
	commit(2, 1)
	if _, notes := w.noted(db); len(notes) > 0 {
		t.Errorf("told of %q", notes)
	}
	w.byHand(db, "people/index/x.json", `{"id":"x","v":`)
	if _, notes := w.noted(db); !slices.Equal(notes, []string{"~/people/index/x.json"}) {
		t.Errorf("told of %q", notes)
	}
}

func read(file string) string {
	text, _ := os.ReadFile(file)
	return string(text)
}
