package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// Engine opens a store for the domains of a folder.
type Engine func(dir string) (thingset.Store, error)

// Options say where a backup goes.
type Options struct {
	Root     *domain.Root
	Engine   Engine
	Name     string // of the new domain; "" is its old one
	Size     int64  // of the file, for progress
	Progress Progress
	Note     func(path string, why domain.Text)
}

// Restore lays a domain out anew, aside, and puts it into its place when all of
// it has been read and every checksum was right. A domain of that name is
// e.domain.exists, and nothing is changed.
func Restore(ctx context.Context, r io.Reader, o Options) (name string, done Done, err error) {
	if o.Name != "" {
		if err := free(o); err != nil {
			return "", done, err
		}
	}
	aside := filepath.Join(o.Root.Dir(), ".carya", "new-"+domain.NewID())
	defer os.RemoveAll(aside)
	rs := &restoring{o: o, aside: aside, sets: map[string]bool{}}
	done, err = rs.run(ctx, r)
	if err != nil {
		return "", done, err
	}
	return rs.o.Name, done, rs.place()
}

// free holds that no domain has the name.
func free(o Options) error {
	if err := domain.CheckName(o.Name); err != nil {
		return err
	}
	if _, err := os.Lstat(filepath.Join(o.Root.Dir(), o.Name)); !errors.Is(err, fs.ErrNotExist) {
		return domain.E("e.domain.exists", o.Name)
	}
	return nil
}

// restoring is one restoration.
type restoring struct {
	o     Options
	aside string // a root of its own, in which the domain is made
	root  *domain.Root
	d     *domain.Domain
	store thingset.Store
	sets  map[string]bool // those that were declared, and whether they are plain
	count int
}

// run reads the archive into a domain aside, and closes it.
func (rs *restoring) run(ctx context.Context, r io.Reader) (done Done, err error) {
	defer func() { err = errors.Join(err, rs.close()) }()
	_, done, err = walk(ctx, r, func(rd *reader, h *tar.Header, body io.Reader) error {
		if rs.d == nil {
			if err := rs.open(rd.header); err != nil {
				return err
			}
		}
		if rs.count++; rs.o.Progress != nil {
			rs.o.Progress(rd.in.n, rs.o.Size, rs.count)
		}
		return rs.entry(ctx, h, body)
	})
	if err == nil && rs.d == nil {
		err = damaged(domain.Text{ZH: "备份是空的", EN: "the backup is empty"})
	}
	if err == nil {
		err = rs.check(ctx)
	}
	if err == nil {
		err = rs.leap(done)
	}
	return done, err
}

func (rs *restoring) open(h Header) (err error) {
	if rs.o.Name == "" {
		rs.o.Name = h.Domain
		if err := free(rs.o); err != nil {
			return err
		}
	}
	if rs.root, err = domain.OpenRoot(rs.aside, domain.RootOptions{Idle: -1, WatchDirs: -1}); err != nil {
		return err
	}
	if rs.store, err = rs.o.Engine(rs.aside); err != nil {
		return err
	}
	rs.d, err = rs.root.Create(rs.o.Name)
	return err
}

func (rs *restoring) close() (err error) {
	if rs.store != nil {
		err = rs.store.Close()
	}
	if rs.root != nil {
		err = errors.Join(err, rs.root.Close())
	}
	return err
}

func (rs *restoring) entry(ctx context.Context, h *tar.Header, body io.Reader) error {
	if p, ok := strings.CutPrefix(h.Name, filesDir); ok {
		return rs.file(strings.TrimSuffix(p, "/"), h, body)
	}
	data, err := io.ReadAll(body) // bounded by the reader's rules
	if err != nil {
		return err
	}
	if strings.HasPrefix(h.Name, recordsDir) {
		err = rs.records(ctx, h.Name, data)
	} else {
		err = rs.changes(ctx, h.Name, data)
	}
	if strings.HasPrefix(domain.CodeOf(err), "e.thing.") { // no store would hold such records
		return damaged(quoted(h.Name)+":", err)
	}
	return err
}

