package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore"
)

// world is a root with its engine.
type world struct {
	t     *testing.T
	root  *domain.Root
	store thingset.Store
}

func engine(dir string) (thingset.Store, error) {
	return filestore.Open(filestore.Options{Dir: func(dom string) string { return filepath.Join(dir, dom) }})
}

func layer(dir string) (Layer, error) { return filestore.Build(dir) }

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	s, err := engine(dir)
	if err != nil {
		t.Fatal(err)
	}
	root, err := domain.OpenRoot(dir, domain.RootOptions{OnClose: func(d *domain.Domain) { s.(*filestore.Store).CloseDomain(d.Name()) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close(); s.Close() })
	return &world{t, root, s}
}

func (w *world) create(name string) *thingset.DB {
	w.t.Helper()
	d, err := w.root.Create(name)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.db(d)
}

func (w *world) db(d *domain.Domain) *thingset.DB {
	return thingset.NewDB(d, w.store).RunScripts(nil, slog.New(slog.DiscardHandler))
}

func (w *world) write(db *thingset.DB, path, text string) {
	w.t.Helper()
	if err := db.Domain().Tree(domain.Owner).WriteFile(domain.Path(path), []byte(text)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) set(db *thingset.DB, path string) *thingset.Set {
	w.t.Helper()
	s, err := db.Set(w.t.Context(), domain.Path(path))
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) take(db *thingset.DB) []byte {
	w.t.Helper()
	var buf bytes.Buffer
	if _, err := Take(w.t.Context(), db, &buf, nil, func(path string, why domain.Text) { w.t.Log(path, why) }); err != nil {
		w.t.Fatal(err)
	}
	return buf.Bytes()
}

func (w *world) options(name string) Options {
	return Options{Root: w.root, Engine: layer, Name: name, Note: func(string, domain.Text) {}}
}

// records are a set's records by id.
func (w *world) records(db *thingset.DB, set string) map[string]string {
	w.t.Helper()
	out := map[string]string{}
	for rec, err := range db.Store().Scan(w.t.Context(), db.Domain().Name(), set, thingset.Range{}) {
		if err != nil {
			w.t.Fatal(err)
		}
		out[rec.ID] = string(rec.Body)
	}
	return out
}

// listing is every file that is no record, with its content and mode.
func (w *world) listing(db *thingset.DB) map[string]string {
	w.t.Helper()
	out := map[string]string{}
	files := db.Domain().Files().FS()
	err := fs.WalkDir(files, ".", func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if isTransient(p) || e.Name() == "index" || p == ".domain/seq" || p == thingset.LinksPath {
			return fs.SkipDir
		}
		fi, err := e.Info()
		if err != nil || e.IsDir() {
			out[p] = "folder"
			return err
		}
		data, err := fs.ReadFile(files, p)
		out[p] = fmt.Sprintf("%v %v %s", fi.Mode(), fi.ModTime().Truncate(1e9).UTC(), data)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if got := domain.CodeOf(err); got != code {
		t.Fatalf("got %q (%v), want %q", got, err, code)
	}
}

// filled is a domain with things, files, a sequence and a page.
func filled(w *world) *thingset.DB {
	db := w.create("shop")
	w.write(db, "people/thing.json", `{uniqueKeys:[{name:"phone"}]}`)
	w.write(db, "www/index.html", "<h1>小白</h1>")
	w.write(db, "www/big.bin", strings.Repeat("0123456789", 100_000))
	w.write(db, ".regapi/api/hello", "echo hello")
	w.write(db, ".domain/session/x/secret", "no")
	s := w.set(db, "people")
	var docs [][]byte
	for i := range 2500 {
		docs = append(docs, fmt.Appendf(nil, `{"nm":"<p%d>\n","phone":%d}`, i, i))
	}
	if _, err := s.CreateAll(w.t.Context(), docs); err != nil {
		w.t.Fatal(err)
	}
	if _, err := s.Serial(w.t.Context(), thingset.Serial{Name: "no", For: "a"}); err != nil {
		w.t.Fatal(err)
	}
	return db
}

func TestADomainComesBackAsItWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := filled(w)
	data := w.take(db)
	if _, done, err := Verify(t.Context(), bytes.NewReader(data), w.root.Dir(), 0, nil); err != nil || done.Records != 2502 {
		t.Fatal(done, err)
	}
	_, err := w.restoreInto(data, "shop")
	wantCode(t, err, "e.domain.exists")
	copied, err := w.restoreInto(data, "copy")
	if err != nil {
		t.Fatal(err)
	}
	if a, b := w.listing(db), w.listing(copied); !maps.Equal(a, b) {
		t.Errorf("the files differ:\n%v\n%v", slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b)))
	}
	if a, b := w.records(db, "people"), w.records(copied, "people"); len(a) != 2500 || !maps.Equal(a, b) {
		t.Error("the records differ")
	}
	if _, err := copied.Domain().Files().Stat(".domain/session/x/secret"); err == nil {
		t.Error("sessions came back")
	}
	for _, c := range [][2]string{{"a", "1"}, {"b", "2"}} {
		if got, err := w.set(copied, "people").Serial(t.Context(), thingset.Serial{Name: "no", For: c[0]}); got != c[1] || err != nil {
			t.Errorf("the sequence gives %s for %s, %v", got, c[0], err)
		}
	}
	if _, err := w.set(copied, "people").Create(t.Context(), []byte(`{"phone":7}`)); domain.CodeOf(err) != "e.thing.ukey.duplicated" {
		t.Errorf("the unique key does not hold: %v", err)
	}
}

