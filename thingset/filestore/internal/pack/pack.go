package pack

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// Pack is one pack. Its methods are called by one goroutine at a time, but Data
// may be read by anybody.
type Pack struct {
	N    int
	Data *disk.File
	Tag  uint16 // the caller's

	// Live are the bytes of lines and entries that count (Cost): the
	// caller's to keep.
	Live int64

	d      *disk.Disk
	dir    string
	hidden bool
	fresh  bool   // no checkpoint knows of it yet
	def    []byte // the last one in the key file
	size   int64  // of the lines that entries tell of
	keys   *disk.File
	keyed  int64 // size of the key file as far as it counts
	torn   bool  // there may be more, which does not count

	unsynced bool // since the last Sync something was written
	sealed   bool // the key file is to be closed once it is synced
	lost     bool // a sync by Write has failed: what was written before is perhaps lost too
}

// Full is how long a pack's lines get.
const Full = 64 << 20

func (p *Pack) path(ext string) string {
	if p.fresh {
		ext = newExt + ext
	}
	return p.dir + "/" + file(p.N, p.hidden, ext)
}

// DataFile is the path of the lines below the domain's folder, KeyFile that of
// the keys.
func (p *Pack) DataFile() string { return p.path("jsonl") }

// KeyFile is the path of the keys.
func (p *Pack) KeyFile() string { return p.path("keys") }

// Size is the size of the lines that count.
func (p *Pack) Size() int64 { return p.size }

// Keyed is the size of the key file as far as it counts.
func (p *Pack) Keyed() int64 { return p.keyed }

// Dead is about how many bytes do not count any more; it is rather too low.
func (p *Pack) Dead() int64 { return max(0, p.size+p.keyed-p.Live) }

// Hidden reports whether the names are those of a small set.
func (p *Pack) Hidden() bool { return p.hidden }

// Def is the definition by which the last keys were made, nil when there are none.
func (p *Pack) Def() []byte { return p.def }

// Create begins a pack. Until Listed is called nothing of it counts when the set
// is loaded again.
func Create(d *disk.Disk, dir string, n int, hidden bool) (*Pack, error) {
	return create(d, dir, n, hidden, true)
}

func create(d *disk.Disk, dir string, n int, hidden, fresh bool) (*Pack, error) {
	p := &Pack{N: n, d: d, dir: dir, hidden: hidden, fresh: fresh}
	var err error
	if p.keys, err = d.OpenFile(p.KeyFile(), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600); err != nil {
		return nil, err
	}
	if p.Data, err = d.OpenFile(p.DataFile(), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600); err != nil {
		p.keys.Close()
		_ = d.Remove(p.KeyFile()) // else the next one gets another number
		return nil, err
	}
	return p, nil
}

// Open opens a pack for reading its entries.
func Open(d *disk.Disk, dir string, name Name) (*Pack, error) {
	p := &Pack{N: name.N, d: d, dir: dir, hidden: name.Hidden, fresh: name.New}
	if err := p.align(); err != nil {
		return nil, err
	}
	var err error
	if p.Data, err = d.OpenFile(p.DataFile(), d.Mode(), 0); err != nil {
		return nil, domain.Wrap(err, "e.store.damaged", p.DataFile())
	}
	return p, nil
}

// align gives the key file the name that goes with the lines': a crash may have
// come between.
func (p *Pack) align() error {
	for _, from := range p.spellings("keys") {
		if _, err := p.d.Lstat(from); err == nil {
			if from == p.KeyFile() {
				return nil
			}
			return p.d.Rename(from, p.KeyFile())
		}
	}
	return domain.E("e.store.damaged", domain.Textf("缺少 %v", "%v is missing", p.KeyFile()))
}

// spellings are the paths that a file of the pack may have, the right one first.
func (p *Pack) spellings(ext string) []string {
	return []string{
		p.path(ext),
		p.dir + "/" + file(p.N, p.hidden, ext), p.dir + "/" + file(p.N, !p.hidden, ext),
		p.dir + "/" + file(p.N, p.hidden, newExt+ext), p.dir + "/" + file(p.N, !p.hidden, newExt+ext),
	}
}

// Close gives the files back.
func (p *Pack) Close() {
	p.Data.Close()
	p.Release()
}

// Seal says that nothing will be appended for now. What is not synced yet stays
// open until it is: only so the system is sure to tell of an error.
func (p *Pack) Seal() {
	if p.sealed = p.unsynced; p.keys != nil && !p.sealed {
		p.keys.Close()
		p.keys = nil
	}
}

// Release gives the key file back, synced or not.
func (p *Pack) Release() {
	p.unsynced = false
	p.Seal()
}

// Hide renames the files to their hidden or open names.
func (p *Pack) Hide(hidden bool) error { return p.rename(hidden, p.fresh) }

// Fresh reports whether no checkpoint knows of the pack yet.
func (p *Pack) Fresh() bool { return p.fresh }

// Listed says that the journal's state lists the pack.
func (p *Pack) Listed() error { return p.rename(p.hidden, false) }

func (p *Pack) rename(hidden, fresh bool) error {
	if p.hidden == hidden && p.fresh == fresh {
		return nil
	}
	to := &Pack{N: p.N, dir: p.dir, hidden: hidden, fresh: fresh}
	for _, ext := range []string{"jsonl", "keys"} {
		if p.called(ext) == to.path(ext) {
			continue
		}
		err := p.d.Rename(p.called(ext), to.path(ext))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		switch {
		case ext == "jsonl":
			p.Data.Called(to.path(ext))
		case p.keys != nil:
			p.keys.Called(to.path(ext))
		}
	}
	p.hidden, p.fresh = hidden, fresh
	return nil
}

// called is the path of a file now: another rename may have ended in between.
func (p *Pack) called(ext string) string {
	if ext == "jsonl" {
		return p.Data.Name()
	}
	return p.path(ext)
}

// Remove removes a pack whose records are all safe elsewhere, as the journal's
// state says.
func (p *Pack) Remove() error {
	p.Release()
	return Forget(p.d, p.dir, p.N)
}

// SetAside renames a pack so that it is none any more, and gives the new paths.
func (p *Pack) SetAside() (kept []string, err error) {
	p.Release()
	for _, ext := range []string{"keys", "jsonl"} {
		to := fmt.Sprintf("%s/.replaced-pack-%d.%s.kept", p.dir, p.N, ext)
		switch err := p.d.Rename(p.called(ext), to); {
		case err == nil:
			kept = append(kept, to)
		case !errors.Is(err, fs.ErrNotExist):
			return kept, err
		}
	}
	return kept, nil
}

// Forget removes what there is of a pack that does not count. The lines go last.
func Forget(d *disk.Disk, dir string, n int) error {
	p := &Pack{N: n, d: d, dir: dir}
	names := append(p.spellings("keys")[1:], p.spellings("jsonl")[1:]...)
	for _, name := range append(names, dir+"/"+file(n, true, "gone")) {
		if _, err := d.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := d.Remove(name); err != nil {
			return err
		}
	}
	return nil
}
