package journal

import (
	"errors"
	"github.com/caryahq/carya/domain"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
)

// errGap says that commits are missing: the revisions of a domain leave none
// out.
var errGap = errors.New("commits are missing")

// frames reads the groups of a segment whose commits follow on each other.
type frames struct {
	scan
	rev thingset.Rev // the last commit of the groups that were read
}

// openFrames opens a segment's file; size is how much of it may be read.
func openFrames(d *disk.Disk, n int, size int64) (*frames, error) {
	f, err := d.OpenFile(SegmentFile(n), 0, 0)
	if err != nil {
		return nil, err
	}
	all, err := f.Size()
	if err != nil {
		f.Close()
		return nil, err
	}
	return &frames{scan: scan{seg: &Segment{N: n, File: f}, end: min(size, all)}}, nil
}

// Close gives the file back.
func (r *frames) Close() { r.seg.File.Close() }

// header reads the first frame; commits after its revision follow. Without one it is a
// Fault.
func (r *frames) header() (h header, err error) {
	payload, err := r.next()
	if err != nil {
		return h, err
	}
	h, ok := readHeader(payload)
	if r.rev = h.rev; !ok {
		return h, feedFault(r.seg.N, 0)
	}
	return h, nil
}

// group reads the next frame and checks what it says. Where none opens it is a Fault,
// where commits are left out errGap.
func (r *frames) group() (payload []byte, err error) {
	at := r.off
	payload, err = r.next()
	if err != nil {
		return nil, err
	}
	if len(payload) == 0 {
		return nil, feedFault(r.seg.N, at)
	}
	if payload[0] != kindGroup {
		return payload, nil
	}
	for d := (frame.Decoder{Rest: payload[1:]}); d.More(); {
		it, ok := readItem(&d)
		switch {
		case !ok:
			return nil, feedFault(r.seg.N, at)
		case it.kind == itemCommit && it.rev != r.rev+1, it.kind == itemDropUntold:
			return nil, errGap
		case it.kind == itemCommit:
			r.rev = it.rev
		}
	}
	return payload, nil
}

// feedFault is damage in what was cut: only the feed is read from that.
func feedFault(n int, at int64) *Fault {
	return &Fault{SegmentFile(n), at, domain.Text{ZH: "有一帧与校验和不符：变更记录从它之后开始", EN: "a frame that does not fit its checksum: the feed begins behind it"}}
}
