package pack

import (
	"bytes"
	"unsafe"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// Problem is something wrong in a pack; Offset is bytes into File, -1 when all of it is meant.
type Problem struct {
	File   string
	Offset int64
	Msg    domain.Text
	Err    error // why it could not be read; nil when it was

	frame int64 // of the key file, where it was found
	entry int   // of the frame; or one of these:
}

const (
	badFrame = -1 // the frame itself
	noLines  = -2 // the file of the lines is not there
	noKeys   = -3 // a line, of which there are no keys
)

// NoLines reports whether the file of the lines is not there.
func (p Problem) NoLines() bool { return p.entry == noLines }

// Inspect reads the keys, holds every line against its entry and tells of what
// is wrong. What lies behind the place where a torn end begins is out of the view
// from then on.
func (v *View) Inspect(visit func(Entry), bad func(Problem)) error {
	if v.data == nil && v.must > 0 {
		bad(Problem{File: v.DataFile(), Offset: -1, Msg: domain.Text{ZH: "缺少该文件", EN: "the file is missing"}, entry: noLines})
		return nil
	}
	return v.walk(walker{
		bad:  bad,
		torn: func(payload []byte) bool { return !v.whole(payload) },
		entry: func(e Entry, frame int64, n int) error {
			if e.Keys != nil {
				if p := v.wrong(e); p != nil {
					p.frame, p.entry = frame, n
					bad(*p)
					return nil
				}
			}
			visit(e)
			return nil
		},
	})
}

// Entries visits the entries in order, whatever their lines are.
func (v *View) Entries(visit func(Entry) error) error {
	return v.walk(walker{entry: func(e Entry, _ int64, _ int) error { return visit(e) }})
}

// Line is the line of an entry, nil when it is not there.
func (v *View) Line(at rows.Place) []byte {
	line, err := v.lines.Bytes(int64(at.Offset), int(at.Size))
	if err != nil || len(line) < int(at.Size) || frame.Sum(line) != at.Sum {
		return nil
	}
	return line
}

// Good visits the entries that can be relied on, with where they stand in the key file.
func (v *View) Good(visit func(e Entry, at int64)) error {
	return v.walk(walker{entry: func(e Entry, at int64, _ int) error {
		if e.Keys == nil || v.wrong(e) == nil {
			visit(e, at)
		}
		return nil
	}})
}

// good visits the entries that can be relied on, with their lines.
func (v *View) good(visit func(e Entry, line []byte) error) error {
	return v.walk(walker{entry: func(e Entry, _ int64, _ int) error {
		if e.Keys == nil {
			return visit(e, nil)
		}
		if v.wrong(e) != nil {
			return nil
		}
		line, err := v.lines.Bytes(int64(e.Line.Offset), int(e.Line.Size))
		if err != nil {
			return err
		}
		return visit(e, line)
	}})
}

// Still reports whether a problem that another view of the pack has shown is there
// in this one.
func (v *View) Still(p Problem) bool {
	if v.live && p.frame >= v.must {
		return false // the pack is shorter by now
	}
	switch p.entry {
	case noLines:
		return v.data == nil
	case noKeys:
		return v.keyed == 0
	}
	v.begin()
	payload, _, ok, err := v.keyReader.At(p.frame)
	if !ok || err != nil {
		return true
	}
	d := frame.Decoder{Rest: payload}
	if d.Byte() == frameDef {
		return false
	}
	for n := 0; d.More(); n++ {
		e := readEntry(&d)
		if d.Bad {
			return true
		}
		if n == p.entry {
			return e.Keys != nil && v.wrong(e) != nil
		}
	}
	return false
}

// walker is what is to be done on a walk over a key file.
type walker struct {
	entry func(e Entry, frame int64, n int) error
	torn  func(payload []byte) bool // nil: no frame is
	bad   func(Problem)             // nil: what is bad is passed over
	lost  func(from, to int64)      // nil: nobody asks for what cannot be read
}

func (v *View) walk(w walker) error {
	if v.begin(); w.bad == nil {
		w.bad = func(Problem) {}
	}
	if w.lost == nil {
		w.lost = func(int64, int64) {}
	}
	var def []byte
	at := int64(0)
	for at < v.keyed {
		payload, n, ok, err := v.keyReader.At(at)
		switch {
		case err != nil:
			return domain.Wrap(err, "e.store.damaged", v.KeyFile())
		case ok && at >= v.must && w.torn != nil && w.torn(payload):
			v.keyed = at
			return nil
		case ok:
			if def, err = v.frame(w, payload, def, at); err != nil {
				return err
			}
			at += int64(n)
			continue
		}
		next, err := v.keyReader.Find(at + 1)
		if err != nil {
			return domain.Wrap(err, "e.store.damaged", v.KeyFile())
		}
		if next < 0 && at >= v.must {
			v.keyed = at
			return nil
		}
		w.bad(v.unreadable(at, domain.Text{ZH: "有一帧与校验和不符", EN: "a frame that does not fit its checksum"}, badFrame))
		if next < 0 {
			w.lost(at, max(v.keyed, v.must))
			return nil
		}
		w.lost(at, next)
		at, def = next, nil // perhaps it told of another one
	}
	if at < v.must {
		w.lost(at, v.must)
		w.bad(v.unreadable(at, domain.Textf("缺少 %d 字节", "%d bytes are missing", v.must-at), badFrame))
	}
	return nil
}

// unreadable is a problem of the keys.
func (v *View) unreadable(at int64, msg domain.Text, entry int) Problem {
	return Problem{File: v.KeyFile(), Offset: at, Msg: msg, frame: at, entry: entry}
}

// frame walks the entries of a frame, which are of a definition, and gives the
// definition of those behind it.
func (v *View) frame(w walker, payload, def []byte, at int64) ([]byte, error) {
	d := frame.Decoder{Rest: payload}
	if d.Byte() == frameDef {
		return bytes.Clone(d.Rest[min(1, len(d.Rest)):]), nil
	}
	for n := 0; d.More(); n++ {
		e := readEntry(&d)
		if d.Bad {
			w.bad(v.unreadable(at, domain.TextOf(errEntries), n))
			w.lost(at, at+frame.Head+int64(len(payload)))
			return def, nil
		}
		e.Def = def
		if err := w.entry(e, at, n); err != nil {
			return def, err
		}
	}
	return def, nil
}

// whole is Pack.whole.
func (v *View) whole(payload []byte) bool {
	if len(payload) == 0 || payload[0] != frameEntries {
		return true
	}
	d := frame.Decoder{Rest: payload[1:]}
	for d.More() {
		if e := readEntry(&d); e.Keys != nil && v.wrong(e) != nil {
			return false
		}
	}
	return true
}

// wrong is what is wrong with an entry's line, nil when nothing is.
func (v *View) wrong(e Entry) *Problem {
	id, named := rows.IDOf(e.Keys)
	bad := func(msg domain.Text) *Problem {
		return &Problem{File: v.DataFile(), Offset: int64(e.Line.Offset), Msg: domain.Textf("%s：%s", "%s: %s", msg, id)}
	}
	if v.data == nil || int64(e.Line.Offset)+int64(e.Line.Size) > v.size {
		return bad(domain.Text{ZH: "缺少该行", EN: "the line is missing"})
	}
	body, err := v.lines.Bytes(int64(e.Line.Offset), int(e.Line.Size))
	switch {
	case err != nil:
		p := bad(domain.Textf("该行读不出（%v）", "the line cannot be read (%v)", err))
		p.Err = err
		return p
	case len(body) < int(e.Line.Size):
		return bad(domain.Text{ZH: "缺少该行", EN: "the line is missing"})
	case frame.Sum(body) != e.Line.Sum:
		return bad(domain.Text{ZH: "该行与校验和不符", EN: "the line does not fit its checksum"})
	case !named || gjson.Get(unsafe.String(unsafe.SliceData(body), len(body)), "id").String() != string(id):
		return bad(domain.Text{ZH: "该行属于另一条记录", EN: "the line is another record's"})
	}
	return nil
}
