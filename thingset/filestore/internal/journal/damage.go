package journal

import (
	"fmt"
	"hash/maphash"
	"maps"
	"os"
	"slices"

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

// Damage finds all damage in a journal that nobody has open, also in what was cut and is
// there for the feed. The error is one of reading, or of a state file that makes no sense.
func Damage(d *disk.Disk) ([]Damaged, error) {
	st, err := readState(d)
	if err != nil {
		return nil, err
	}
	numbers, err := Segments(d)
	if err != nil {
		return nil, err
	}
	return (&search{d: d, from: st.cutPoint, numbers: numbers}).run()
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
	n       int
	missing bool
	cut     int     // up to where it was cut
	head    *header // nil when it cannot be read
	frames  []span  // the good ones, in order; none: perhaps nothing of it was ever acknowledged
}

// dissect finds all good frames.
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
	return a, nil
}

// end is where the good frames end.
func (a *anatomy) end() int {
	if len(a.frames) == 0 {
		return 0
	}
	return a.frames[len(a.frames)-1].to
}

// search is one Damage under way.
type search struct {
	d       *disk.Disk
	from    cutPoint
	numbers []int // of the segments that were not looked at, in order
	list    []Damaged
}

// run walks the chain of segments from the last one back.
func (s *search) run() ([]Damaged, error) {
	a, err := s.previous()
	if a == nil || err != nil || a.n < s.from.At.segment {
		return nil, err
	}
	if a.head != nil {
		s.from = s.from.latest(a.head.cut)
	}
	size := a.end()
	if at := s.from.At; at.segment == a.n {
		size = max(size, int(at.offset))
	}
	for a != nil {
		h, err := s.judge(a, size)
		if err != nil || h.before == 0 {
			return s.list, err
		}
		if a, err = s.find(h); err != nil {
			return s.list, err
		}
		size = int(h.size)
	}
	return s.list, nil
}

// previous takes apart the last segment that holds something, nil when there is none.
func (s *search) previous() (*anatomy, error) {
	for n := len(s.numbers); n > 0; n = len(s.numbers) {
		a, err := s.next()
		if err != nil || len(a.frames) > 0 {
			return a, err
		}
	}
	return nil, nil
}

// next takes apart the last segment that was not looked at.
func (s *search) next() (*anatomy, error) {
	last := len(s.numbers) - 1
	n := s.numbers[last]
	s.numbers = s.numbers[:last]
	a, err := dissect(s.d, n)
	if err != nil {
		return nil, damaged(err, SegmentFile(n))
	}
	return a, nil
}

// find takes apart the segment before, nil when it is missing and was cut.
func (s *search) find(h header) (*anatomy, error) {
	i, there := slices.BinarySearch(s.numbers, h.before)
	if there {
		s.numbers = s.numbers[:i+1]
		return s.next()
	}
	s.numbers = s.numbers[:i]
	if !h.counts(s.from) {
		return nil, nil
	}
	return &anatomy{n: h.before, missing: true}, nil
}

// judge notes what is wrong with a segment of which that much counts, and gives its
// header.
func (s *search) judge(a *anatomy, size int) (header, error) {
	var made header // what takes the place of a header that cannot be read
	if a.head == nil {
		var err error
		if made, err = s.guess(); err != nil {
			return header{}, err
		}
	}
	if at := s.from.At; a.n < at.segment {
		a.cut = size
	} else if a.n == at.segment {
		a.cut = int(at.offset)
	}
	x, h := a.mend(made, size)
	if len(x.Faults) > 0 {
		s.list = append(s.list, x)
	}
	return h, nil
}

// guess makes up the header of a segment from the one before it.
func (s *search) guess() (header, error) {
	numbers := s.numbers
	a, err := s.previous()
	s.numbers = numbers
	h := header{rev: s.from.Rev, cut: s.from}
	if a != nil {
		h.before, h.size = a.n, int64(a.end())
		if a.head != nil {
			h.cut = h.cut.latest(a.head.cut)
		}
	}
	return h, err
}

func missing(n int) Fault {
	return Fault{SegmentFile(n), 0, domain.Text{ZH: "缺少该段", EN: "the segment is missing"}}
}

func torn(n, at int) Fault {
	return Fault{SegmentFile(n), int64(at), domain.Text{ZH: "有一帧与校验和不符，之后的帧却相符", EN: "a frame that does not fit its checksum, and later ones that do"}}
}

// torn is damage at an offset.
func (a *anatomy) torn(at int) Fault {
	if at < a.cut {
		return *feedFault(a.n, int64(at))
	}
	return torn(a.n, at)
}

