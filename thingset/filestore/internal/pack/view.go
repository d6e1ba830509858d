package pack

import (
	"errors"
	"io/fs"
	"os"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
)

// View is a pack as somebody sees it who only looks: of one that is written to, as
// much as counted at that moment. It holds its files open, whatever becomes of their
// names.
type View struct {
	Name

	dir       string
	keys      *disk.File // nil when there is none
	data      *disk.File
	keyed     int64 // how much of the key file is read
	size      int64 // how much of the lines
	must      int64 // how much of the key file has to be good
	live      bool  // of a pack that is written to: nothing behind must is a pack's
	keyReader *frame.Reader
	lines     *frame.Reader
}

// Scratch is the memory with which views are read, one after the other.
type Scratch struct{ keys, lines frame.Reader }

// Look opens a view of a pack that nobody writes to, up to the mark.
func Look(d *disk.Disk, dir string, name Name, m Mark, s *Scratch) (*View, error) {
	v := &View{Name: name, dir: dir, keyReader: &s.keys, lines: &s.lines}
	if err := v.open(d); err != nil {
		return nil, err
	}
	v.must = m.Must(name.N, v.keyed)
	if m.Pack != All.Pack {
		v.keyed = min(v.keyed, v.must) // what stands behind does not count
	}
	return v, nil
}

// Look opens a view of a pack. Nothing is appended to it meanwhile.
func (p *Pack) Look(d *disk.Disk, s *Scratch) (*View, error) {
	v := &View{Name: p.name, live: true, dir: p.dir, keyReader: &s.keys, lines: &s.lines}
	if err := v.open(d); err != nil {
		return nil, err
	}
	v.keyed, v.size, v.must = min(v.keyed, p.keyed), min(v.size, p.size), p.keyed
	return v, nil
}

// open opens the files. One that is not there is as if it were empty.
func (v *View) open(d *disk.Disk) (err error) {
	if v.Keys != "" {
		v.keys, v.keyed, err = openView(d, v.KeyFile())
	}
	if err == nil && v.Lines != "" {
		v.data, v.size, err = openView(d, v.DataFile())
	}
	if err != nil {
		v.Close()
	}
	return err
}

func openView(d *disk.Disk, name string) (f *disk.File, size int64, err error) {
	if f, err = d.OpenFile(name, os.O_RDONLY, 0); err == nil {
		size, err = f.Size()
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, 0, nil
	case err != nil:
		return nil, 0, domain.Wrap(err, "e.store.damaged", name)
	}
	return f, size, nil
}

// Close gives the files back.
func (v *View) Close() {
	if v.keys != nil {
		v.keys.Close()
	}
	if v.data != nil {
		v.data.Close()
	}
}

// KeyFile is the path of the keys below the domain's folder, DataFile that of the
// lines.
func (v *View) KeyFile() string { return v.dir + "/" + v.Name.keys() }

// DataFile is the path of the lines below the domain's folder.
func (v *View) DataFile() string { return v.dir + "/" + v.Name.lines() }

// Keyed is how much of the key file is read.
func (v *View) Keyed() int64 { return v.keyed }

// begin makes the readers ready for a walk.
func (v *View) begin() {
	v.keyReader.Reset(v.keys, v.N, v.keyed)
	v.lines.Reset(v.data, v.N, v.size)
}
