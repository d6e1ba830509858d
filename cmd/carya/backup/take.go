package backup

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
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
	t := &taking{db: db, b: b, progress: progress, note: note}
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
	schemas  map[string]string // of each ThingSet, the thing.json that counts
	config   bool              // domain.json was written by counting
	written  []string          // broken files, under their new names
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
		if err := t.set(ctx, s); err != nil && !t.went(s, err) {
			return err
		}
	}
	if rev, err = t.end(ctx); err == nil {
		err = changes.stop(rev)
	}
	if err != nil {
		return err
	}
	t.done.Revision, t.chunks = uint64(rev), 0
	c := &chunks{b: t.b, dir: changesDir, n: &t.chunks}
	return errors.Join(changes.each(func(set string, line []byte) error {
		if _, known := t.schemas[set]; !known && !isPlain(set) {
			return nil // it came and went meanwhile
		}
		t.done.Changes++
		return c.add(line)
	}), c.flush())
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
	if err := t.counting(); err != nil {
		return err
	}
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
		case isTransient(p) || isIn(p, plainSets):
			return skipped(e)
		}
		if set, ok := t.recordsOf(p); ok {
			if err := t.beside(ctx, set, p, e); err != nil {
				return err
			}
			return skipped(e)
		}
		if t.isSchema(p) {
			return skipped(e) // it was written by counting
		}
		return t.entry(p, e)
	})
}

func skipped(e fs.DirEntry) error {
	if e.IsDir() {
		return fs.SkipDir
	}
	return nil
}

func (t *taking) entry(p string, e fs.DirEntry) error {
	switch {
	case !utf8.ValidString(p) || strings.ContainsAny(p, "\\\x00"):
		t.note(p, domain.Text{ZH: "名字不是文本", EN: "its name is no text"})
		return skipped(e)
	case domain.Path(p).Depth() > domain.MaxDepth:
		t.note(p, domain.Text{ZH: "目录过深", EN: "it lies too deep"})
		return skipped(e)
	case len(filesDir)+len(p) > maxName:
		t.note(p, domain.Text{ZH: "路径过长", EN: "its path is too long"})
		return skipped(e)
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
