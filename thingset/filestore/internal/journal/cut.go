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
	cutPoint
	Marks Marks  `json:"packs,omitempty"`
	Drops []Drop `json:"drops,omitempty"`
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

// Cut takes out what the journal holds up to a revision, when segments hold nothing else:
// everything up to there is safe in packs, as far as the marks say, or was carried into
// later segments. Segments from before on, 0 is none, stay. Those that were cut whole are
// given to gone, and kept for the feed as far as Retention says. Sets that marks does not
// name are as before.
func (j *Journal) Cut(rev thingset.Rev, before int, marks Marks, gone func(*Segment)) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.drop(); len(j.segs) == 0 {
		j.lost = nil
	}
	n := 0
	for n < len(j.segs) && j.segs[n].rev <= min(rev, j.rev) && (before == 0 || j.segs[n].N < before) {
		n++
	}
	next, changed := j.state.with(marks)
	point, whole := j.from, n
	if n > 0 {
		last := j.segs[n-1]
		point = cutPoint{max(point.Rev, last.rev), position{last.N, last.size}}
	}
	switch {
	case n == 0 || n < len(j.segs):
	case j.lost == nil && j.keep.Bytes > 0:
		whole-- // writing goes on in it
	default:
		point.At = position{segment: j.last + 1}
		j.begin = true
	}
	if point != j.from {
		next.cutPoint, changed = point, true
	}
	next, past := j.past(next, point.Rev)
	changed = changed || past
	if !changed && !j.vague {
		return nil
	}
	if err := j.confirm(); err != nil {
		return unwritten(err)
	}
	// The state may be in force although writing it fails: what comes stands behind what
	// it takes out, and defines its sets anew.
	j.defined = map[string][]byte{}
	if err := j.put(next); err != nil {
		return err
	}
	j.from = point
	return j.archived(n, whole, gone)
}

// archived notes that some segments are cut, and most of them whole.
func (j *Journal) archived(n, whole int, gone func(*Segment)) error {
	for _, s := range j.segs[:n] {
		s.cut = s.size
	}
	cut := j.segs[:whole]
	j.segs = j.segs[whole:]
	if len(j.segs) == 0 {
		j.lost, j.archive, j.listed = nil, nil, false
	}
	for _, s := range cut {
		_ = s.File.Truncate(s.size) // zeros ahead; they do no harm
		if j.listed && s.base < s.rev {
			j.archive = append(j.archive, s.part())
		}
		gone(s)
	}
	if whole == 0 && j.trimmed {
		return nil
	}
	j.trimmed = false
	if err := j.trim(); err != nil {
		return domain.Wrap(err, "e.store.write", domain.Text{ZH: "变更记录", EN: "the feed"})
	}
	return nil
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
	j.state.Marks, j.state.Drops, j.vague = next.Marks, next.Drops, true
	if err := next.write(j.d); err != nil {
		return domain.Wrap(err, "e.store.write", StateFile)
	}
	j.state, j.vague = next, false
	return nil
}

// Doubt has the next cut, or note, write the state whatever it says: somebody has taken its
// place.
func (j *Journal) Doubt() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.vague = true
}

// Note has the state say at once what is new in the mark of a set. When files of the journal
// are gone it does not: no journal has what a pack holds that was begun since, so that it
// is to count, and if the state went too, all of the others as they are. Then the next
// cut says all.
func (j *Journal) Note(set string, m pack.Mark) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	next, changed := j.state.with(Marks{set: m})
	if !changed && !j.vague || j.gone() {
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
	return j.whole()
}

func (j *Journal) whole() bool {
	return j.state.Rev > 0 || j.from.Rev == 0 && len(j.segs) > 0 && j.segs[0].base == 0
}

// turnSize is how long a segment is at least that Turn ends.
const turnSize = 1 << 20

// Turn has the next group begin a segment when the open one is worth it, so that what
// is there now can be cut while commits go on, and goes when it is old.
func (j *Journal) Turn() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.segs) == 0 {
		return
	}
	s := j.open()
	if s.size >= j.turn || j.keep.Age > 0 && j.keep.now().Sub(s.born) > j.keep.Age {
		j.begin = true
	}
}

// Close gives the files of the segments back.
func (j *Journal) Close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, s := range j.segs {
		if s.zeros > s.size {
			_ = s.File.Truncate(s.size)
		}
		s.File.Close()
	}
	j.segs, j.begin, j.closed = nil, true, true
}
