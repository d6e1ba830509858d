package backup

import (
	"archive/tar"
	"context"
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

// Try lays a backup out in a folder of its own below dir and takes it away again: an
// error says why Restore would refuse it. Of the options it needs Engine, Size and
// Progress.
func Try(ctx context.Context, r io.Reader, dir string, o Options) (done Done, err error) {
	aside, err := os.MkdirTemp(dir, ".carya-verify-")
	if err != nil {
		return done, err
	}
	defer os.RemoveAll(aside)
	o.Name, o.Note = "verified", func(string, domain.Text) {}
	rs := &restoring{o: o, aside: aside, sets: map[string]bool{}}
	return rs.run(ctx, r)
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

	places *places // the reader's
}

// run reads the archive into a domain aside, and closes it.
func (rs *restoring) run(ctx context.Context, r io.Reader) (done Done, err error) {
	defer func() { err = errors.Join(err, rs.close()) }()
	_, done, err = walk(ctx, r, func(rd *reader, h *tar.Header, body io.Reader) error {
		rs.places = rd.places
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
		err = rs.reopen()
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

// reopen has the engine begin anew: sets with unique keys are then made once, not
// beside what was declared without them.
func (rs *restoring) reopen() error {
	err := rs.store.Close()
	if rs.store = nil; err != nil {
		return err
	}
	rs.store, err = rs.o.Engine(rs.aside)
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
	each := eachChange
	if strings.HasPrefix(h.Name, recordsDir) {
		each = eachRecord
	}
	w := &commits{rs: rs, held: map[[2]string]bool{}}
	err := each(h.Name, body, func(s setLine) error { return rs.declare(ctx, s) }, func(one thingset.Write) error { return w.add(ctx, one) })
	if err == nil {
		err = w.flush(ctx)
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

// declare tells the store of a set. Its unique keys wait for the end: while the
// changes have not been applied, records of different moments stand side by side.
func (rs *restoring) declare(ctx context.Context, s setLine) error {
	if _, known := rs.sets[s.Set]; known {
		return nil
	}
	if err := rs.places.set(s); err != nil {
		return err
	}
	rs.sets[s.Set] = s.Plain
	def := thingset.Def{}
	if s.Plain {
		def = plainDef(s.Set)
	}
	return rs.store.Define(ctx, rs.d.Name(), s.Set, def)
}

// A commit of a restoration has at most so many records and bytes.
const (
	commitRows  = 1000
	commitBytes = 1 << 20
)

// commits gathers records into commits of bounded size.
type commits struct {
	rs    *restoring
	batch []thingset.Write
	held  map[[2]string]bool // what the batch has: a record stands once in a commit
	bytes int
}

func (w *commits) add(ctx context.Context, one thingset.Write) error {
	key := [2]string{one.Set, one.ID}
	if w.held[key] || len(w.batch) == commitRows || w.bytes > commitBytes {
		if err := w.flush(ctx); err != nil {
			return err
		}
	}
	w.held[key] = true
	w.batch = append(w.batch, one)
	w.bytes += len(one.Body)
	return nil
}

func (w *commits) flush(ctx context.Context) error {
	if len(w.batch) == 0 {
		return nil
	}
	_, err := w.rs.store.Commit(ctx, w.rs.d.Name(), w.batch)
	w.batch, w.bytes = nil, 0
	clear(w.held)
	return err
}

// validSet takes the paths of sets; "" is the domain itself.
func validSet(set string) bool { return set == "" || set != "." && fs.ValidPath(set) }
