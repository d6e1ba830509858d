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

	"golang.org/x/sys/unix"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// Engine begins to lay out the sets of a new domain in its folder.
type Engine func(dir string) (Layer, error)

// Layer lays out the sets of a domain that nobody has open. Nothing counts before End.
type Layer interface {
	// Add takes a write in; a later one of the same record counts more. If says
	// thingset.Absent when there is none so far. The body is the caller's again.
	Add(w thingset.Write) error

	// Sets are the sets of which writes were added and that were not defined yet.
	Sets() []string

	// Define lays out the records of a set. When they break a unique key it is
	// e.thing.ukey.duplicated.
	Define(ctx context.Context, set string, def thingset.Def) error

	// End lets revisions go on behind one. Close gives everything back.
	End(rev thingset.Rev) error
	Close() error
}

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
		if err := o.Root.Vacant(o.Name); err != nil {
			return "", done, err
		}
	}
	aside := filepath.Join(o.Root.Dir(), ".carya", "new-"+domain.NewID())
	defer os.RemoveAll(aside)
	rs := &restoring{o: o, aside: aside, room: roomOf(o.Root.Dir())}
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
	rs := &restoring{o: o, aside: aside, room: roomOf(aside)}
	return rs.run(ctx, r)
}

// restoring is one restoration.
type restoring struct {
	o     Options
	aside string // a root of its own, in which the domain is made
	root  *domain.Root
	d     *domain.Domain
	layer Layer
	count int

	room   *room
	config bool    // the archive's domain.json has taken the place of the new one
	places *places // the reader's
}

// run reads the archive into a domain aside, and closes it.
func (rs *restoring) run(ctx context.Context, r io.Reader) (done Done, err error) {
	defer func() { err = errors.Join(err, rs.close()) }()
	_, done, err = walk(ctx, r, rs.room, func(rd *reader, h *tar.Header, body io.Reader) error {
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
		err = rs.define(ctx)
	}
	if err == nil {
		err = rs.leap(done)
	}
	return done, err
}

func (rs *restoring) open(h Header) (err error) {
	if rs.o.Name == "" {
		rs.o.Name = h.Domain
		if err := rs.o.Root.Vacant(rs.o.Name); err != nil {
			return err
		}
	}
	if rs.root, err = domain.OpenRoot(rs.aside, domain.RootOptions{Idle: -1, WatchDirs: -1}); err != nil {
		return err
	}
	if rs.d, err = rs.root.Create(rs.o.Name); err != nil {
		return err
	}
	rs.layer, err = rs.o.Engine(rs.d.Dir())
	return err
}

func (rs *restoring) close() (err error) {
	if rs.layer != nil {
		err = rs.layer.Close()
	}
	if rs.root != nil {
		err = errors.Join(err, rs.root.Close())
	}
	return err
}

func (rs *restoring) entry(ctx context.Context, h *tar.Header, body io.Reader) error {
	if err := rs.room.left(); err != nil {
		return err
	}
	if p, ok := strings.CutPrefix(h.Name, filesDir); ok {
		return rs.file(strings.TrimSuffix(p, "/"), h, body)
	}
	each := eachChange
	if strings.HasPrefix(h.Name, recordsDir) {
		each = eachRecord
	}
	err := each(h.Name, body, rs.places.set, rs.layer.Add)
	if code := domain.CodeOf(err); code == "e.json" || strings.HasPrefix(code, "e.thing.") { // no store would hold such records
		return damaged(quoted(h.Name)+":", err)
	}
	return err
}

// file writes a file or makes a folder. What the disk refuses is no fault of the backup.
func (rs *restoring) file(p string, h *tar.Header, body io.Reader) error {
	err := rs.lay(p, h, body)
	path, ok := errors.AsType[*fs.PathError](err)
	switch {
	case !ok:
		return err
	case errors.Is(err, fs.ErrExist), errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.EISDIR):
		return damaged(domain.Textf("%v 出现了两次，或位于文件之下", "%v is there twice, or below a file", quoted(h.Name)))
	case errors.Is(err, unix.ENAMETOOLONG), errors.Is(err, unix.EINVAL):
		return damaged(domain.Textf("%v 不能用作名字", "%v cannot be a name here", quoted(h.Name)))
	case path.Op == "read":
		return err
	}
	return domain.Wrap(path.Err, "e.store.write", quoted(h.Name))
}

func (rs *restoring) lay(p string, h *tar.Header, body io.Reader) error {
	files := rs.d.Files()
	if h.Typeflag == tar.TypeDir {
		return files.MkdirAll(p, fs.FileMode(h.Mode)&0o777|0o700)
	}
	if err := files.MkdirAll(path.Dir(p), 0o755); err != nil {
		return err
	}
	if p == configName && !rs.config {
		rs.config = true
		if err := files.Remove(p); err != nil {
			return err
		}
	}
	f, err := files.OpenFile(p, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fs.FileMode(h.Mode)&0o777|0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, body)
	if err = errors.Join(err, f.Close()); err == nil {
		err = files.Chtimes(p, h.ModTime, h.ModTime)
	}
	return err
}

// validSet takes the paths of sets; "" is the domain itself.
func validSet(set string) bool { return set == "" || set != "." && fs.ValidPath(set) }
