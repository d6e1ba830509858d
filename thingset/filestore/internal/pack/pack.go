package pack

import (
	"errors"
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
	def    []byte // the last one in the key file
	size   int64  // of the lines that entries tell of
	keys   *disk.File
	keyed  int64 // size of the key file as far as it counts
	torn   bool  // there may be more, which does not count
}

// Full is how long a pack's lines get.
const Full = 64 << 20

func (p *Pack) path(ext string) string { return p.dir + "/" + file(p.N, p.hidden, ext) }

// DataFile is the path of the lines below the domain's folder, KeyFile that of
// the keys.
func (p *Pack) DataFile() string { return p.path("jsonl") }

// KeyFile is the path of the keys.
func (p *Pack) KeyFile() string { return p.path("keys") }

// Size is the size of the lines that count.
func (p *Pack) Size() int64 { return p.size }

// Dead is about how many bytes do not count any more; it is rather too low.
func (p *Pack) Dead() int64 { return max(0, p.size+p.keyed-p.Live) }

// Hidden reports whether the names are those of a small set.
func (p *Pack) Hidden() bool { return p.hidden }

// Def is the definition by which the last keys were made, nil when there are none.
func (p *Pack) Def() []byte { return p.def }

// Create begins a pack.
func Create(d *disk.Disk, dir string, n int, hidden bool) (*Pack, error) {
	p := &Pack{N: n, d: d, dir: dir, hidden: hidden}
	var err error
	if p.keys, err = d.OpenFile(p.KeyFile(), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600); err != nil {
		return nil, err
	}
	if p.Data, err = d.OpenFile(p.DataFile(), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600); err != nil {
		p.keys.Close()
		return nil, err
	}
	return p, nil
}

// Open opens a pack for reading its entries.
func Open(d *disk.Disk, dir string, name Name) (*Pack, error) {
	p := &Pack{N: name.N, d: d, dir: dir, hidden: name.Hidden}
	if err := p.align(); err != nil {
		return nil, err
	}
	var err error
	if p.Data, err = d.OpenFile(p.DataFile(), os.O_RDWR, 0); err != nil {
		return nil, domain.Wrap(err, "e.store.damaged", p.DataFile())
	}
	return p, nil
}

// align gives the key file the name that goes with the lines': a crash may have
// come between.
func (p *Pack) align() error {
	other := p.dir + "/" + file(p.N, !p.hidden, "keys")
	if _, err := p.d.Root().Lstat(p.KeyFile()); err == nil {
		return nil
	}
	if _, err := p.d.Root().Lstat(other); err != nil {
		return domain.Wrap(err, "e.store.damaged", domain.Textf("缺少 %v", "%v is missing", p.KeyFile()))
	}
	return p.d.Rename(other, p.KeyFile())
}

// Close gives the files back.
func (p *Pack) Close() {
	p.Data.Close()
	p.Seal()
}

// Seal says that nothing will be appended for now.
func (p *Pack) Seal() {
	if p.keys != nil {
		p.keys.Close()
		p.keys = nil
	}
}

// Hide renames the files to their hidden or open names.
func (p *Pack) Hide(hidden bool) error {
	if p.hidden == hidden {
		return nil
	}
	for _, ext := range []string{"jsonl", "keys"} {
		from, to := p.dir+"/"+file(p.N, !hidden, ext), p.dir+"/"+file(p.N, hidden, ext)
		if err := p.d.Rename(from, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	p.hidden = hidden
	p.Data.Called(p.DataFile())
	if p.keys != nil {
		p.keys.Called(p.KeyFile())
	}
	return nil
}

// Remove removes a pack whose records are all safe elsewhere. A crash at any
// step leaves it whole or with a mark by which Sweep goes on.
func (p *Pack) Remove() error {
	p.Seal()
	if err := p.d.Make(p.dir+"/"+file(p.N, true, "gone"), nil, 0o600); err != nil {
		return err
	}
	return Sweep(p.d, p.dir, p.N)
}

// Sweep ends the removal of a pack: the mark goes after what it marks.
func Sweep(d *disk.Disk, dir string, n int) error {
	if err := d.SyncDir(dir); err != nil {
		return err
	}
	for _, hidden := range []bool{true, false} {
		for _, ext := range []string{"keys", "jsonl"} {
			if err := d.Remove(dir + "/" + file(n, hidden, ext)); err != nil {
				return err
			}
		}
	}
	if err := d.SyncDir(dir); err != nil {
		return err
	}
	return d.Remove(dir + "/" + file(n, true, "gone"))
}

// Forget removes what there is of a pack that does not count.
func Forget(d *disk.Disk, dir string, n int) error {
	for _, hidden := range []bool{true, false} {
		for _, ext := range []string{"keys", "jsonl", "gone"} {
			if err := d.Remove(dir + "/" + file(n, hidden, ext)); err != nil {
				return err
			}
		}
	}
	return nil
}