func (w *world) restoreInto(data []byte, name string) (*thingset.DB, error) {
	name, _, err := Restore(w.t.Context(), bytes.NewReader(data), w.options(name))
	if err != nil {
		return nil, err
	}
	d, err := w.root.Domain(name)
	if err != nil {
		w.t.Fatal(err)
	}
	db := w.db(d)
	for _, p := range db.Paths() {
		w.set(db, string(p))
	}
	return db, nil
}

func TestABackupUnderLoadIsOfOneRevision(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.create("shop")
	w.write(db, "a/thing.json", `{uniqueKeys:[{name:"v"}]}`)
	w.write(db, "b/thing.json", `{uniqueKeys:[{name:"v"}]}`)
	w.set(db, "a")
	w.set(db, "b")
	const pairs = 300
	// each commit gives a pair of things, one in each set, the same new values, and
	// swaps the unique values of two pairs
	commit := func(i, v, n int) {
		j := i + 1
		doc := func(id string, v int) []byte { return fmt.Appendf(nil, `{"id":%q,"v":%d,"n":%d}`, id, v, n) }
		x, y := fmt.Sprintf("x%03d", i), fmt.Sprintf("x%03d", j)
		if _, err := db.Commit(context.Background(),
			thingset.Write{Set: "a", ID: x, Body: doc(x, v)}, thingset.Write{Set: "b", ID: x, Body: doc(x, v)},
			thingset.Write{Set: "a", ID: y, Body: doc(y, i+j-v)}, thingset.Write{Set: "b", ID: y, Body: doc(y, i+j-v)}); err != nil {
			t.Error(err)
		}
	}
	for i := 0; i < pairs; i += 2 {
		commit(i, i, 0)
	}
	backups := func() (list [][]byte) {
		var stop atomic.Bool
		var wg sync.WaitGroup
		defer wg.Wait()
		defer stop.Store(true)
		for range 4 {
			wg.Go(func() {
				for n := 1; !stop.Load(); n++ {
					i := n * 2 % pairs
					commit(i, i+n/(pairs/2)%2, n) // the next time round they swap
				}
			})
		}
		for range 3 {
			list = append(list, w.take(db))
		}
		return list
	}()
	for i, data := range backups {
		name := fmt.Sprintf("copy%d", i)
		copied, err := w.restoreInto(data, name)
		if err != nil {
			t.Fatal(err)
		}
		a, b := w.records(copied, "a"), w.records(copied, "b")
		if len(a) != pairs || !maps.Equal(a, b) {
			t.Errorf("%s: %d and %d records, or pairs that differ", name, len(a), len(b))
		}
	}
}

