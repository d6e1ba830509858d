package backup

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// change is what rewritten does to an entry.
type change = func(h *tar.Header, body []byte) (*tar.Header, []byte)

// in changes the entry of a name.
func in(name string, f func(h *tar.Header, body []byte) []byte) change {
	return func(h *tar.Header, b []byte) (*tar.Header, []byte) {
		if h.Name == name {
			b = f(h, b)
		}
		return h, b
	}
}

// as gives the page www/a another name, and a text.
func as(name, text string) change {
	return in("files/www/a", func(h *tar.Header, _ []byte) []byte {
		h.Name = name
		return []byte(text)
	})
}

// of gives the page www/a another type.
func of(kind byte) change {
	return in("files/www/a", func(h *tar.Header, _ []byte) []byte {
		h.Typeflag = kind
		return nil
	})
}

func recordsAre(text string) change {
	return in("records/000001.jsonl", func(*tar.Header, []byte) []byte { return []byte(text) })
}

// small is a backup of a domain with a set, a record and two pages.
func small(w *world) []byte {
	w.t.Helper()
	db := w.create("shop")
	w.write(db, "people/thing.json", `{uniqueKeys:[{name:"phone"}]}`)
	w.write(db, "www/a", "x")
	w.write(db, "www/b", "x")
	if _, err := w.set(db, "people").Create(w.t.Context(), []byte(`{"id":"a","phone":1}`)); err != nil {
		w.t.Fatal(err)
	}
	return w.take(db)
}

// repacked gives the tar file of a backup to f.
func repacked(t *testing.T, data []byte, f func(tar []byte) []byte) []byte {
	t.Helper()
	z, err := zstd.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	e, err := zstd.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Write(f(plain)); err != nil || e.Close() != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// refused holds that neither Verify nor Restore takes a backup, and that nothing is
// left of it.
func (w *world) refused(what string, data []byte, code, why string) {
	w.t.Helper()
	check := func(by string, err error) {
		w.t.Helper()
		if domain.CodeOf(err) != code || !strings.Contains(fmt.Sprint(err), why) {
			w.t.Errorf("%s: %s says %v, want %s, %q", what, by, err, code, why)
		}
		if strings.ContainsFunc(fmt.Sprint(err), func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }) {
			w.t.Errorf("%s: %s says what steers a terminal: %q", what, by, err)
		}
	}
	_, _, err := Verify(w.t.Context(), bytes.NewReader(data), w.root.Dir(), 0, nil)
	check("verify", err)
	w.notRestored(what, data, check)
}

func (w *world) notRestored(what string, data []byte, check func(by string, err error)) {
	w.t.Helper()
	_, err := w.restoreInto(data, "copy")
	check("restore", err)
	left, _ := filepath.Glob(filepath.Join(w.root.Dir(), ".carya", "new-*"))
	if _, err := os.Stat(filepath.Join(w.root.Dir(), "copy")); err == nil || len(left) > 0 {
		w.t.Errorf("%s: it left %v", what, left)
	}
}

func TestNoBackupBringsMoreThanItsRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	data := small(w)
	const damaged = "e.backup.damaged"
	for what, c := range map[string]struct {
		change change
		why    string
	}{
		"a device":                 {of(tar.TypeChar), "neither a file nor a folder"},
		"a disk":                   {of(tar.TypeBlock), "neither a file nor a folder"},
		"a FIFO":                   {of(tar.TypeFifo), "neither a file nor a folder"},
		"another's record":         {recordsAre("{\"set\":\"people\"}\n{\"id\":\"a\",\"x\":\"\xff\"}\n"), "holds what is no record"},
		"a record too large":       {recordsAre(`{"set":"people"}` + "\n" + `{"id":"a","x":"` + strings.Repeat("x", thingset.MaxRecord) + `"}`), "holds what is no record"},
		"a list as a record":       {recordsAre(`{"set":"people"}` + "\n" + `[{"id":"a"}]`), "holds what is no record"},
		"a change of another id":   {as("changes/000001.jsonl", `{"set":"people","id":"a","body":{"id":"b"}}`), "holds what is no change"},
		"a change to null":         {as("changes/000001.jsonl", `{"set":"people","id":"a","body":null}`), "holds what is no change"},
		"a change to a number":     {as("changes/000001.jsonl", `{"set":"people","id":"a","body":7}`), "holds what is no change"},
		"sessions in another case": {as("files/.Domain/SESSION/x/y", ""), "has no place"},
		"codes, a dot at the end":  {as("files/.domain/captcha./x", ""), "has no place"},
		"a journal in wide signs":  {as("files/.domain/ｊournal/1", ""), "has no place"},
		"a folder too deep":        {as("files/"+strings.Repeat("x/", domain.MaxDepth)+"x", ""), "lies too deep"},
		"a name that steers":       {as("files/../\x1b[2J\u009b", ""), "leads outside"},
		"a name behind one":        {in("files/www/a", func(h *tar.Header, _ []byte) []byte { h.Name = "files/www/\x1b[2J"; return nil }), ""},
	} {
		bad := rewritten(t, data, c.change)
		if what == "a name behind one" { // the file ends behind it
			bad = repacked(t, bad, func(b []byte) []byte { return b[:bytes.Index(b, []byte("files/www/b"))] })
		}
		w.refused(what, bad, damaged, c.why)
	}
}

