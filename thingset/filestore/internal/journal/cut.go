package journal

import (
	"encoding/json"
	"errors"
	"io/fs"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// StateFile says how far the journal was cut.
const StateFile = Dir + "/state"

// state is the content of the state file.
type state struct {
	Rev     thingset.Rev `json:"rev"`     // everything up to it is safe elsewhere
	Segment int          `json:"segment"` // segments up to it do not count any more
}

func readState(d *disk.Disk) (s state, err error) {
	data, _, err := d.ReadFile(StateFile)
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

// Cut removes the segments that hold nothing after a revision, up to which
// everything is safe on disk elsewhere, and gives them to gone.
func (j *Journal) Cut(rev thingset.Rev, gone func(*Segment)) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := 0
	for n < len(j.segs) && j.segs[n].rev <= rev && j.segs[n].size > 0 {
		n++
	}
	if n == 0 {
		return nil
	}
	cut := j.segs[:n]
	next := state{Rev: rev, Segment: cut[n-1].N}
	if err := next.write(j.d); err != nil {
		return domain.Wrap(err, "e.store.write", StateFile)
	}
	j.state, j.segs = next, j.segs[n:]
	j.begin = j.begin || len(j.segs) == 0
	for _, s := range cut {
		gone(s)
	}
	return j.sweep()
}

// sweep removes the segments that do not count any more.
func (j *Journal) sweep() error {
	list, err := numbers(j.d, 0)
	if err != nil {
		return err
	}
	for _, n := range list {
		if n > j.state.Segment {
			break
		}
		if err := j.d.Remove(SegmentFile(n)); err != nil {
			return domain.Wrap(err, "e.store.write", SegmentFile(n))
		}
	}
	return nil
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
	j.segs, j.begin = nil, true
}
