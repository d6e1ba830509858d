package journal

import (
	"errors"
	"io/fs"
	"os"
	"slices"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
)

// Look finds damage in a journal that is open and goes on meanwhile: in its state
// file, in what was acknowledged, and in what was cut and is there for the feed.
func (j *Journal) Look(d *disk.Disk) (list []Fault, err error) {
	if err := j.lookAtState(d); err != nil {
		if domain.CodeOf(err) != "e.store.damaged" {
			return nil, err
		}
		list = append(list, Fault{StateFile, -1, domain.TextOf(err)})
	}
	all, err := j.sights()
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		faults, err := s.look(d)
		if errors.Is(err, fs.ErrNotExist) {
			if s.cut < s.size && j.has(s.n) {
				list = append(list, missing(s.n))
			}
			continue
		}
		if err != nil {
			return nil, damaged(err, SegmentFile(s.n))
		}
		list = append(list, faults...)
	}
	return list, nil
}

// lookAtState reads the state file, as it is between two cuts.
func (j *Journal) lookAtState(d *disk.Disk) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	_, err := readState(d)
	return err
}

// sight is what was acknowledged of a segment at a moment: it never changes.
type sight struct {
	n         int
	size, cut int64
}

// sights are those of all segments, also of those that were cut.
func (j *Journal) sights() (all []sight, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil, domain.E("e.store.closed")
	}
	if err := j.list(); err != nil {
		return nil, damaged(err, Dir)
	}
	for _, p := range j.archive {
		all = append(all, sight{p.n, p.size, p.size})
	}
	for _, s := range j.segs {
		if s.size > 0 { // else it was begun, and nothing in it counts yet
			all = append(all, sight{s.N, s.size, s.cut})
		}
	}
	return all, nil
}

// has reports whether a segment counts.
func (j *Journal) has(n int) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.ContainsFunc(j.segs, func(s *Segment) bool { return s.N == n })
}

func (s sight) look(d *disk.Disk) ([]Fault, error) {
	f, err := d.OpenFile(SegmentFile(s.n), os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return s.faults(f)
}

// faults are the places where no frame opens though one was acknowledged.
func (s sight) faults(file *disk.File) (list []Fault, err error) {
	r := frame.NewReader(file, s.n, s.size)
	for at := int64(0); at < s.size; {
		payload, n, ok, err := r.At(at)
		if err != nil {
			return nil, err
		}
		if ok && at == 0 {
			_, ok = readHeader(payload)
		}
		if ok {
			at += int64(n)
			continue
		}
		f := torn(s.n, int(at))
		if at, err = r.Find(at + 1); err != nil {
			return nil, err
		}
		if at < 0 {
			f.What = domain.Text{ZH: "有一帧与校验和不符", EN: "a frame that does not fit its checksum"}
			at = s.size
		}
		if f.Offset < s.cut {
			f, at = *feedFault(s.n, f.Offset), min(at, s.cut)
		}
		list = append(list, f)
	}
	return list, nil
}
