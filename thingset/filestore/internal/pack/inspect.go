package pack

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// Problem is something wrong in a pack; Offset is bytes into File.
type Problem struct {
	File   string
	Offset int64
	Msg    domain.Text
}

// Report is what an inspection of a pack has found.
type Report struct {
	Problems []Problem
	Good     []Entry // what can be relied on, in order; its bytes are its own
	Stray    []Stray // lines of which no good entry tells, when entries are missing
}

// Stray is a line that no entry tells of.
type Stray struct {
	ID   string
	Body []byte
}

// Inspect reads all of a pack that nobody has open and holds every line against
// its entry. Behind the mark, a torn end is no problem.
func Inspect(d *disk.Disk, dir string, name Name, m Mark) (*Report, error) {
	p := &Pack{N: name.N, d: d, dir: dir, hidden: name.Hidden, fresh: name.New}
	if err := p.align(); err != nil && !name.Lines {
		return nil, err
	}
	keys, _, err := d.ReadFile(p.KeyFile())
	if err != nil && name.Keys {
		return nil, domain.Wrap(err, "e.store.damaged", p.KeyFile())
	}
	lines, _, err := d.ReadFile(p.DataFile())
	if err != nil && name.Lines {
		return nil, domain.Wrap(err, "e.store.damaged", p.DataFile())
	}
	x := &inspection{p: p, lines: lines, Report: &Report{}}
	x.frames(keys, m)
	if len(x.Problems) > 0 {
		x.strays()
	}
	return x.Report, nil
}

// inspection is one under way.
type inspection struct {
	*Report
	p     *Pack
	lines []byte
	def   []byte
	seen  []span // of lines that good entries tell of
}

type span struct{ from, to int64 }

func (x *inspection) bad(file string, at int64, msg domain.Text) {
	x.Problems = append(x.Problems, Problem{file, at, msg})
}

func (x *inspection) frames(keys []byte, m Mark) {
	size := int64(len(keys))
	must := m.Must(x.p.N, size)
	for at := int64(0); at < size; {
		payload, n, ok := frame.Open(keys[at:], frame.Place{File: x.p.N, Offset: at})
		if ok && at >= must && !x.whole(payload) {
			return // the torn end
		}
		if ok {
			x.frame(payload, at)
			at += int64(n)
			continue
		}
		next := frame.Find(keys[at:], frame.Place{File: x.p.N, Offset: at})
		if next < 0 && at >= must {
			return // the torn end
		}
		x.bad(x.p.KeyFile(), at, domain.Text{ZH: "有一帧与校验和不符", EN: "a frame that does not fit its checksum"})
		if next < 0 {
			return
		}
		at += int64(next)
	}
	if size < must {
		x.bad(x.p.KeyFile(), size, domain.Textf("缺少 %d 字节", "%d bytes are missing", must-size))
	}
}

// whole is Pack.whole.
func (x *inspection) whole(payload []byte) bool {
	if len(payload) == 0 || payload[0] != frameEntries {
		return true
	}
	d := frame.Decoder{Rest: payload[1:]}
	for d.More() {
		if e := readEntry(&d); e.Keys != nil && !x.wrong(e).Empty() {
			return false
		}
	}
	return true
}

func (x *inspection) frame(payload []byte, at int64) {
	d := frame.Decoder{Rest: payload}
	if kind := d.Byte(); kind == frameDef {
		x.def = bytes.Clone(d.Rest[min(1, len(d.Rest)):])
		return
	}
	for d.More() {
		e := readEntry(&d)
		if d.Bad {
			x.bad(x.p.KeyFile(), at, domain.TextOf(errEntries))
			return
		}
		e.ID, e.Keys, e.Def = bytes.Clone(e.ID), bytes.Clone(e.Keys), x.def
		if e.Keys == nil || x.line(e) {
			x.Good = append(x.Good, e)
		}
	}
}

