package backup

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// Progress is told how far a backup, a check or a restoration has come: bytes of
// total (0: unknown), and the number of records and files.
type Progress func(done, total int64, count int)

// Take writes a domain, which may be in use. note is told of what is left out
// beside the transient: links, devices, names that are no text. progress may be
// nil.
func Take(ctx context.Context, db *thingset.DB, w io.Writer, progress Progress, note func(path string, why domain.Text)) (Done, error) {
	made := time.Now().UTC().Truncate(time.Second)
	b, err := newWriter(w, made)
	if err != nil {
		return Done{}, err
	}
	defer b.close()
	t := &taking{db: db, b: b, progress: progress, note: note, stored: map[string]bool{}}
	header, err := json.Marshal(Header{format, version, db.Domain().Name(), made})
	if err == nil {
		err = b.bytes(headerName, header)
	}
	if err == nil {
		err = t.records(ctx)
	}
	if err == nil {
		err = t.files(ctx)
	}
	if err == nil {
		err = b.finish(&t.done)
	}
	return t.done, err
}

// taking is one backup.
type taking struct {
	db       *thingset.DB
	b        *writer
	done     Done
	chunks   int
	count    int
	total    int
	stored   map[string]bool // sets whose records come from the store
	progress Progress
	note     func(path string, why domain.Text)
}

func (t *taking) tell() {
	if t.count++; t.progress != nil {
		t.progress(int64(t.count), int64(max(t.total, t.count)), t.count)
	}
}

// records writes the records as they are read, and then what changed meanwhile.
func (t *taking) records(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sets, err := t.sets(ctx)
	if err != nil {
		return err
	}
	rev, err := t.db.Commit(ctx)
	if err != nil {
		return err
	}
	changes, err := follow(ctx, t.db, rev)
	if err != nil {
		return err
	}
	defer changes.file.Close()
	for _, s := range sets {
		if err := t.set(ctx, s); err != nil {
			return err
		}
	}
	if rev, err = t.db.Commit(ctx); err == nil {
		err = changes.stop(rev)
	}
	if err != nil {
		return err
	}
	t.done.Revision, t.done.Changes, t.chunks = uint64(rev), changes.lines, 0
	c := &chunks{b: t.b, dir: changesDir, n: &t.chunks}
	return errors.Join(changes.each(c.add), c.flush())
}

// sets are what the store keeps. One whose thing.json is broken is saved as the
// files that it consists of.
func (t *taking) sets(ctx context.Context) (out []setLine, err error) {
	dom := t.db.Domain().Name()
	for _, p := range t.db.Paths() {
		if _, err := t.db.Set(ctx, p); domain.CodeOf(err) == "e.thing.schema" {
			t.note(p.String(), domain.Text{ZH: "thing.json 有错：文件原样保存", EN: "thing.json is broken: its files are saved as they are"})
			continue
		} else if err != nil {
			return nil, err
		}
		out = append(out, setLine{Set: string(p)})
	}
	for _, s := range plainSets {
		if _, err := t.db.Plain(ctx, domain.Path(s.name), s.def); err != nil {
			return nil, err
		}
		out = append(out, setLine{s.name, true})
	}
	for _, s := range out {
		t.stored[s.Set] = true
		n, err := t.db.Store().Count(ctx, dom, s.Set)
		if err != nil {
			return nil, err
		}
		t.total += n
	}
	return out, nil
}

func (t *taking) set(ctx context.Context, s setLine) error {
	c := &chunks{b: t.b, dir: recordsDir, head: headLine(s), n: &t.chunks}
	for rec, err := range t.db.Store().Scan(ctx, t.db.Domain().Name(), s.Set, thingset.Range{}) {
		if err == nil {
			err = c.add(rec.Body)
		}
		if err != nil {
			return err
		}
		t.done.Records++
		t.tell()
	}
	return c.flush()
}

// files writes the domain's files and folders, but for what the store keeps and
// what is transient.
func (t *taking) files(ctx context.Context) error {
	root := t.db.Domain().Files()
	return fs.WalkDir(root.FS(), ".", func(p string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // it went meanwhile
		case err != nil:
			return err
		case ctx.Err() != nil:
			return thingset.Canceled(ctx)
		case p == "." || leftover(e.Name()):
			return nil
		case e.IsDir() && t.skips(p):
			return fs.SkipDir
		}
		return t.entry(p, e)
	})
}

// skips tells folders whose content is saved as records, or not at all.
func (t *taking) skips(p string) bool {
	dir, name := path.Split(p)
	return isTransient(p) || t.stored[p] && strings.HasPrefix(p, ".") || name == "index" && t.stored[strings.TrimSuffix(dir, "/")]
}

func (t *taking) entry(p string, e fs.DirEntry) error {
	switch {
	case !utf8.ValidString(p) || strings.ContainsAny(p, "\\\x00"):
		t.note(p, domain.Text{ZH: "名字不是文本", EN: "its name is no text"})
		if e.IsDir() {
			return fs.SkipDir
		}
		return nil
	case !e.IsDir() && !e.Type().IsRegular():
		t.note(p, domain.Text{ZH: "既不是文件也不是目录", EN: "it is neither a file nor a folder"})
		return nil
	}
	f, err := t.db.Domain().Files().Open(p)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	t.tell()
	if !e.IsDir() {
		return t.b.file(filesDir+p, f)
	}
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	return t.b.dir(filesDir+p, fi)
}
