package pack

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
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

// Rebuild writes a pack anew from what is good in a view of it and stray lines,
// which have the revision 1; the files as they are are kept under the names that are
// returned, and good is how many entries go on. keys makes the keys of a stray
// line, by def.
func (v *View) Rebuild(d *disk.Disk, further []Stray, def []byte, keys func(id string, body []byte) rows.Keys) (kept []string, good int, err error) {
	for _, from := range []string{v.DataFile(), v.KeyFile()} {
		ext := from[len(from)-4:]
		if from == v.DataFile() {
			ext = "jsonl"
		}
		to := fmt.Sprintf("%s/.damaged-pack-%d.%s.kept", v.dir, v.N, ext)
		switch err := d.Rename(from, to); {
		case err == nil:
			kept = append(kept, to)
		case !errors.Is(err, fs.ErrNotExist):
			for _, name := range kept {
				err = errors.Join(err, d.Rename(name, v.DataFile()))
			}
			return nil, 0, err // what is written anew would be written over it
		}
	}
	p, err := create(d, v.dir, v.N, v.Hidden, false)
	if err != nil {
		return kept, 0, err
	}
	defer p.Close()
	w := &rewrite{p: p, b: p.Batch(0, 0)}
	if err := v.good(w.entry); err != nil {
		return kept, w.n, err
	}
	return kept, w.n, w.further(v, further, def, keys)
}

// rewrite is a pack that is written anew.
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

func (w *rewrite) entry(e Entry, line []byte) error {
	if err := w.of(e.Def); err != nil {
		return err
	}
	switch w.n++; e.Kind {
	case Put, PutOwn:
		w.b.Put(e.Rev, line, e.Keys, e.Stamp)
	case Gone:
		w.b.Gone(e.Rev, string(e.ID))
	case Own:
		w.b.Own(string(e.ID), e.Stamp)
	}
	return nil
}

// further adds stray lines and makes the pack durable.
func (w *rewrite) further(v *View, list []Stray, def []byte, keys func(id string, body []byte) rows.Keys) error {
	for _, s := range list {
		body, err := v.lines.Bytes(s.from, s.size)
		if err == nil {
			err = w.of(def)
		}
		if err != nil {
			return err
		}
		w.b.Put(1, body, keys(s.ID, body), rows.Stamp{})
	}
	if err := w.flush(); err != nil {
		return err
	}
	if err := w.p.Sync(); err != nil {
		return err
	}
	return w.p.d.SyncDir(w.p.dir)
}