func TestADamagedFileIsRefusedAndNothingIsMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := filled(w)
	data := w.take(db)
	check := func(what string, bad []byte) {
		t.Helper()
		_, _, err := Verify(t.Context(), bytes.NewReader(bad), w.root.Dir(), 0, nil)
		if code := domain.CodeOf(err); code != "e.backup.damaged" && code != "e.backup.format" {
			t.Errorf("%s: verify says %v", what, err)
		}
		if _, err = w.restoreInto(bad, "copy"); !strings.HasPrefix(domain.CodeOf(err), "e.backup.") {
			t.Errorf("%s: restore says %v", what, err)
		}
	}
	for _, at := range []int{0, 1, 100, len(data) / 3, len(data) / 2, len(data) - 5} {
		bad := bytes.Clone(data)
		bad[at] ^= 0x10
		check(fmt.Sprint("flipped at ", at), bad)
	}
	for _, n := range []int{0, 3, 1000, len(data) / 2, len(data) - 1} {
		check(fmt.Sprint("cut to ", n), data[:n])
	}
	check("no backup", []byte("hello"))
	if _, err := os.Stat(filepath.Join(w.root.Dir(), "copy")); err == nil {
		t.Error("a domain was made")
	}
	left, err := filepath.Glob(filepath.Join(w.root.Dir(), ".carya", "new-*"))
	if len(left) > 0 || err != nil {
		t.Error("left:", left, err)
	}
}

// rewritten unpacks a backup, lets f change its entries, and packs it with right
// sums again: what an attacker would send.
func rewritten(t *testing.T, data []byte, f func(h *tar.Header, body []byte) (*tar.Header, []byte)) []byte {
	t.Helper()
	z, err := zstd.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	in := tar.NewReader(z)
	var out bytes.Buffer
	zw, err := zstd.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	tw, sum, entries := tar.NewWriter(zw), sha256.New(), 0
	var lines bytes.Buffer
	add := func(h *tar.Header, body []byte) {
		h.Size = int64(len(body))
		if err := tw.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write(body); err != nil {
			t.Fatal(err)
		}
	}
	for {
		h, err := in.Next()
		if err == io.EOF || h.Name == manifestName {
			break
		}
		body, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		if h, body = f(h, body); h == nil {
			continue
		}
		add(h, body)
		entries++
		s := sha256.Sum256(body)
		line, _ := json.Marshal(sumLine{h.Name, h.Size, hex.EncodeToString(s[:])})
		lines.Write(append(line, '\n'))
	}
	sum.Write(lines.Bytes())
	last, _ := json.Marshal(summary{Done{Entries: entries}, hex.EncodeToString(sum.Sum(nil))})
	add(&tar.Header{Name: manifestName, Mode: 0o600, Typeflag: tar.TypeReg}, append(append(lines.Bytes(), last...), '\n'))
	tw.Close()
	zw.Close()
	return out.Bytes()
}

func TestHostileBackupsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.create("shop")
	w.write(db, "people/thing.json", `{uniqueKeys:[{name:"phone"}]}`)
	w.write(db, "www/a", "x")
	w.set(db, "people")
	if _, err := w.set(db, "people").Create(t.Context(), []byte(`{"id":"a","phone":1}`)); err != nil {
		t.Fatal(err)
	}
	data := w.take(db)
	rename := func(to string) func(*tar.Header, []byte) (*tar.Header, []byte) {
		return func(h *tar.Header, b []byte) (*tar.Header, []byte) {
			if h.Name == "files/www/a" {
				h.Name = to
			}
			return h, b
		}
	}
	records := func(text string) func(*tar.Header, []byte) (*tar.Header, []byte) {
		return func(h *tar.Header, b []byte) (*tar.Header, []byte) {
			if h.Name == "records/000001.jsonl" {
				b = []byte(text)
			}
			return h, b
		}
	}
	behind := func(to string) func(*tar.Header, []byte) (*tar.Header, []byte) { // its thing.json comes last
		return func(h *tar.Header, b []byte) (*tar.Header, []byte) {
			switch h.Name {
			case "files/people/thing.json":
				h.Name = to
			case "files/www/a":
				h.Name = "files/people/thing.json"
				b = []byte("{}")
			}
			return h, b
		}
	}
	for what, f := range map[string]func(*tar.Header, []byte) (*tar.Header, []byte){
		"pack": rename("files/people/index/pack-1.jsonl"), "keys": rename("files/people/index/pack-1.keys"),
		"hidden pack": rename("files/people/index/.pack-1.jsonl"), "record file": rename("files/people/index/b.json"),
		"conflict": rename("files/people/index/a.conflict-1.json"), "temporary": rename("files/people/index/.tmp-1"),
		"nested": rename("files/people/index/x/y"), "nested copy": rename("files/people/index/x/.a.json.broken"),
		"a file as index": rename("files/people/index"), "pack before thing.json": behind("files/people/index/pack-1.jsonl"),
		"sequence": rename("files/.domain/seq/a"), "pack of sequences": rename("files/.domain/seq/.pack-1.jsonl"),
		"links": rename("files/.domain/weixin/pack-1.jsonl"), "receivers": rename("files/.domain/receiver/a"),
		"a file as sequences": rename("files/.domain/seq"),
		"set without schema":  records(`{"set":"other"}` + "\n" + `{"id":"a"}`),
		"set of endpoints":    records(`{"set":".regapi/api","plain":true}` + "\n" + `{"id":"a"}`),
		"plain set":           records(`{"set":"people","plain":true}` + "\n" + `{"id":"thing.json"}`),
		"sequences as a set":  records(`{"set":".domain/seq"}` + "\n" + `{"id":"a"}`),
		"set in a set":        records(`{"set":"people/index"}` + "\n" + `{"id":"a"}`),
		"climbs":              rename("files/../../x"), "climbs within": rename("files/www/../../../x"), "absolute": rename("/etc/x"),
		"absolute below": rename("files//etc/x"), "backslash": rename(`files/www\..\x`), "unknown": rename("other/x"),
		"session": rename("files/.domain/session/x"), "journal": rename("files/.domain/journal/1"), "the root": rename("files/."),
		"link": func(h *tar.Header, b []byte) (*tar.Header, []byte) {
			if h.Name == "files/www/a" {
				h.Typeflag, h.Linkname, b = tar.TypeSymlink, "/etc", nil
			}
			return h, b
		},
		"hard link": func(h *tar.Header, b []byte) (*tar.Header, []byte) {
			if h.Name == "files/www/a" {
				h.Typeflag, h.Linkname, b = tar.TypeLink, "header.json", nil
			}
			return h, b
		},
		"no header": func(h *tar.Header, b []byte) (*tar.Header, []byte) {
			if h.Name == headerName {
				return nil, nil
			}
			return h, b
		},
		"other version": func(h *tar.Header, b []byte) (*tar.Header, []byte) {
			return h, bytes.Replace(b, []byte(`"version":1`), []byte(`"version":9`), 1)
		},
		"bad set":         records(`{"set":"../x"}` + "\n" + `{"id":"a"}`),
		"set of sessions": records(`{"set":".domain/session/x","plain":true}` + "\n" + `{"id":"a"}`),
		"no record":       records(`{"set":"people"}` + "\n" + `{"id":"../a"}`),
		"no JSON":         records(`{"set":"people"}` + "\n" + `{"id":"a"`),
		"taken value":     records(`{"set":"people"}` + "\n" + `{"id":"a","phone":1}` + "\n" + `{"id":"b","phone":1}`),
	} {
		bad := rewritten(t, data, f)
		if what != "taken value" { // that shows only where it is laid out
			_, _, err := Verify(t.Context(), bytes.NewReader(bad), w.root.Dir(), 0, nil)
			if !strings.HasPrefix(domain.CodeOf(err), "e.backup.") {
				t.Errorf("%s: verify says %v", what, err)
			}
		}
		if _, err := w.restoreInto(bad, "copy"); !strings.HasPrefix(domain.CodeOf(err), "e.backup.") {
			t.Errorf("%s: %v", what, err)
		}
	}
	for i, to := range []string{
		"files/www/b", "files/people/index/.b.json.broken", "files/www/index/pack-1.jsonl", "files/people/data/a/index/pack-1.jsonl",
		"files/people/data/a/thing.json", "files/.domain/seq2/a", "files/people/Index2/pack-1.jsonl",
	} {
		if _, err := w.restoreInto(rewritten(t, data, rename(to)), fmt.Sprint("copy", i)); err != nil {
			t.Errorf("a good one, %s: %v", to, err)
		}
	}
	for _, name := range []string{"../x", "A", ".carya", "a/b"} {
		_, err := w.restoreInto(data, name)
		wantCode(t, err, "e.domain.name")
	}
}

func TestABackupThatIsCanceledEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := filled(w)
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	_, err := Take(ctx, db, io.Discard, func(int64, int64, int) {
		if n++; n == 100 {
			cancel()
		}
	}, func(string, domain.Text) {})
	if err == nil {
		t.Error("it went on to its end")
	}
}

// A backup that is taken while links follow a change has what is still to be
// copied: the restored domain goes on with it.
func TestABackupHasWhatLinksHaveStillToDo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.create("shop")
	w.write(db, "people/thing.json", `{linkKeys:[{set:"~/orders",by:{uid:"id"},copy:{buyer:"nm"}}]}`)
	w.write(db, "orders/thing.json", `{}`)
	people, orders := w.set(db, "people"), w.set(db, "orders")
	for set, doc := range map[*thingset.Set]string{people: `{"id":"p","nm":"ann"}`, orders: `{"id":"o","uid":"p","buyer":"ann"}`} {
		if _, err := set.Create(t.Context(), []byte(doc)); err != nil {
			t.Fatal(err)
		}
	}
	stopped := thingset.NewDB(db.Domain(), &onlyOnce{Store: w.store}).RunScripts(nil, slog.New(slog.DiscardHandler))
	if _, err := w.set(stopped, "people").Update(t.Context(), "p", []byte(`{"nm":"eve"}`)); err != nil {
		t.Fatal(err)
	}
	if left := w.records(db, thingset.LinksPath); len(left) != 1 {
		t.Fatalf("to be done: %v", left)
	}
	data := w.take(db)
	copied, err := w.restoreInto(data, "copy")
	if err != nil {
		t.Fatal(err)
	}
	if err := copied.FollowLinks(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rec, err := w.set(copied, "orders").Get(t.Context(), "o"); err != nil || thingset.Field(rec.Body, "buyer").Str != "eve" {
		t.Errorf("%s, %v", rec.Body, err)
	}
}

// onlyOnce is a store that takes one commit, and then refuses as a full disk does.
type onlyOnce struct {
	thingset.Store
	n atomic.Int64
}

func (s *onlyOnce) Commit(ctx context.Context, dom string, batch []thingset.Write) (thingset.Rev, error) {
	if len(batch) > 0 && s.n.Add(1) > 1 {
		return 0, domain.E("e.store.write")
	}
	return s.Store.Commit(ctx, dom, batch)
}
