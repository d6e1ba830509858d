package journal

import (
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"

	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
)

// scan reads one segment.
type scan struct {
	seg  *Segment
	head header
	all  int64 // the file's size
	end  int64 // what counts ends here at the latest
	off  int64

	commit thingset.Rev // the one that is read
	buf    []byte
}

// openScan opens a segment and reads its header. It is nil when the segment was
// begun and nothing in it was ever acknowledged. Of one that was cut in part the header
// does not matter; it is nil when there is nothing behind that part, not even its end.
func openScan(d *disk.Disk, n int, from cutPoint) (*scan, error) {
	f, err := d.OpenFile(SegmentFile(n), d.Mode(), 0)
	if err != nil {
		return nil, damaged(err, SegmentFile(n))
	}
	s := &scan{seg: &Segment{N: n, File: f}}
	if s.all, err = f.Size(); err != nil {
		f.Close()
		return nil, damaged(err, SegmentFile(n))
	}
	s.end = s.all
	payload, err := s.next()
	ok := err == nil && payload != nil
	if ok {
		s.head, ok = readHeader(payload)
	}
	if at := from.At; at.segment == n && at.offset > 0 {
		if !ok {
			s.head = header{rev: from.Rev}
		}
		s.off, s.seg.cut = at.offset, at.offset
		ok, err = at.offset <= s.all, nil
	} else if !ok && err == nil {
		err = s.bad(0, true)
	}
	if ok {
		return s, nil
	}
	f.Close()
	return nil, err
}

// next reads a frame, nil when there is none whole at this place.
func (s *scan) next() ([]byte, error) {
	at := frame.Place{File: s.seg.N, Offset: s.off}
	left := s.end - s.off
	if left < frame.Head {
		return nil, nil
	}
	head, err := s.read(frame.Head)
	if err != nil {
		return nil, err
	}
	n, ok := frame.Size(head, at)
	if !ok || int64(n) > left {
		return nil, nil
	}
	data, err := s.read(n)
	if err != nil {
		return nil, err
	}
	payload, _, ok := frame.Open(data, at)
	if !ok {
		return nil, nil
	}
	s.off += int64(n)
	return payload, nil
}

func (s *scan) read(n int) ([]byte, error) {
	if cap(s.buf) < n {
		s.buf = make([]byte, n)
	}
	b := s.buf[:n]
	if _, err := s.seg.File.ReadAt(b, s.off); err != nil {
		return nil, damagedAt(err, s.seg.N, s.off)
	}
	return b, nil
}

// replay hands out the groups of a segment.
func (s *scan) replay(j *Journal, v Visitor, last bool) error {
	seg := s.seg
	seg.head, seg.base, seg.rev = s.head, s.head.rev, s.head.rev
	if seg.cut > 0 {
		seg.rev = max(seg.rev, j.from.Rev)
	}
	j.rev = max(j.rev, seg.rev)
	seg.size, seg.tail = s.off, seg.cut
	before := seg.tail // where the frame before begins
	for {
		at := s.off
		payload, err := s.next()
		if err != nil {
			return err
		}
		if len(payload) == 0 {
			return s.bad(at, last)
		}
		if err := s.group(j, v, payload, at); err != nil {
			return err
		}
		seg.size, seg.tail, before = s.off, before, at
	}
}

// bad judges the place where no frame opens: the end, a torn tail, or damage.
func (s *scan) bad(at int64, last bool) error {
	if at == s.end {
		return nil
	}
	f := Fault{SegmentFile(s.seg.N), at, domain.Text{ZH: "有一帧与校验和不符，之后的帧却相符", EN: "a frame that does not fit its checksum, and later ones that do"}}
	if !last {
		return f.wrap()
	}
	rest := make([]byte, s.end-at)
	if _, err := s.seg.File.ReadAt(rest, at); err != nil {
		return damaged(err, f.File)
	}
	if len(rest) > 1 && frame.Find(rest[1:], frame.Place{File: s.seg.N, Offset: at + 1}) >= 0 {
		return f.wrap()
	}
	return nil
}