// What shows only where a backup is laid out.
func TestNoFileOfABackupTakesThePlaceOfAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	data := small(w)
	for what, change := range map[string]change{
		"twice":                      as("files/www/b", "y"),
		"two definitions":            as("files/people/thing.json", "{}"),
		"below a file":               as("files/www/b/c", "y"),
		"a name that no system has":  as("files/www/"+strings.Repeat("x", 300), "y"),
		"a folder in a file's place": in("files/www/b", func(h *tar.Header, _ []byte) []byte { h.Name, h.Typeflag = "files/www/a/", tar.TypeDir; return nil }),
	} {
		w.notRestored(what, rewritten(t, data, change), func(_ string, err error) {
			if domain.CodeOf(err) != "e.backup.damaged" || strings.Contains(err.Error(), w.root.Dir()) {
				t.Errorf("%s: %v", what, err)
			}
		})
	}
}

// A sparse file, which tar gives as a plain one, is a giant of a few bytes.
func TestNoBackupHoldsASparseFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const name, fill = "GNU.sparse.", "XXX.sparse."
	bad := rewritten(t, small(w), in("files/www/a", func(h *tar.Header, _ []byte) []byte {
		h.Format, h.PAXRecords = tar.FormatPAX, map[string]string{
			fill + "major": "1", fill + "minor": "0", fill + "name": "files/www/a", fill + "realsize": fmt.Sprint(int64(math.MaxInt64)),
		}
		return append([]byte("0\n"), make([]byte, 510)...)
	}))
	bad = repacked(t, bad, func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(fill), []byte(name)) })
	w.refused("sparse", bad, "e.backup.damaged", "is a sparse file")
}

// What an archive declares must fit on the disk, with room to spare, before any of it is
// written.
func TestABackupThatUnpacksToTooMuchIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	data := small(w)
	var buf bytes.Buffer
	h := &tar.Header{Name: "files/www/a", Typeflag: tar.TypeReg, Mode: 0o600, Size: 1 << 60}
	if err := tar.NewWriter(&buf).WriteHeader(h); err != nil {
		t.Fatal(err)
	}
	giant := repacked(t, data, func(b []byte) []byte {
		at := bytes.Index(b, []byte("files/")) / 512 * 512
		return append(bytes.Clone(b[:at]), buf.Bytes()...)
	})
	w.refused("a giant", giant, "e.io.toolarge", "the disk has room for")

	for s, code := range map[space]string{
		{10_000, -1, 4096}: "e.io.toolarge", {math.MaxInt64, 4, 4096}: "e.io.toolarge",
		{400_000, -1, 4096}: "", {math.MaxInt64, 100, 4096}: "",
	} {
		_, _, err := verify(t.Context(), bytes.NewReader(data), &room{look: func() (space, error) { return s, nil }}, 0, nil)
		if domain.CodeOf(err) != code {
			t.Errorf("%v: %v", s, err)
		}
	}
}

// Others keep their part of the disk also when it fills up meanwhile.
func TestRestoringEndsBeforeTheDiskIsFull(t *testing.T) {
	t.Parallel()
	n := int64(0)
	r := &room{look: func() (space, error) { n++; return space{bytes: 1_000_000 / n, names: -1, block: 1}, nil }}
	if err := r.take(1, 1); err != nil {
		t.Fatal(err)
	}
	var err error
	for i := 0; i < 100 && err == nil; i++ {
		err = r.left()
	}
	wantCode(t, err, "e.io.toolarge")
}

