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
// file, in what was acknowledged, and in what is kept for the feed. What it finds it
// has seen twice.
func (j *Journal) Look(d *disk.Disk) (list []Fault, err error) {
	if err := j.lookAtState(d); err != nil {
		if domain.CodeOf(err) != "e.store.damaged" {
			return nil, err
		}
		list = append(list, Fault{StateFile, -1, domain.TextOf(err)})
	}
	segs, gone, err := j.sights(d)
	defer func() {
		for _, s := range segs {
			s.f.Close()
		}
	}()
	if err != nil {
		return nil, err
	}
	list = append(list, gone...)
	for _, s := range segs {
		faults, err := s.faults()
		if err != nil {
			return nil, damaged(err, SegmentFile(s.n))
		}
		if len(faults) > 0 && j.has(s.n) { // else it was cut
			list = append(list, faults...)
		}
	}
	kept, err := j.lookAtFeed(d)
	return append(list, kept...), err
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
	n    int
	f    *disk.File
	size int64
}

// sights opens the segments that count. Those whose files are gone are faults.
func (j *Journal) sights(d *disk.Disk) (list []sight, gone []Fault, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil, nil, domain.E("e.store.closed")
	}
	for _, s := range j.segs {
		if s.size == 0 {
			continue // begun, and nothing in it counts yet
		}
		f, err := d.OpenFile(SegmentFile(s.N), os.O_RDONLY, 0)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			gone = append(gone, missing(s.N))
		case err != nil:
			return list, nil, damaged(err, SegmentFile(s.N))
		default:
			list = append(list, sight{s.N, f, s.size})
		}
	}
	return list, gone, nil
}

// has reports whether a segment counts.
func (j *Journal) has(n int) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.ContainsFunc(j.segs, func(s *Segment) bool { return s.N == n })
}

// faults are the places where no frame opens though one was acknowledged.
func (s sight) faults() (list []Fault, err error) {
	r := frame.NewReader(s.f, s.n, s.size)
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
		list = append(list, f)
	}
	return list, nil
}

// lookAtFeed looks at the kept files, twice when it has to: meanwhile they may be
// put together or go.
func (j *Journal) lookAtFeed(d *disk.Disk) (list []Fault, err error) {
	look := func() ([]*Fault, error) {
		j.mu.Lock()
		st, end := j.state, j.liveBase()
		j.mu.Unlock()
		return spoiltPieces(d, st, end)
	}
	first, err := look()
	if err != nil || len(first) == 0 {
		return nil, err
	}
	again, err := look()
	for _, f := range first {
		if slices.ContainsFunc(again, func(g *Fault) bool { return g.File == f.File && g.Offset == f.Offset }) {
			list = append(list, *f)
		}
	}
	return list, err
}
