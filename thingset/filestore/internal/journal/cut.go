package journal

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"slices"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
)

// StateFile says how far the journal was cut.
const StateFile = Dir + "/state"

// state is the content of the state file.
type state struct {
	Rev     thingset.Rev `json:"rev"`            // everything up to it is safe elsewhere
	Segment int          `json:"segment"`        // segments up to it do not count any more
	Size    int64        `json:"size,omitempty"` // how much of that one counted
	Marks   Marks        `json:"packs,omitempty"`
}

// Marks say for each set how much of its packs was synced.
type Marks map[string]pack.Mark

func readState(d *disk.Disk) (s state, err error) {
	data, _, err := d.ReadWithin(StateFile, 16<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil {
		return s, damaged(err, StateFile)
	}
	return s, nil
}

func (s state) write(d *disk.Disk) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := d.MkdirAll(Dir, 0o700); err != nil {
		return err
	}
	return d.WriteFile(StateFile, append(data, '\n'), 0o600)
}

// Cut takes out the segments before one, 0 is all, that hold nothing after a
// revision, up to which everything is safe in packs, as far as the marks say, or was
// carried into later segments, and gives them to gone. Sets
// that marks does not name are as before. What is taken out is kept for the feed, as
// far as Keep says.
func (j *Journal) Cut(rev thingset.Rev, before int, marks Marks, gone func(*Segment)) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	rev = min(rev, j.rev)
	n := 0
	for n < len(j.segs) && j.segs[n].rev <= rev && j.segs[n].size > 0 && (before == 0 || j.segs[n].N < before) {
		n++
	}
	next, changed := j.state.with(marks)
	if n == 0 && !changed && !j.vague {
		return nil
	}
	cut := j.segs[:n]
	if n > 0 {
		next.Rev, next.Segment, next.Size = max(next.Rev, cut[n-1].rev), cut[n-1].N, cut[n-1].size
	}
	if err := j.confirm(); err != nil {
		return unwritten(err)
	}
	// The state may be in force although writing it fails: what comes must be in a
	// segment that it does not take out.
	j.begin = j.begin || n == len(j.segs)
	if err := j.put(next); err != nil {
		return err
	}
	j.segs = j.segs[n:]
	return unkept(j.retain(cut, gone))
}

// retain keeps what was cut for the feed, and takes away what is kept no more.
func (j *Journal) retain(cut []*Segment, gone func(*Segment)) (err error) {
	if j.lost == nil {
		err = j.tail.take(cut)
	} else {
		j.tail.mu.Lock()
		j.tail.forget()
		j.tail.mu.Unlock()
	}
	if len(j.segs) == 0 {
		j.lost = nil
	}
	for _, s := range cut {
		gone(s)
	}
	if err == nil {
		err = j.sweep()
	}
	return err
}

func unkept(err error) error {
	if err == nil || domain.CodeOf(err) != "" {
		return err
	}
	return domain.Wrap(err, "e.store.write", domain.Text{ZH: "变更记录", EN: "the feed"})
}

// with is the state with other marks.
func (s state) with(marks Marks) (next state, changed bool) {
	all := maps.Clone(s.Marks)
	if all == nil {
		all = Marks{}
	}
	for set, m := range marks {
		changed = changed || !all[set].Equal(m)
		all[set] = m
	}
	s.Marks = all
	return s, changed
}

// put writes a state. When that fails nobody knows which one is in force: the next one
// is written whatever it says, and goes on from the marks of this one. To go back behind
// them would be wrong for a state that a power cut shows in the end.
func (j *Journal) put(next state) error {
	j.state.Marks, j.vague = next.Marks, true
	if err := next.write(j.d); err != nil {
		return domain.Wrap(err, "e.store.write", StateFile)
	}
	j.state, j.vague = next, false
	return nil
}

// Note has the state say at once what is new in the mark of a set.
func (j *Journal) Note(set string, m pack.Mark) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	next, changed := j.state.with(Marks{set: m})
	if !changed && !j.vague {
		return nil
	}
	if err := j.confirm(); err != nil {
		return unwritten(err)
	}
	return j.put(next)
}

// Knows reports whether the state says that a pack was begun, or lists it.
func (j *Journal) Knows(set string, n int) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	m := j.state.Marks[set]
	return !j.vague && (m.Lists(n) || slices.Contains(m.Begun, n))
}

// Mark says which packs of a set there are and how much of them was synced, as far
// as the state tells; ok is false when it says nothing of the set.
func (j *Journal) Mark(set string) (m pack.Mark, ok bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	m, ok = j.state.Marks[set]
	return m, ok
}

// Whole reports whether state and segments together tell of all that was ever
// written: a state was read, or nothing was ever cut. It is false when the state was
// lost.
func (j *Journal) Whole() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.state.Rev > 0 || len(j.segs) > 0 && j.segs[0].base == 0
}

// sweep takes away what does not count any more and is not kept.
func (j *Journal) sweep() error {
	list, err := numbers(j.d, 0)
	if err != nil {
		return err
	}
	left := len(list) > 0 && list[0] <= j.state.Segment
	return j.tail.sweep(left, j.state, j.liveBase())
}

// liveBase is where the segments that count begin.
func (j *Journal) liveBase() thingset.Rev {
	if len(j.segs) > 0 {
		return j.segs[0].base
	}
	return j.rev
}

// turnSize is how long a segment is at least that Turn ends.
const turnSize = 1 << 20

// Turn has the next group begin a segment when the open one is worth it, so
// that what is there now can be cut while commits go on.
func (j *Journal) Turn() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.segs) > 0 && j.open().size >= turnSize {
		j.begin = true
	}
}

// Close gives the files of the segments back.
func (j *Journal) Close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, s := range j.segs {
		s.File.Close()
	}
	j.segs, j.begin, j.closed = nil, true, true
}
