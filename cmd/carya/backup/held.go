package backup

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset"
)

// A file that somebody has broken by hand does not count while the server has its
// last good version. The backup holds that version, and the file beside it.

const (
	brokenSuffix = ".broken"
	configName   = ".domain/domain.json"
)

// brokenName is where the broken file of a path goes.
func brokenName(p string) string {
	dir, name := path.Split(p)
	return dir + "." + name + brokenSuffix
}

// isBrokenCopy reports whether a name in a folder of records is that of a broken
// record file, which counts for nothing.
func isBrokenCopy(name string) bool {
	return strings.HasPrefix(name, ".") && strings.HasSuffix(name, ".json"+brokenSuffix)
}

// counting writes every thing.json that counts, and domain.json when its last good
// version does.
func (t *taking) counting() error {
	for _, set := range slices.Sorted(maps.Keys(t.schemas)) {
		p, text := below(set, thingset.SchemaFile), t.schemas[set]
		held := func() bool {
			s, err := t.db.Set(context.Background(), domain.Path(set))
			if domain.CodeOf(err) == "e.thing.schema" {
				t.note(domain.Path(set).String(), domain.Text{ZH: "thing.json 有错，原样保存", EN: "thing.json is broken and saved as it is"})
			}
			if err != nil {
				return false
			}
			_, held, err := s.Source(context.Background())
			return err == nil && held
		}
		if err := t.good(p, []byte(text), held()); err != nil {
			return err
		}
	}
	if text := t.db.Domain().ConfigText(); text != nil {
		t.config = true
		return t.good(configName, text, true)
	}
	return nil
}

// isSchema reports whether counting has written a file.
func (t *taking) isSchema(p string) bool {
	if p == configName {
		return t.config
	}
	dir, name := path.Split(p)
	_, ok := t.schemas[strings.TrimSuffix(dir, "/")]
	return ok && name == thingset.SchemaFile
}

// good writes the version of a file that counts; held also the file itself, under
// another name.
func (t *taking) good(p string, text []byte, held bool) error {
	t.tell()
	f, fi, err := t.regular(p)
	if f == nil && held {
		t.note(domain.Path(p).String(), domain.Text{ZH: "无法作为文件读取，保存的是之前的正确版本", EN: "it cannot be read as a file: the last good version is saved"})
		return t.b.bytes(filesDir+p, text)
	}
	if err != nil {
		return err
	}
	if f == nil { // it went meanwhile
		return t.b.bytes(filesDir+p, text)
	}
	defer f.Close()
	if err := t.b.text(filesDir+p, text, fi); err != nil || !held {
		return err
	}
	return t.broken(p, f)
}

// broken writes a broken file beside the good one.
func (t *taking) broken(p string, f fs.File) error {
	to := brokenName(p)
	t.note(domain.Path(p).String(), domain.Textf("有错，保存的是之前的正确版本；这个文件保存为 %v", "it is broken: the last good version is saved, and this file as %v", domain.Path(to).String()))
	t.written = append(t.written, to)
	return t.b.file(filesDir+to, f)
}

