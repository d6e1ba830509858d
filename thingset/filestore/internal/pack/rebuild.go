package pack

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// Stray is a line of which no good entry tells: missing entries told of it.
type Stray struct {
	ID string

	from int64
	size int
}

// Compare orders lines by their places in the pack.
func (s Stray) Compare(t Stray) int { return cmp.Compare(s.from, t.from) }

type span struct{ from, to uint32 }

// Strays finds the lines of which no good entry tells.
func (v *View) Strays(visit func(Stray)) error {
	var seen []span
	err := v.good(func(e Entry, line []byte) error {
		if e.Keys != nil {
			seen = append(seen, span{e.Line.Offset, e.Line.Offset + e.Line.Size})
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(seen, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	at := int64(0)
	for _, s := range seen {
		if err := v.strays(at, int64(s.from), visit); err != nil {
			return err
		}
		at = max(at, int64(s.to))
	}
	return v.strays(at, v.size, visit)
}

// strays finds the lines in a part of the file.
func (v *View) strays(from, to int64, visit func(Stray)) error {
	for from < to {
		line, err := v.line(from, to)
		if err != nil {
			return err
		}
		body := bytes.TrimSpace(line)
		if len(body) > 0 && gjson.ValidBytes(body) {
			if id := gjson.GetBytes(body, "id"); id.Type == gjson.String {
				visit(Stray{ID: id.String(), from: from + int64(bytes.Index(line, body)), size: len(body)})
			}
		}
		from += int64(len(line))
	}
	return nil
}

// line is what lies from an offset on up to the next end of a line, or to an
// offset.
func (v *View) line(from, to int64) ([]byte, error) {
	for n := 4 << 10; ; n *= 2 {
		n = int(min(int64(n), to-from))
		data, err := v.lines.Bytes(from, n)
		if err != nil {
			return nil, err
		}
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			return data[:i+1], nil
		}
		if int64(n) == to-from || len(data) < n {
			return data[:len(data):len(data)], nil
		}
	}
}

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

	d         *disk.Disk
	tmp, name string
}

// Rebuild makes the keys of a pack anew from what is good in a view of it and stray
// lines, which have the revision 1. keys makes the keys of a stray line, by def. They
// count when Replace has returned: until then all is as before, but for copies.
func (v *View) Rebuild(d *disk.Disk, further []Stray, def []byte, keys func(id string, body []byte) rows.Keys) (*Rebuilt, error) {
	r := &Rebuilt{d: d, name: v.KeyFile(), tmp: fmt.Sprintf("%s/.mended-pack-%d.keys", v.dir, v.N)}
	if err := r.keep(v); err != nil {
		return nil, err
	}
	f, err := d.OpenFile(r.tmp, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	p := newPack(d, v.dir, v.Name)
	p.keys = f
	w := &rewrite{p: p, b: p.Batch(0, 0)}
	if err = v.good(w.entry); err == nil {
		err = w.further(v, further, def, keys)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, errors.Join(err, d.Remove(r.tmp))
	}
	r.Good = w.n
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

// Replace puts the new keys in the place of the old ones.
func (r *Rebuilt) Replace() error {
	if err := r.d.Rename(r.tmp, r.name); err != nil {
		return err
	}
	return r.d.SyncDir(path.Dir(r.name))
}

// rewrite is a key file that is written anew.
type rewrite struct {
	p   *Pack
	b   *Batch
	def []byte
	n   int
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

// further adds stray lines.
func (w *rewrite) further(v *View, list []Stray, def []byte, keys func(id string, body []byte) rows.Keys) error {
	for _, s := range list {
		body, err := v.lines.Bytes(s.from, s.size)
		if err == nil {
			err = w.of(def)
		}
		if err != nil {
			return err
		}
		w.b.Tell(1, LinePlace(s.from, body), keys(s.ID, body), rows.Stamp{})
	}
	return w.flush()
}
