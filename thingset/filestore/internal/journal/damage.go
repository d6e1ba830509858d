package journal

import (
	"fmt"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
)

// Damaged is a segment with something in it that cannot be read though later
// groups can.
type Damaged struct {
	N      int
	Faults []Fault

	data  []byte // as it is; nil when the segment is missing
	fixed []byte
}

// Damage finds all damage in a journal that nobody has open. The error is one
// of reading, or of a state file that makes no sense.
func Damage(d *disk.Disk) ([]Damaged, error) {
	st, err := readState(d)
	if err != nil {
		return nil, err
	}
	list, err := numbers(d, st.Segment)
	if err != nil {
		return nil, err
	}
	var segs []*anatomy
	for _, n := range list {
		data, _, err := d.ReadFile(SegmentFile(n))
		if err != nil {
			return nil, damaged(err, SegmentFile(n))
		}
		if a := dissect(n, data); a != nil {
			segs = append(segs, a)
		}
	}
	return judge(st, segs), nil
}

// Mend replaces a segment by one without what cannot be read; the damaged one
// is kept under the name that is returned.
func (x *Damaged) Mend(d *disk.Disk) (kept string, err error) {
	kept = fmt.Sprintf("%s/damaged-%d.log.kept", Dir, x.N)
	if x.data == nil {
		kept = ""
	} else if err = d.WriteFile(kept, x.data, 0o600); err != nil {
		return "", err
	}
	return kept, d.WriteFile(SegmentFile(x.N), x.fixed, 0o600)
}

// anatomy is a segment taken apart.
type anatomy struct {
	n      int
	data   []byte
	head   *header // nil when it cannot be read
	frames []span  // the good ones, in order
}

type span struct{ from, to int }

// dissect finds all good frames; nil when there are none, not even a header:
// nothing of that segment was ever acknowledged.
func dissect(n int, data []byte) *anatomy {
	a := &anatomy{n: n, data: data}
	for at := 0; at < len(data); {
		skip := frame.Find(data[at:], frame.Place{File: n, Offset: int64(at)})
		if skip < 0 {
			break
		}
		at += skip
		payload, size, _ := frame.Open(data[at:], frame.Place{File: n, Offset: int64(at)})
		if at == 0 {
			if h, ok := readHeader(payload); ok {
				a.head = &h
			}
		}
		a.frames = append(a.frames, span{at, at + size})
		at += size
	}
	if len(a.frames) == 0 {
		return nil
	}
	return a
}

// end is where the good frames end.
func (a *anatomy) end() int { return a.frames[len(a.frames)-1].to }

// judge walks the chain of segments from the last one back.
func judge(st state, segs []*anatomy) (list []Damaged) {
	size := -1 // how much of a segment counts, as the one behind it says
	for i := len(segs) - 1; i >= 0; i-- {
		a := segs[i]
		if size < 0 {
			size = a.end()
		}
		before := 0
		if i > 0 {
			before = segs[i-1].n
		}
		x, h := a.mend(st, before, segs[:i], size)
		if len(x.Faults) > 0 {
			list = append(list, x)
		}
		if h.before <= st.Segment {
			break
		}
		for i > 0 && segs[i-1].n > h.before {
			i-- // begun when the disk refused
		}
		size = int(h.size)
		if i == 0 || segs[i-1].n != h.before {
			list = append(list, lost(h.before, size, st))
			break
		}
	}
	return list
}

// lost is a segment that is missing altogether.
func lost(n, size int, st state) Damaged {
	f := Fault{SegmentFile(n), 0, domain.Text{ZH: "缺少该段", EN: "the segment is missing"}}
	x := Damaged{N: n, Faults: []Fault{f}}
	x.fixed = header{rev: st.Rev}.frame(n)
	x.fixed = aside(x.fixed, n, size-len(x.fixed))
	return x
}