// regular opens a regular file; it is nil when there is none.
func (t *taking) regular(p string) (fs.File, fs.FileInfo, error) {
	f, err := t.db.Domain().Tree(domain.Owner).Open(domain.Path(p))
	if code := domain.CodeOf(err); code == "e.io.obj.noexists" || code == "e.io.obj.isdir" {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	fi, err := f.Stat()
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, fi, nil
}

// recordsOf is the set whose folder of records a path is.
func (t *taking) recordsOf(p string) (set string, ok bool) {
	dir, name := path.Split(p)
	if name != "index" {
		return "", false
	}
	set = strings.TrimSuffix(dir, "/")
	// a set that was made since counts too: its files are not of this revision
	return set, isSet(set, func(set string) bool {
		if _, ok := t.schemas[set]; ok {
			return true
		}
		fi, err := t.db.Domain().Files().Stat(below(set, thingset.SchemaFile))
		return err == nil && fi.Mode().IsRegular()
	})
}

// beside writes what lies beside the records of a set and is none: files that
// somebody has broken by hand.
func (t *taking) beside(ctx context.Context, set, p string, e fs.DirEntry) error {
	if !e.IsDir() {
		t.note(domain.Path(p).String(), domain.Text{ZH: "占着记录目录的位置", EN: "it lies where the folder of records belongs"})
		return nil
	}
	entries, err := fs.ReadDir(t.db.Domain().Files().FS(), p)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var list []suspect
	for _, e := range entries {
		if err == nil {
			list, err = t.suspects(ctx, list, set, p+"/"+e.Name(), e)
		}
	}
	if err != nil {
		return err
	}
	return t.suspected(ctx, list)
}

// suspect is a record's own file that does not count as it is: somebody has broken it, or
// it shows a version that the engine is about to write over.
type suspect struct {
	set, id, path string
	seen          fs.FileInfo
}

// suspects adds what lies in a folder of records, if it does not count.
func (t *taking) suspects(ctx context.Context, list []suspect, set, p string, e fs.DirEntry) ([]suspect, error) {
	id, isJSON := strings.CutSuffix(e.Name(), ".json")
	switch {
	case ctx.Err() != nil:
		return nil, thingset.Canceled(ctx)
	case !e.Type().IsRegular():
		return list, nil
	case isBrokenCopy(e.Name()):
		if slices.Contains(t.written, p) {
			return list, nil // a newer one took its name
		}
		return list, t.entry(p, e)
	case isJSON && strings.Contains(id, ".conflict-"):
		t.note(domain.Path(p).String(), domain.Text{ZH: "冲突副本，不保存", EN: "a kept conflict is not saved"})
		return list, nil
	case !isJSON || thingset.CheckID(id) != nil || strings.HasPrefix(id, "."):
		return list, nil
	}
	s := suspect{set: set, id: id, path: p}
	var err error
	if s.seen, err = t.look(ctx, s); s.seen == nil || err != nil {
		return list, err
	}
	return append(list, s), nil
}

// The engine has a record in its file within 0.2 s, so a suspect is looked at again after
// twice that, and a few times more as long as it changes: then it is being written to.
const (
	suspectWait  = 400 * time.Millisecond
	suspectLooks = 5
)

// suspected writes those that stay as they are and do not count.
func (t *taking) suspected(ctx context.Context, list []suspect) error {
	for range suspectLooks {
		if len(list) == 0 {
			return nil
		}
		select {
		case <-time.After(suspectWait):
		case <-ctx.Done():
			return thingset.Canceled(ctx)
		}
		var changed []suspect
		for _, s := range list {
			now, err := t.look(ctx, s)
			switch {
			case err != nil:
				return err
			case now == nil:
			case os.SameFile(now, s.seen) && now.ModTime().Equal(s.seen.ModTime()) && now.Size() == s.seen.Size():
				if err := t.brokenFile(s.path); err != nil {
					return err
				}
			default:
				s.seen = now
				changed = append(changed, s)
			}
		}
		list = changed
	}
	return nil
}

// look looks at a record's own file; it gives nothing when there is none, or it counts.
func (t *taking) look(ctx context.Context, s suspect) (fs.FileInfo, error) {
	f, fi, err := t.regular(s.path)
	if f == nil || err != nil {
		return nil, err
	}
	defer f.Close()
	if t.counts(ctx, s.set, s.id, f, fi) {
		return nil, nil
	}
	return fi, nil
}

func (t *taking) brokenFile(p string) error {
	f, _, err := t.regular(p)
	if f == nil || err != nil {
		return err
	}
	defer f.Close()
	return t.broken(p, f)
}

// maxOwn is the most that is read of a record's own file, in bytes.
const maxOwn = 32 << 20

// counts reports whether a record's own file is one that the engine takes: a
// record of that id that keeps the rules of its set.
func (t *taking) counts(ctx context.Context, set, id string, f io.Reader, fi fs.FileInfo) bool {
	if fi.Size() > maxOwn {
		return false
	}
	text, err := io.ReadAll(io.LimitReader(f, maxOwn))
	if err != nil {
		return false
	}
	body, err := relaxed.ToJSON(string(text))
	if err != nil || !gjson.ParseBytes(body).IsObject() || thingset.Field(body, "id").String() != id {
		return false
	}
	body = relaxed.AppendCompact(nil, body)
	rec, err := t.db.Store().Get(ctx, t.db.Domain().Name(), set, id)
	if err == nil && string(relaxed.AppendCompact(nil, rec.Body)) == string(body) {
		return true
	}
	return t.db.CheckRecord(set, body) == nil && t.isFree(ctx, set, id, body)
}

// isFree reports whether no other record has a unique value of this one.
func (t *taking) isFree(ctx context.Context, set, id string, body []byte) bool {
	s, err := t.db.Set(ctx, domain.Path(set))
	if err != nil {
		return true
	}
	for k := range s.Def().Unique {
		values, ok := thingset.UniqueValues(s.Def(), k, body)
		if !ok {
			continue
		}
		if rec, err := t.db.Store().Find(ctx, t.db.Domain().Name(), set, k, values...); err == nil && rec.ID != id {
			return false
		}
	}
	return true
}
