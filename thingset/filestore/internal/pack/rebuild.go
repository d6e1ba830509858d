package pack

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path"

	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// rebuilt is how many bytes are written at once.
const rebuilt = 1 << 20

// Ready gets a pack that is to be mended ready for being forgotten by the journal's
// state: it has a file of lines, if an empty one.
func (v *View) Ready(d *disk.Disk) error {
	if v.data != nil {
		return nil
	}
	f, err := d.OpenFile(v.DataFile(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), d.SyncDir(v.dir))
}

// Rebuilt is a key file that was made anew for lines that stay where they are.
type Rebuilt struct {
	Kept []string // copies of the files as they are
	Good int      // entries that go on

	Empty bool // nothing does

	d         *disk.Disk
	n         int
	tmp, name string
}

// Further is what Rebuild adds to what is good.
type Further struct {
	Lines []Stray // by place, each with a revision
	Gone  []Lost  // in any order
	Def   []byte  // by which Keys makes the keys of a line
	Keys  func(id string, body []byte) rows.Keys
}

// Rebuild makes the keys of a pack anew from what is good in a view of it, and more. They
// count when Replace has returned: until then all is as before, but for copies.
func (v *View) Rebuild(d *disk.Disk, more Further) (*Rebuilt, error) {
	r := &Rebuilt{d: d, n: v.N, name: v.KeyFile(), tmp: fmt.Sprintf("%s/.mended-pack-%d.keys", v.dir, v.N)}
	if err := r.keep(v); err != nil {
		return nil, err
	}
	f, err := d.OpenFile(r.tmp, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	p := newPack(d, v.dir, v.Name)
	p.keys = f
	w := &rewrite{v: v, p: p, b: p.Batch(0, 0), more: more}
	if err = v.good(w.entry); err == nil {
		err = w.end()
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, errors.Join(err, d.Remove(r.tmp))
	}
	r.Good, r.Empty = w.n, p.keyed == 0
	return r, nil
}

// keep copies the files as they are.
func (r *Rebuilt) keep(v *View) error {
	for _, one := range []struct {
		f    *disk.File
		name string
		ext  string
	}{{v.data, v.DataFile(), "jsonl"}, {v.keys, v.KeyFile(), "keys"}} {
		if one.f == nil {
			continue
		}
		kept, err := r.d.Keep(one.name, fmt.Sprintf("%s/.damaged-pack-%d.%s.kept", v.dir, v.N, one.ext))
		if err != nil {
			return err
		}
		r.Kept = append(r.Kept, kept)
	}
	return nil
}

// Replace puts the new keys in the place of the old ones. A pack of which nothing goes on
// goes itself: there are copies of it.
func (r *Rebuilt) Replace() error {
	if r.Empty {
		if err := r.d.Remove(r.tmp); err != nil {
			return err
		}
		return Forget(r.d, path.Dir(r.name), r.n)
	}
	if err := r.d.Rename(r.tmp, r.name); err != nil {
		return err
	}
	return r.d.SyncDir(path.Dir(r.name))
}

// rewrite is a key file that is written anew. Its entries are in the order of their lines,
// so that the place of a line says what is later also when it is damaged again.
type rewrite struct {
	v    *View
	p    *Pack
	b    *Batch
	def  []byte
	n    int
	more Further
}

func (w *rewrite) flush() error {
	err := w.p.Write(w.b, w.def, false)
	w.b = w.p.Batch(0, 0)
	return err
}

// of has what follows be of a definition.
func (w *rewrite) of(def []byte) error {
	if w.b.Len() < rebuilt && bytes.Equal(def, w.def) {
		return nil
	}
	err := w.flush()
	w.def = def
	return err
}

func (w *rewrite) entry(e Entry, _ []byte) error {
	if e.Keys != nil {
		if err := w.lines(int64(e.Line.Offset)); err != nil {
			return err
		}
	}
	if err := w.of(e.Def); err != nil {
		return err
	}
	switch w.n++; e.Kind {
	case Put, PutOwn:
		w.b.Tell(e.Rev, e.Line, e.Keys, e.Stamp)
	case Gone:
		w.b.Gone(e.Rev, string(e.ID))
	case Own:
		w.b.Own(string(e.ID), e.Stamp)
	}
	return nil
}

// lines adds the stray lines before an offset.
func (w *rewrite) lines(to int64) error {
	for len(w.more.Lines) > 0 && w.more.Lines[0].From < to {
		s := w.more.Lines[0]
		w.more.Lines = w.more.Lines[1:]
		err := w.of(w.more.Def)
		if err != nil {
			return err
		}
		body, err := w.v.lines.Bytes(s.From, s.Size)
		if err != nil {
			return err
		}
		w.b.Tell(s.Rev, LinePlace(s.From, body), w.more.Keys(s.ID, body), rows.Stamp{})
	}
	return nil
}

// end adds what there is still.
func (w *rewrite) end() error {
	err := w.lines(math.MaxInt64)
	if err == nil && len(w.more.Gone) > 0 {
		err = w.of(w.more.Def)
	}
	if err != nil {
		return err
	}
	for _, g := range w.more.Gone {
		w.b.Gone(g.Rev, g.ID)
	}
	return w.flush()
}
