package journal

import (
	"bytes"
	"errors"
	"github.com/caryahq/carya/domain"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
)

// errGap says that commits are missing: the revisions of a domain leave none
// out.
var errGap = errors.New("commits are missing")

// frames reads the groups of a segment, live or kept, whose commits follow on
// each other.
type frames struct {
	scan
	rev thingset.Rev // the last commit of the groups that were read
}

// openFrames opens a segment's file; size is how much of it may be read.
func openFrames(d *disk.Disk, name string, n int, size int64) (*frames, error) {
	f, err := d.OpenFile(name, 0, 0)
	if err != nil {
		return nil, err
	}
	return &frames{scan: scan{seg: &Segment{N: n, File: f}, end: size}}, nil
}

func (p *piece) open(d *disk.Disk) (*frames, error) { return openFrames(d, p.name, p.last, p.size) }

// Close gives the file back.
func (r *frames) Close() { r.seg.File.Close() }

// header reads the first frame; commits after its revision follow.
func (r *frames) header() (h header, ok bool) {
	payload, err := r.next()
	if err != nil || payload == nil {
		return h, false
	}
	h, ok = readHeader(payload)
	r.rev = h.rev
	return h, ok
}

// group reads the next frame and checks what it says; nil when no frame
// opens here.
func (r *frames) group() (payload []byte, err error) {
	payload, err = r.next()
	if err != nil || len(payload) == 0 || payload[0] != kindGroup {
		return payload, err
	}
	for d := (frame.Decoder{Rest: payload[1:]}); d.More(); {
		it, ok := readItem(&d)
		switch {
		case !ok:
			return nil, errGroup
		case it.kind == itemCommit && it.rev != r.rev+1:
			return nil, errGap
		case it.kind == itemCommit:
			r.rev = it.rev
		}
	}
	return payload, nil
}

// mark is a place in a file from which one can read on.
type mark struct {
	rev thingset.Rev // of the last commit before
	off int64
}

// markEvery is how far marks are apart, in bytes.
const markEvery = 64 << 10

// check reads a piece through. What does not fit its checksum is a Fault; what
// is missing altogether is errGap: somebody took it away.
func (p *piece) check(d *disk.Disk) (marks []mark, err error) {
	r, err := p.open(d)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if _, ok := r.header(); !ok {
		return nil, p.fault(0)
	}
	for last := int64(0); r.rev < p.end; {
		if r.off-last >= markEvery {
			last = r.off
			marks = append(marks, mark{r.rev, last})
		}
		at := r.off
		payload, err := r.group()
		switch {
		case err == errGap || payload == nil && err == nil && (at == p.counts || r.ends(at)):
			return nil, errGap
		case err != nil || payload == nil:
			return nil, p.fault(at)
		}
	}
	return marks, nil
}

// ends reports whether nothing was written from an offset on: revisions went on behind
// others that were found (Journal.Reached), and of the file a power cut has left zeros.
func (r *frames) ends(at int64) bool {
	rest := make([]byte, r.end-at)
	_, err := r.seg.File.ReadAt(rest, at)
	return err == nil && len(bytes.Trim(rest, "\x00")) == 0
}

func (p *piece) fault(at int64) *Fault {
	return &Fault{p.name, at, domain.Text{ZH: "有一帧与校验和不符：变更记录从它之后开始", EN: "a frame that does not fit its checksum: the feed begins behind it"}}
}
