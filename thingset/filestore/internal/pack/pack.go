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
	name   Name
	def    []byte // the last one in the key file
	size   int64  // of the lines that entries tell of
	keys   *disk.File
	keyed  int64 // size of the key file as far as it counts
	torn   bool  // there may be more, which does not count
	isEven bool  // there are no lines behind those

	unsynced bool // since the last Sync something was written
	sealed   bool // the key file is to be closed once it is synced
	lost     bool // a sync by Write has failed: what was written before is perhaps lost too
}

// Full is how long a pack's lines get.
const Full = 64 << 20

// DataFile is the path of the lines below the domain's folder, KeyFile that of
// the keys.
func (p *Pack) DataFile() string { return p.dir + "/" + p.name.lines() }

// KeyFile is the path of the keys.
func (p *Pack) KeyFile() string { return p.dir + "/" + p.name.keys() }

// KeySize is the size of the key file, whatever of it counts.
func (p *Pack) KeySize() (int64, error) {
	fi, err := p.d.Lstat(p.KeyFile())
	if err != nil {
		return 0, err
	}
	return fi.Size(), nil
}

// Size is the size of the lines that count.
func (p *Pack) Size() int64 { return p.size }

// Keyed is the size of the key file as far as it counts.
func (p *Pack) Keyed() int64 { return p.keyed }

// Dead is about how many bytes do not count any more; it is rather too low.
func (p *Pack) Dead() int64 { return max(0, p.size+p.keyed-p.Live) }

// Name is what the pack is called.
func (p *Pack) Name() Name { return p.name }

// Def is the definition by which the last keys were made, nil when there are none.
func (p *Pack) Def() []byte { return p.def }

// newPack is a pack whose files are not open.
func newPack(d *disk.Disk, dir string, name Name) *Pack {
	return &Pack{N: name.N, d: d, dir: dir, name: name}
}

// called is the name of a pack that is begun.
func called(n int, hidden bool) Name {
	return Name{N: n, Lines: file(n, hidden, "jsonl"), Keys: file(n, hidden, "keys")}
}

// Create begins a pack of a number that none has. Until the journal's state says that it
// was begun (Mark) nothing may be written to it.
func Create(d *disk.Disk, dir string, n int, hidden bool) (*Pack, error) {
	p := newPack(d, dir, called(n, hidden))
	var err error
	if p.keys, err = d.OpenFile(p.KeyFile(), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return nil, err
	}
	if p.Data, err = d.OpenFile(p.DataFile(), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		p.keys.Close()
		_ = d.Remove(p.KeyFile()) // else the next one gets another number
		return nil, err
	}
	return p, nil
}

// Open opens a pack for reading its entries.
func Open(d *disk.Disk, dir string, name Name) (*Pack, error) {
	p := newPack(d, dir, name)
	if name.Keys == "" {
		return nil, domain.E("e.store.damaged", domain.Textf("缺少 %v", "%v is missing", p.KeyFile()))
	}
	var err error
	if p.Data, err = d.OpenFile(p.DataFile(), d.Mode(), 0); err != nil {
		return nil, domain.Wrap(err, "e.store.damaged", p.DataFile())
	}
	return p, nil
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

// Remove removes a pack whose records are all safe elsewhere, as the journal's
// state says.
func (p *Pack) Remove() error {
	p.Release()
	return Forget(p.d, p.dir, p.N)
}

// SetAside renames a pack so that it is none any more, and gives the new paths.
func (p *Pack) SetAside() (kept []string, err error) {
	p.Release()
	for _, one := range [][2]string{{p.KeyFile(), "keys"}, {p.DataFile(), "jsonl"}} {
		to, err := p.d.Free(fmt.Sprintf("%s/.replaced-pack-%d.%s.kept", p.dir, p.N, one[1]))
		if err != nil {
			return kept, err
		}
		switch err := p.d.Rename(one[0], to); {
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
	names := append(spellings(dir, n, "keys"), spellings(dir, n, "jsonl")...)
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