func TestNothingFollowsAManifest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	data := small(w)
	w.refused("zeros behind the end", repacked(t, data, func(b []byte) []byte { return append(b, make([]byte, 2<<20)...) }), "e.backup.damaged", "more behind the manifest")
	more := rewritten(t, data, func(h *tar.Header, b []byte) (*tar.Header, []byte) { return h, b })
	more = repacked(t, more, func(b []byte) []byte {
		at := bytes.LastIndex(b, []byte(manifestName)) / 512 * 512
		var out bytes.Buffer
		tr := tar.NewReader(bytes.NewReader(b[at:]))
		h, err := tr.Next()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		tw := tar.NewWriter(&out)
		h.Size = int64(len(text) + 4)
		if err := tw.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write(append(text, "more"...)); err != nil || tw.Close() != nil {
			t.Fatal(err)
		}
		return append(bytes.Clone(b[:at]), out.Bytes()...)
	})
	w.refused("a manifest that goes on", more, "e.backup.damaged", "goes on behind its end")
}

// A revision beyond all that come would leave no next one.
func TestNoBackupComesFromTheFarFuture(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	data := small(w)
	for _, rev := range []uint64{math.MaxUint64, math.MaxUint64 - 1<<16, maxRevision + 1} {
		bad := repacked(t, data, func(b []byte) []byte { return withRevision(t, b, rev) })
		w.refused(fmt.Sprint(rev), bad, "e.backup.damaged", "no domain comes to revision")
	}
	good := repacked(t, data, func(b []byte) []byte { return withRevision(t, b, maxRevision-1<<20) })
	db, err := w.restoreInto(good, "copy")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.set(db, "people").Create(t.Context(), []byte(`{"id":"b","phone":2}`)); err != nil {
		t.Error(err)
	}
}

// withRevision has a tar file say that its domain was at a revision.
func withRevision(t *testing.T, b []byte, rev uint64) []byte {
	t.Helper()
	at := bytes.LastIndex(b, []byte(manifestName)) / 512 * 512
	tr := tar.NewReader(bytes.NewReader(b[at:]))
	h, err := tr.Next()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(tr)
	if err != nil {
		t.Fatal(err)
	}
	from := bytes.LastIndex(text, []byte(`"revision":`)) + len(`"revision":`)
	to := from + bytes.IndexByte(text[from:], ',')
	text = fmt.Appendf(nil, "%s%d%s", text[:from], rev, text[to:])
	var out bytes.Buffer
	tw := tar.NewWriter(&out)
	h.Size = int64(len(text))
	if err := tw.WriteHeader(h); err != nil {
		t.Fatal(err)
	}
	if _, err := tw.Write(text); err != nil || tw.Close() != nil {
		t.Fatal(err)
	}
	return append(bytes.Clone(b[:at]), out.Bytes()...)
}

// What is harmless stays what it is: files that say nothing, where they lie.
func TestWhatABackupBringsMeansNothingBeyondItsDomain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	data := small(w)
	n := 0
	for name, text := range map[string]string{
		"files/operator.json": `{domains:{copy:{hosts:["x.example.com"]}}}`, "files/.carya/operator.json": `{domains:{copy:{hosts:["x.example.com"]}}}`,
		"files/.carya/key": "0123456789abcdef", "files/people/data/a/thing.json": `{}`, "files/people/DATA/a/thing.json": `{}`,
		"files/people/data/a/.regapi/api/x": "echo x", "files/people/data/a/.meta.json": `{id:"x",site:true}`,
	} {
		n++
		db, err := w.restoreInto(rewritten(t, data, as(name, text)), fmt.Sprint("copy", n))
		if err != nil {
			t.Fatal(name, err)
		}
		if got, err := os.ReadFile(filepath.Join(db.Domain().Dir(), strings.TrimPrefix(name, filesDir))); err != nil || string(got) != text {
			t.Errorf("%s: %q %v", name, got, err)
		}
		if sets := db.Paths(); len(sets) != 1 || sets[0] != "people" {
			t.Errorf("%s: the sets are %v", name, sets)
		}
		if sites := db.Domain().Sites(); len(sites) != 0 {
			t.Errorf("%s: the sites are %v", name, sites)
		}
		if _, err := os.Stat(filepath.Join(w.root.Dir(), ".carya", "operator.json")); err == nil {
			t.Errorf("%s: it became the operator's", name)
		}
	}
}

