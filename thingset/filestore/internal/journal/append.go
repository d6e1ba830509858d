package journal

import (
	"os"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
)

// Append adds a group durably: build fills it. What build has written is in the
// segment that it is given, once Append returns nil. Any error is e.store.write;
// then nothing of the group will count, and the next group is tried in a new
// segment.
func (j *Journal) Append(build func(*Segment, *Group)) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.ready(); err != nil {
		return unwritten(err)
	}
	s := j.open()
	g := &Group{j: j, buf: append(frame.Begin(j.buf[:0]), kindGroup)}
	build(s, g)
	j.keep(g.buf)
	at := g.at()
	frame.Seal(g.buf, frame.Place{File: s.N, Offset: at})
	if err := j.write(s, g.buf); err != nil {
		j.begin = true
		return unwritten(err)
	}
	s.size = at + int64(len(g.buf))
	s.rev, j.rev = g.rev, g.rev
	j.hot = s.size >= turnSize
	j.begin = s.size >= j.full
	return nil
}

func unwritten(err error) error {
	return domain.Wrap(err, "e.store.write", domain.Text{ZH: "日志", EN: "the journal"})
}

// write writes and syncs. The header of a new segment goes with its first
// group, and then the folder is synced too, for the segment's name.
func (j *Journal) write(s *Segment, group []byte) error {
	data := group
	if len(j.pending) > 0 {
		data = append(j.pending, group...)
	}
	_, err := s.File.WriteAt(data, s.size)
	if err == nil {
		err = j.sync(s, s.size+int64(len(data)))
	}
	if err == nil && len(j.pending) > 0 {
		err = j.d.SyncDir(Dir)
	}
	if err == nil {
		j.pending = nil
	}
	return err
}

// keep keeps a buffer for the next group unless it got very big.
func (j *Journal) keep(buf []byte) {
	if j.buf = buf[:0]; cap(buf) > 4<<20 {
		j.buf = nil
	}
}

// open is the segment that is written to.
func (j *Journal) open() *Segment { return j.segs[len(j.segs)-1] }

// ready sees to it that there is a segment to write to.
func (j *Journal) ready() error {
	if !j.begin {
		return nil
	}
	if err := j.d.MkdirAll(Dir, 0o700); err != nil {
		return err
	}
	j.drop()
	n := j.last + 1 // also after a failure: a leftover is not touched again
	f, err := j.d.OpenFile(SegmentFile(n), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if j.last = n; err != nil {
		return err
	}
	h := header{rev: j.rev}
	if len(j.segs) > 0 {
		h.before, h.size = j.open().N, j.open().size
	}
	j.pending = h.frame(n)
	j.segs = append(j.segs, &Segment{N: n, File: f, base: j.rev, rev: j.rev})
	j.defined = map[string]bool{}
	j.begin = false
	return nil
}

// drop lets go of a segment that was begun and holds nothing that counts.
func (j *Journal) drop() {
	if len(j.segs) == 0 || j.open().size > 0 {
		return
	}
	s := j.open()
	j.segs = j.segs[:len(j.segs)-1]
	s.File.Close()
	_ = j.d.Remove(s.File.Name()) // it does not count, whether it goes or stays
}
