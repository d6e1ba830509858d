package journal

import (
	"fmt"
	"hash/maphash"
	"os"

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

	missing bool
	head    []byte // of what takes its place, as far as it had to be made up
	parts   []span // what follows: frames as they are, and gaps
}

// span is a part of a segment, in bytes.
type span struct {
	from, to int
	gap      bool // it cannot be read
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
		a, err := dissect(d, n)
		if err != nil {
			return nil, damaged(err, SegmentFile(n))
		}
		if a != nil {
			segs = append(segs, a)
		}
	}
	return judge(st, segs), nil
}

// Mend replaces a segment by one without what cannot be read; the damaged one
// is kept under the name that told is told before, if there is one.
func (x *Damaged) Mend(d *disk.Disk, told func(kept string)) (err error) {
	var data []byte
	kept := ""
	if !x.missing {
		if data, _, err = d.ReadFile(SegmentFile(x.N)); err != nil {
			return err
		}
		if kept, err = d.Keep(SegmentFile(x.N), fmt.Sprintf("%s/damaged-%d.log.kept", Dir, x.N)); err != nil {
			return err
		}
	}
	told(kept)
	fixed := x.head
	for _, p := range x.parts {
		if p.gap {
			fixed = aside(fixed, x.N, p.to-p.from)
		} else {
			fixed = append(fixed, data[p.from:p.to]...)
		}
	}
	return d.WriteFile(SegmentFile(x.N), fixed, 0o600)
}

// anatomy is a segment taken apart.
type anatomy struct {
	n      int
	head   *header // nil when it cannot be read
	frames []span  // the good ones, in order
}

// dissect finds all good frames; nil when there are none, not even a header:
// nothing of that segment was ever acknowledged.
func dissect(d *disk.Disk, n int) (*anatomy, error) {
	f, err := d.OpenFile(SegmentFile(n), os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	a, r := &anatomy{n: n}, frame.NewReader(f, n, size)
	for at := int64(0); ; {
		if at, err = r.Find(at); err != nil {
			return nil, err
		}
		if at < 0 {
			break
		}
		payload, size, _, err := r.At(at)
		if err != nil {
			return nil, err
		}
		if at == 0 {
			if h, ok := readHeader(payload); ok {
				a.head = &h
			}
		}
		a.frames = append(a.frames, span{from: int(at), to: int(at) + size})
		at += int64(size)
	}
	if len(a.frames) == 0 {
		return nil, nil
	}
	return a, nil
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
		x, h := a.mend(st, segs[:i], size)
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
			x, made := lost(h.before, size, st, segs[:i])
			list, size = append(list, x), int(made.size)
		}
	}
	return list
}

// lost is a segment that is missing altogether, of which that much counted: a header
// takes its place, which leads to the segment before.
func lost(n, size int, st state, earlier []*anatomy) (Damaged, header) {
	h := *guess(st, earlier)
	if len(h.frame(n)) > size {
		h = header{rev: st.Rev} // it cannot be: the real one was as long
	}
	return Damaged{N: n, Faults: []Fault{missing(n)}, missing: true, head: h.padded(n, size)}, h
}

func missing(n int) Fault {
	return Fault{SegmentFile(n), 0, domain.Text{ZH: "缺少该段", EN: "the segment is missing"}}
}

func torn(n, at int) Fault {
	return Fault{SegmentFile(n), int64(at), domain.Text{ZH: "有一帧与校验和不符，之后的帧却相符", EN: "a frame that does not fit its checksum, and later ones that do"}}
}

// mend gives the segment as it should be, and what is wrong with it.
func (a *anatomy) mend(st state, earlier []*anatomy, size int) (Damaged, header) {
	x := Damaged{N: a.n}
	h, at := a.head, 0
	if h == nil {
		x.Faults = append(x.Faults, torn(a.n, 0))
		h = guess(st, earlier)
		x.head = h.padded(a.n, a.frames[0].from)
		at = len(x.head)
	}
	gap := func(to int) {
		if to > at {
			x.Faults = append(x.Faults, torn(a.n, at))
			x.parts = append(x.parts, span{at, to, true})
			at = to
		}
	}
	for _, f := range a.frames {
		if f.from >= size {
			break
		}
		if f.from < at {
			continue // behind a header that had to be made up and is longer
		}
		gap(f.from)
		if last := len(x.parts) - 1; last >= 0 && !x.parts[last].gap {
			x.parts[last].to = f.to
		} else {
			x.parts = append(x.parts, f)
		}
		at = f.to
	}
	gap(size)
	return x, *h
}

// guess makes up the header of a segment from those before it.
func guess(st state, earlier []*anatomy) *header {
	h := &header{rev: st.Rev}
	if n := len(earlier); n > 0 {
		h.before, h.size = earlier[n-1].n, int64(earlier[n-1].end())
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

// SetAside keeps a state file that makes no sense under the name that told is told
// before. Without it everything that can be read counts.
func SetAside(d *disk.Disk, told func(kept string)) error {
	kept, err := d.Free(Dir + "/damaged-state.kept")
	if err != nil {
		return err
	}
	told(kept)
	return d.Rename(StateFile, kept)
}

// Unlist has the state list some packs of a set no more, which are to be mended or are
// gone: what is there of them counts as what the state does not know.
func Unlist(d *disk.Disk, set string, packs []int) error {
	st, err := readState(d)
	if err != nil {
		return err
	}
	m, ok := st.Marks[set]
	if !ok {
		return nil
	}
	if m.Live == nil {
		delete(st.Marks, set) // an earlier version wrote it
	}
	for _, n := range packs {
		delete(m.Live, n)
	}
	if err := st.write(d); err != nil {
		return domain.Wrap(err, "e.store.write", StateFile)
	}
	return nil
}

// Known is what a journal that nobody has open says of packs and records.
type Known struct {
	Unread error // why not all of it could be read, nil when it could

	state   state
	whole   bool
	seed    maphash.Seed
	written map[string]map[uint64]struct{} // hashes of the ids that it has a write of, by set
}

func newKnown() *Known {
	return &Known{seed: maphash.MakeSeed(), written: map[string]map[uint64]struct{}{}}
}

// Mark is Journal.Mark.
func (k *Known) Mark(set string) (m pack.Mark, ok bool) {
	m, ok = k.state.Marks[set]
	return m, ok
}

// Whole is Journal.Whole.
func (k *Known) Whole() bool { return k.whole }

// Logs reports whether the journal writes to a set.
func (k *Known) Logs(set string) bool { return k.written[set] != nil }

// Writes reports whether the journal has a write of a record. It knows ids by
// their hashes: once in many years it takes one for another.
func (k *Known) Writes(set string, id []byte) bool {
	_, ok := k.written[set][maphash.Bytes(k.seed, id)]
	return ok
}

// Ask reads what can be read of a journal that nobody has open.
func Ask(d *disk.Disk) (*Known, error) {
	j, err := Open(d, Keep{})
	if err != nil {
		return nil, err
	}
	defer j.Close()
	k := newKnown()
	k.state = j.state
	k.Unread = j.Replay(asking{k})
	k.whole = j.Whole()
	return k, nil
}

// asking notes what a journal writes to.
type asking struct{ *Known }

func (asking) Segment(*Segment)            {}
func (asking) Define(string, []byte) error { return nil }
func (asking) Commit(thingset.Rev)         {}
func (a asking) Write(_ *Segment, set, id string, _ []byte, _ uint32) {
	if a.written[set] == nil {
		a.written[set] = map[uint64]struct{}{}
	}
	a.written[set][maphash.String(a.seed, id)] = struct{}{}
}