// A definition that cannot be read is told of, and comes as it was.
func TestABackupMayHoldADefinitionThatIsBroken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	data := small(w)
	for i, text := range []string{`{fields:[{key:"a",validate:{regex:"(("}}]}`, `{uniqueKeys:7}`, strings.Repeat("[", 5000), "\xff", `{fields:[{key:"a",validate:{regex:"` + strings.Repeat("(a{900}){900}", 9) + `"}}]}`} {
		o, notes := w.options(fmt.Sprint("copy", i)), []string{}
		o.Note = func(path string, _ domain.Text) { notes = append(notes, path) }
		_, _, err := Restore(t.Context(), bytes.NewReader(rewritten(t, data, as("files/odd/thing.json", text))), o)
		if err != nil || len(notes) != 1 || notes[0] != "~/odd" {
			t.Errorf("%.40q: %v %v", text, notes, err)
		}
	}
}

// Whatever stands in a tar file, Verify gives an error that says why, or takes it.
func FuzzVerifyOfAnything(f *testing.F) {
	var buf bytes.Buffer
	z, err := zstd.NewWriter(&buf)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { z.Close() })
	seed := func(entries ...[2]string) {
		var buf bytes.Buffer
		tw := tar.NewWriter(&buf)
		for _, e := range entries {
			if err := tw.WriteHeader(&tar.Header{Name: e[0], Mode: 0o600, Size: int64(len(e[1])), Format: tar.FormatPAX}); err != nil {
				f.Fatal(err)
			}
			if _, err := tw.Write([]byte(e[1])); err != nil {
				f.Fatal(err)
			}
		}
		f.Add(buf.Bytes())
	}
	head := [2]string{headerName, `{"format":"carya-backup","version":1,"domain":"a"}`}
	seed(head, [2]string{"files/a", "x"}, [2]string{"files/小/白", "x"}, [2]string{manifestName, "{}\n"})
	seed(head, [2]string{"records/1", `{"set":"a"}` + "\n" + `{"id":"a"}`}, [2]string{"changes/1", `{"set":"a","id":"a"}`})
	f.Fuzz(func(t *testing.T, data []byte) {
		buf.Reset()
		z.Reset(&buf)
		if _, err := z.Write(data); err != nil || z.Close() != nil {
			t.Fatal(err)
		}
		_, _, err := verify(t.Context(), &buf, &room{look: func() (space, error) { return space{1 << 30, 1000, 4096}, nil }}, 0, nil)
		if code := domain.CodeOf(err); err != nil && !strings.HasPrefix(code, "e.backup.") && code != "e.io.toolarge" {
			t.Errorf("%s %v", code, err)
		}
	})
}

// Whatever one entry is, a backup with it is laid out in the domain or refused.
func FuzzRestoreOfAnyEntry(f *testing.F) {
	for _, s := range []struct{ name, body string }{
		{"files/www/a", "x"}, {"files/../x", ""}, {"files/.domain/session/x", ""}, {"files/people/index/pack-1.jsonl", ""},
		{"files/x/thing.json", "{}"}, {"records/2", `{"set":"people"}` + "\n" + `{"id":"b"}`}, {"records/2", `{"set":".domain/seq","plain":true}` + "\n" + `{"id":"b"}`},
		{"changes/2", `{"set":"people","id":"a","body":{"id":"a"}}`}, {"changes/2", `{"set":"people","id":"a"}`}, {"files/.domain/domain.json", "{hosts:7}"},
	} {
		f.Add(s.name, byte(tar.TypeReg), s.body)
	}
	f.Fuzz(func(t *testing.T, name string, kind byte, body string) {
		w := newWorld(t)
		data := small(w)
		h := &tar.Header{Name: name, Typeflag: kind, Mode: 0o600, Size: int64(len(body)), Format: tar.FormatPAX}
		if tar.NewWriter(io.Discard).WriteHeader(h) != nil || h.Size > 0 && kind != tar.TypeReg {
			t.Skip()
		}
		bad := rewritten(t, data, func(h *tar.Header, b []byte) (*tar.Header, []byte) {
			if h.Name == "files/www/a" {
				h.Name, h.Typeflag, b = name, kind, []byte(body)
			}
			return h, b
		})
		_, _, err := Restore(t.Context(), bytes.NewReader(bad), w.options("copy"))
		if code := domain.CodeOf(err); err != nil && !strings.HasPrefix(code, "e.backup.") && code != "e.io.toolarge" {
			t.Errorf("%s %v", code, err)
		}
		for _, dir := range []string{w.root.Dir(), filepath.Join(w.root.Dir(), ".carya")} {
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if n := e.Name(); !strings.Contains(" shop copy .carya lock secret.key ", " "+n+" ") {
					t.Errorf("%s holds %s", dir, n)
				}
			}
		}
	})
}