// file writes a file or makes a folder.
func (rs *restoring) file(p string, h *tar.Header, body io.Reader) error {
	files := rs.d.Files()
	if h.Typeflag == tar.TypeDir {
		return files.MkdirAll(p, fs.FileMode(h.Mode)&0o777|0o700)
	}
	if err := files.MkdirAll(path.Dir(p), 0o755); err != nil {
		return err
	}
	f, err := files.OpenFile(p, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fs.FileMode(h.Mode)&0o777|0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, body)
	if err = errors.Join(err, f.Close()); err == nil {
		err = files.Chtimes(p, h.ModTime, h.ModTime)
	}
	return err
}

// records puts the records of an entry into their set.
func (rs *restoring) records(ctx context.Context, name string, data []byte) error {
	head, rest, _ := bytes.Cut(data, []byte("\n"))
	var s setLine
	if json.Unmarshal(head, &s) != nil || !validSet(s.Set) {
		return damaged(domain.Textf("%v 不对应任何数据集", "%v names no set", quoted(name)))
	}
	var batch []thingset.Write
	for line := range bytes.Lines(rest) {
		body := bytes.Clone(bytes.TrimSuffix(line, []byte("\n")))
		id := thingset.Field(body, "id").String()
		if !json.Valid(body) || thingset.CheckID(id) != nil {
			return damaged(domain.Textf("%v 中有不是记录的内容", "%v holds what is no record", quoted(name)))
		}
		batch = append(batch, thingset.Write{Set: s.Set, ID: id, Body: body})
	}
	if err := rs.declare(ctx, s); err != nil {
		return err
	}
	return rs.commit(ctx, batch)
}

// declare tells the store of a set. Its unique keys wait for the end: while the
// changes have not been applied, records of different moments stand side by side.
func (rs *restoring) declare(ctx context.Context, s setLine) error {
	if _, known := rs.sets[s.Set]; known {
		return nil
	}
	if isTransient(s.Set) {
		return damaged(domain.Textf("数据集 %v 不应出现在备份中", "the set %v has no place in a backup", quoted(s.Set)))
	}
	rs.sets[s.Set] = s.Plain
	return rs.store.Define(ctx, rs.d.Name(), s.Set, thingset.Def{Plain: s.Plain})
}

// commitRows is how many records are committed at once.
const commitRows = 1000

func (rs *restoring) commit(ctx context.Context, batch []thingset.Write) error {
	for len(batch) > 0 {
		n := min(commitRows, len(batch))
		if _, err := rs.store.Commit(ctx, rs.d.Name(), batch[:n:n]); err != nil {
			return err
		}
		batch = batch[n:]
	}
	return nil
}

// changes applies the changes of an entry in order.
func (rs *restoring) changes(ctx context.Context, name string, data []byte) error {
	var batch []thingset.Write
	held := map[[2]string]bool{}
	flush := func() error {
		err := rs.commit(ctx, batch)
		batch, held = nil, map[[2]string]bool{}
		return err
	}
	for line := range bytes.Lines(data) {
		var c changeLine
		if json.Unmarshal(line, &c) != nil || !validSet(c.Set) || thingset.CheckID(c.ID) != nil {
			return damaged(domain.Textf("%v 中有不是变更的内容", "%v holds what is no change", quoted(name)))
		}
		if err := rs.declare(ctx, setLine{c.Set, isPlain(c.Set)}); err != nil {
			return err
		}
		key := [2]string{c.Set, c.ID}
		if held[key] || len(batch) == commitRows { // a record stands once in a commit
			if err := flush(); err != nil {
				return err
			}
		}
		held[key] = true
		batch = append(batch, thingset.Write{Set: c.Set, ID: c.ID, Body: c.Body})
	}
	return flush()
}

// validSet takes the paths of sets; "" is the domain itself.
func validSet(set string) bool { return set == "" || set != "." && fs.ValidPath(set) }

func isPlain(set string) bool {
	for _, p := range plainSets {
		if p.name == set {
			return true
		}
	}
	return false
}
