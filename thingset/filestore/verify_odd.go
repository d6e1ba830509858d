package filestore

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
)

// What is no folder in the place of the journal's own folders, and no file in that of a
// segment, nobody has written: it is moved away before anything else is looked at.

var (
	noFolder   = domain.Text{ZH: "不是目录", EN: "it is no folder"}
	notRegular = domain.Text{ZH: "不是普通文件", EN: "it is no regular file"}
)

// odd reports such places and with repair moves away what is there. unread says that the
// journal cannot be read for it.
func (v *verifier) odd() (unread bool, err error) {
	for _, dir := range []string{journal.Dir, tmpDir, journal.DroppedDir} {
		if !isOdd(v.d, dir, true) {
			continue
		}
		if err := v.moveOdd(dir, noFolder); err != nil {
			return false, err
		}
		unread = unread || dir == journal.Dir && !v.repair
	}
	if unread {
		return true, nil
	}
	list, err := journal.Segments(v.d)
	if err != nil {
		return false, nil // who reads the journal tells it
	}
	for _, n := range list {
		if !isOdd(v.d, journal.SegmentFile(n), false) {
			continue
		}
		if err := v.moveOdd(journal.SegmentFile(n), notRegular); err != nil {
			return false, err
		}
		unread = unread || !v.repair
	}
	return unread, nil
}

// isOdd reports whether something is there that is no folder, or no regular file. Links
// within the domain are followed.
func isOdd(d *disk.Disk, name string, folder bool) bool {
	fi, err := d.Root().Lstat(name)
	if err != nil {
		return false
	}
	if fi.Mode()&fs.ModeSymlink != 0 {
		if fi, err = d.Root().Stat(name); err != nil {
			return true
		}
	}
	return folder != fi.IsDir() || !folder && !fi.Mode().IsRegular()
}

// oddAbove is what is there and is no folder in the place of a folder, or of one above it.
func oddAbove(d *disk.Disk, dir string) (name string, ok bool) {
	if above := path.Dir(dir); above != "." {
		if name, ok = oddAbove(d, above); ok {
			return name, true
		}
	}
	return dir, isOdd(d, dir, true)
}

// moveOdd reports an odd place, after it was seen to that nothing has the name it goes to.
func (v *verifier) moveOdd(name string, what domain.Text) error {
	f := Fault{File: name, Offset: -1, Msg: what, Repaired: v.repair}
	if !v.repair {
		f.add("；carya doctor --repair 会将其移开", "; carya doctor --repair moves it away")
		v.report(f)
		return nil
	}
	kept, err := v.d.Free(oddName(name))
	if err != nil {
		return err
	}
	f.add("；已移至 ~/%s", "; moved away to ~/%s", kept)
	v.report(f)
	if err := errors.Join(v.d.Rename(name, kept), v.d.SyncDir(path.Dir(name))); err != nil {
		return domain.Wrap(err, "e.store.write", name)
	}
	return nil
}

// oddName is a name that means nothing to the engine.
func oddName(name string) string {
	return path.Join(path.Dir(name), fmt.Sprintf("damaged-%s.kept", path.Base(name)))
}

// unreadable reports what keeps a set from being verified, so that the others are; err is
// nil then. An error of writing stays one.
func (v *verifier) unreadable(set string, err error) error {
	unread, ok := errors.AsType[*unreadError](err)
	if f, leads := v.linkOut(err); leads && (ok || domain.CodeOf(err) == "e.store.damaged") {
		v.report(f)
		return nil
	}
	if ok {
		v.report(Fault{File: unread.dir, Offset: -1, Msg: domain.Textf("读不出该目录：%v", "the folder cannot be read: %v", unread.err)})
		return nil
	}
	if domain.CodeOf(err) == "e.store.damaged" {
		v.report(Fault{File: set, Offset: -1, Msg: domain.TextOf(domain.AsError(err))})
		return nil
	}
	return err
}

// linkOut says which link keeps something from being read because it leads out of the domain;
// ok is false when err is of another kind.
func (v *verifier) linkOut(err error) (f Fault, ok bool) {
	refused, ok := errors.AsType[*fs.PathError](err)
	if !ok || !domain.Escapes(err) {
		return f, false
	}
	return Fault{File: linkIn(v.d, refused.Path), Offset: -1,
		Msg: domain.Text{ZH: "这里是指向域外的链接：请删除它，并放回原来的文件或目录", EN: "a link that leads out of the domain lies in its place: remove it, and put back what was there"}}, true
}

// linkIn is the first part of a path that leads out of the domain.
func linkIn(d *disk.Disk, name string) string {
	for i, c := range name + "/" {
		if c != '/' {
			continue
		}
		if _, err := d.Root().Stat(name[:i]); domain.Escapes(err) {
			return name[:i]
		}
	}
	return name
}