// mend gives the segment as it should be, and what is wrong with it.
func (a *anatomy) mend(st state, before int, earlier []*anatomy, size int) (Damaged, header) {
	x := Damaged{N: a.n, data: a.data}
	fault := func(at int) {
		x.Faults = append(x.Faults, Fault{SegmentFile(a.n), int64(at), domain.Text{ZH: "有一帧与校验和不符，之后的帧却相符", EN: "a frame that does not fit its checksum, and later ones that do"}})
	}
	h := a.head
	if h == nil {
		fault(0)
		h = a.guess(st, before, earlier)
		x.fixed = h.padded(a.n, a.frames[0].from)
	}
	for _, f := range a.frames {
		if f.from >= size {
			break
		}
		if f.from < len(x.fixed) {
			continue // behind a header that had to be made up and is longer
		}
		if gap := f.from - len(x.fixed); gap > 0 {
			fault(len(x.fixed))
			x.fixed = aside(x.fixed, a.n, gap)
		}
		x.fixed = append(x.fixed, a.data[f.from:f.to]...)
	}
	if gap := size - len(x.fixed); gap > 0 {
		fault(len(x.fixed))
		x.fixed = aside(x.fixed, a.n, gap)
	}
	return x, *h
}

// guess makes up the header of a segment from what is around it.
func (a *anatomy) guess(st state, before int, earlier []*anatomy) *header {
	h := &header{rev: st.Rev}
	if before > st.Segment {
		h.before, h.size = before, int64(earlier[len(earlier)-1].end())
	}
	return h
}

// padded is a header's frame of a given size.
func (h header) padded(n, size int) []byte {
	f := h.frame(n)
	if len(f) > size {
		return f // then the frames behind it are lost too, and are reported
	}
	f = append(f, make([]byte, size-len(f))...)
	frame.Seal(f, frame.Place{File: n})
	return f
}

// aside appends a frame of a given size that says nothing.
func aside(dst []byte, n, size int) []byte {
	at := len(dst)
	f := append(frame.Begin(nil), kindAside)
	if size > len(f) {
		f = append(f, make([]byte, size-len(f))...)
	}
	frame.Seal(f, frame.Place{File: n, Offset: int64(at)})
	return append(dst, f...)
}

// SetAside keeps a state file that makes no sense under the name that is
// returned. Without it everything that can be read counts.
func SetAside(d *disk.Disk) (kept string, err error) {
	kept = Dir + "/damaged-state.kept"
	return kept, d.Rename(StateFile, kept)
}

// Unmark forgets how much of a set's packs was synced, after they were mended.
func Unmark(d *disk.Disk, set string) error {
	st, err := readState(d)
	if err != nil {
		return err
	}
	if _, ok := st.Marks[set]; !ok {
		return nil
	}
	delete(st.Marks, set)
	if err := st.write(d); err != nil {
		return domain.Wrap(err, "e.store.write", StateFile)
	}
	return nil
}

// Known is what a journal that nobody has open says of packs and records.
type Known struct {
	state    state
	segments int
	Written  map[string]map[string]bool // ids that it has a write of, by set
}

// Mark is Journal.Mark.
func (k *Known) Mark(set string) pack.Mark { return k.state.mark(set, k.segments) }

// Ask reads what can be read of a journal that nobody has open.
func Ask(d *disk.Disk) (*Known, error) {
	j, err := Open(d, Keep{})
	if err != nil {
		return nil, err
	}
	defer j.Close()
	k := &Known{state: j.state, Written: map[string]map[string]bool{}}
	_ = j.Replay(asking{k}) // damage was reported before
	k.segments = len(j.segs)
	return k, nil
}

// asking notes what a journal writes to.
type asking struct{ *Known }

func (asking) Segment(*Segment)            {}
func (asking) Define(string, []byte) error { return nil }
func (asking) Commit(thingset.Rev)         {}
func (a asking) Write(_ *Segment, set, id string, _ []byte, _ uint32) {
	if a.Written[set] == nil {
		a.Written[set] = map[string]bool{}
	}
	a.Written[set][id] = true
}