// lost is a segment of which nothing can be read, and of which that much counted: a
// header takes its place, which leads to the segment before.
func (a *anatomy) lost(h header, size int) (Damaged, header) {
	fault := a.torn(0)
	if a.missing {
		fault = missing(a.n)
	}
	if len(h.frame(a.n)) > size {
		h.cut = cutPoint{}
	}
	if len(h.frame(a.n)) > size {
		h = header{rev: h.rev} // it cannot be: the real one was as long
	}
	return Damaged{N: a.n, Faults: []Fault{fault}, missing: a.missing, head: h.padded(a.n, size)}, h
}

// mend gives the segment as it should be, and what is wrong with it. made takes the
// place of a header that cannot be read.
func (a *anatomy) mend(made header, size int) (Damaged, header) {
	if len(a.frames) == 0 {
		return a.lost(made, size)
	}
	x, h, at := Damaged{N: a.n}, made, 0
	if a.head != nil {
		h = *a.head
	} else {
		x.Faults = append(x.Faults, a.torn(0))
		x.head = h.padded(a.n, a.frames[0].from)
		at = len(x.head)
	}
	gap := func(to int) {
		for at < to {
			end := to
			if at < a.cut {
				end = min(a.cut, to)
			}
			x.Faults = append(x.Faults, a.torn(at))
			x.parts = append(x.parts, span{at, end, true})
			at = end
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
	return x, h
}

// padded is a header's frame of a given size.
func (h header) padded(n, size int) []byte {
	f := h.frame(n)
	if len(f) > size {
		h.cut = cutPoint{}
		f = h.frame(n)
	}
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
// before. Without it what counts begins where the last segment says.
func SetAside(d *disk.Disk, told func(kept string)) error {
	kept, err := d.Free(Dir + "/damaged-state.kept")
	if err != nil {
		return err
	}
	told(kept)
	return d.Rename(StateFile, kept)
}

// Unlisting is what the state is to say of the packs of a set no more.
type Unlisting struct {
	Set    string
	Packs  []int         // that are to be mended, or are gone
	Back   []int         // that go, and are to count again
	Listed map[int]int64 // sizes of the key files of the packs that are listed and there, by number
}

// Unlist has the state list some packs of a set no more, which are to be mended or are
// gone, nor say of others that they were merely begun, or that they go: records were perhaps
// written to the first because the ones that are gone were missed, or moved from the second
// to those, and nothing else has them. What is there of all of them counts as what the
// state does not know.
func (k *Known) Unlist(d *disk.Disk, u Unlisting) error {
	m, ok := k.state.Marks[u.Set]
	if !ok {
		return nil
	}
	live := maps.Clone(m.Live)
	if live == nil { // an earlier version wrote it
		live = maps.Clone(u.Listed)
	}
	own := slices.DeleteFunc(slices.Clone(u.Packs), func(n int) bool { return !m.Lists(n) })
	m.Mended = slices.Concat(m.Mended, own, m.Begun, u.Back)
	slices.Sort(m.Mended)
	m.Mended = slices.Compact(m.Mended)
	for _, n := range u.Packs {
		delete(live, n)
	}
	m.Live, m.Begun = live, nil
	m.Going = slices.DeleteFunc(slices.Clone(m.Going), func(n int) bool { return slices.Contains(u.Back, n) })
	next, changed := k.state.with(Marks{u.Set: m})
	if !changed {
		return nil
	}
	if err := next.write(d); err != nil {
		return domain.Wrap(err, "e.store.write", StateFile)
	}
	k.state = next
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
	j, err := Open(d, Retention{})
	if err != nil {
		return nil, err
	}
	defer j.Close()
	k := newKnown()
	k.Unread = j.Replay(asking{k})
	k.state = j.state
	k.whole = j.Whole()
	return k, nil
}

// asking notes what a journal writes to.
type asking struct{ *Known }

func (asking) Segment(*Segment)            {}
func (asking) Define(string, []byte) error { return nil }
func (asking) Commit(thingset.Rev)         {}
func (a asking) Drop(d Drop) {
	maps.DeleteFunc(a.written, func(set string, _ map[uint64]struct{}) bool { return d.Holds(set) })
}
func (a asking) Write(_ *Segment, set, id string, _ []byte, _ uint32) {
	if a.written[set] == nil {
		a.written[set] = map[uint64]struct{}{}
	}
	a.written[set][maphash.String(a.seed, id)] = struct{}{}
}