// line holds a line against its entry.
func (x *inspection) line(e Entry) bool {
	from := int64(e.Line.Offset)
	msg := x.wrong(e)
	if msg.Empty() {
		x.seen = append(x.seen, span{from, from + int64(e.Line.Size)})
		return true
	}
	id, _ := rows.IDOf(e.Keys)
	x.bad(x.p.DataFile(), from, domain.Textf("%s：%s", "%s: %s", msg, id))
	return false
}

// wrong is what is wrong with an entry's line, empty when nothing is.
func (x *inspection) wrong(e Entry) domain.Text {
	from, to := int64(e.Line.Offset), int64(e.Line.Offset)+int64(e.Line.Size)
	if to > int64(len(x.lines)) {
		return domain.Text{ZH: "缺少该行", EN: "the line is missing"}
	}
	body := x.lines[from:to]
	if frame.Sum(body) != e.Line.Sum {
		return domain.Text{ZH: "该行与校验和不符", EN: "the line does not fit its checksum"}
	}
	if id, ok := rows.IDOf(e.Keys); !ok || gjson.GetBytes(body, "id").String() != string(id) {
		return domain.Text{ZH: "该行属于另一条记录", EN: "the line is another record's"}
	}
	return domain.Text{}
}

// strays finds the lines of which no good entry tells.
func (x *inspection) strays() {
	slices.SortFunc(x.seen, func(a, b span) int { return int(a.from - b.from) })
	at := int64(0)
	for _, s := range append(x.seen, span{int64(len(x.lines)), 0}) {
		if s.from > at {
			x.stray(x.lines[at:s.from])
		}
		at = max(at, s.to)
	}
}

func (x *inspection) stray(text []byte) {
	for line := range bytes.Lines(text) {
		body := bytes.TrimSpace(line)
		if len(body) == 0 || !gjson.ValidBytes(body) {
			continue
		}
		if id := gjson.GetBytes(body, "id"); id.Type == gjson.String {
			x.Stray = append(x.Stray, Stray{id.Str, bytes.Clone(body)})
		}
	}
}

// Rebuild writes a pack anew from the good part of a report and further
// records, which have the revision 1; the files as they are are kept under the
// names that are returned. keys makes the keys of a further record.
func Rebuild(d *disk.Disk, dir string, name Name, good []Entry, further []Stray, def []byte, keys func(Stray) rows.Keys) (kept []string, err error) {
	lines, _, err := d.ReadFile(dir + "/" + file(name.N, name.Hidden, "jsonl"))
	if err != nil && name.Lines {
		return nil, err
	}
	for _, ext := range []string{"jsonl", "keys"} {
		from, to := dir+"/"+file(name.N, name.Hidden, ext), fmt.Sprintf("%s/.damaged-pack-%d.%s.kept", dir, name.N, ext)
		if err := d.Rename(from, to); err == nil {
			kept = append(kept, to)
		}
	}
	p, err := create(d, dir, name.N, name.Hidden, false)
	if err != nil {
		return kept, err
	}
	defer p.Close()
	return kept, p.rebuild(lines, good, further, def, keys)
}

func (p *Pack) rebuild(lines []byte, good []Entry, further []Stray, def []byte, keys func(Stray) rows.Keys) error {
	b, code := p.Batch(0, 0), def
	flush := func() error {
		err := p.Write(b, code, false)
		b = p.Batch(0, 0)
		return err
	}
	for _, e := range good {
		if !bytes.Equal(e.Def, code) {
			if err := flush(); err != nil {
				return err
			}
			code = e.Def
		}
		switch e.Kind {
		case Put, PutOwn:
			b.Put(e.Rev, lines[e.Line.Offset:e.Line.Offset+e.Line.Size], e.Keys, e.Stamp)
		case Gone:
			b.Gone(e.Rev, string(e.ID))
		case Own:
			b.Own(string(e.ID), e.Stamp)
		}
	}
	if err := flush(); err != nil {
		return err
	}
	code = def
	for _, s := range further {
		b.Put(1, s.Body, keys(s), rows.Stamp{})
	}
	if err := flush(); err != nil {
		return err
	}
	if err := p.Sync(); err != nil {
		return err
	}
	return p.d.SyncDir(p.dir)
}
