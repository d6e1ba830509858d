package journal

import (
	"os"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
)

// Append adds a group durably: build fills it. What build has written is in the
// segment that it is given, once Append returns nil. After e.store.write nothing of
// the group will ever count, and the next group is tried in a new segment. After
// e.store.unknown the disk has refused so much that nobody can say whether the group
// counts when the journal is read again; it does not as soon as another group was
// appended.
func (j *Journal) Append(build func(*Segment, *Group)) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	s, g, err := j.append(kindGroup, build)
	if err == nil {
		s.rev, j.rev = g.rev, g.rev
	}
	return err
}

// Carry begins a segment and adds groups to it of what was committed before and
// is safe nowhere else, each of them by a call of build. They are no commits of their
// own: the feed does not tell them. Once Carry returns nil, segments before the one
// that it gives can be cut.
func (j *Journal) Carry(build ...func(*Segment, *Group)) (n int, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.begin = true
	for i, one := range build {
		s, _, err := j.append(kindCarry, one)
		if err != nil {
			return 0, err
		}
		if i == 0 {
			n = s.N
		}
	}
	return n, nil
}

func (j *Journal) append(kind byte, build func(*Segment, *Group)) (*Segment, *Group, error) {
	err := j.usable()
	if err == nil {
		err = j.ready()
	}
	if err != nil {
		return nil, nil, unwritten(err)
	}
	s := j.open()
	g := &Group{j: j, buf: append(frame.Begin(j.buf[:0]), kind)}
	build(s, g)
	j.reuse(g.buf)
	at := g.at()
	frame.Seal(g.buf, frame.Place{File: s.N, Offset: at})
	whole, err := j.write(s, g.buf)
	if err == nil {
		err = j.attached(s)
	}
	if err != nil {
		return nil, nil, j.refuse(s, whole, err)
	}
	s.size = at + int64(len(g.buf))
	j.doubt = false
	j.hot = s.size >= turnSize
	j.begin = s.size >= j.full || g.last
	return s, g, nil
}

func unwritten(err error) error {
	return domain.Wrap(err, "e.store.write", domain.Text{ZH: "日志", EN: "the journal"})
}

// usable reports why nothing can be appended: what was read when the journal was
// opened is not durable yet, or its files are gone.
func (j *Journal) usable() error {
	if j.lost != nil {
		return j.lost
	}
	if err := j.d.Writable(); err != nil {
		return err
	}
	return j.confirm()
}

// refuse sees to it that a group which the disk did not take never counts. whole
// says that all of it was written, and may be found when the journal is read.
func (j *Journal) refuse(s *Segment, whole bool, err error) error {
	j.begin = true
	if e := j.disown(s); e != nil && whole {
		j.doubt = true
		return domain.Wrap(err, "e.store.unknown")
	}
	return unwritten(err)
}

// Settled reports why it is not known whether all that was refused is out for
// good, nil when it is. It tries to see to it.
func (j *Journal) Settled() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.doubt && !j.unsure {
		return nil
	}
	err := j.usable()
	if err == nil && j.doubt {
		err = j.begins()
	}
	if err != nil {
		return unwritten(err)
	}
	return nil
}

// disown cuts off what stands behind the end of a segment. Where that fails
// another segment says that it does not count.
func (j *Journal) disown(s *Segment) error {
	s.zeros = 0
	err := s.File.Truncate(s.size)
	if err == nil {
		err = s.File.Sync()
	}
	if err == nil || j.lost != nil {
		return err
	}
	return j.begins()
}

// begins begins a segment that has no group yet.
func (j *Journal) begins() error {
	j.begin = true
	if err := j.ready(); err != nil {
		return err
	}
	size := int64(len(j.pending))
	if _, err := j.write(j.open(), nil); err != nil {
		j.begin = true
		return err
	}
	j.open().size = size
	j.doubt = false
	return nil
}

// write writes and syncs; whole says that all was written. The header of a new
// segment goes with its first group, and then the folder is synced too, for the
// segment's name.
func (j *Journal) write(s *Segment, group []byte) (whole bool, err error) {
	data := group
	if len(j.pending) > 0 {
		data = append(j.pending, group...)
	}
	if n, err := s.File.WriteAt(data, s.size); err != nil {
		return n == len(data), err
	}
	err = j.sync(s, s.size+int64(len(data)))
	if err == nil && len(j.pending) > 0 {
		err = j.d.SyncDir(Dir)
	}
	if err == nil {
		j.pending = nil
	}
	return true, err
}

// reuse keeps a buffer for the next group unless it got very big.
func (j *Journal) reuse(buf []byte) {
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
	if !j.inPlace() {
		j.rooted = false
	}
	if err := j.d.MkdirAll(Dir, 0o700); err != nil {
		return err
	}
	if !j.rooted {
		if err := j.d.SyncUp(Dir); err != nil {
			return err
		}
		j.rooted = true
		j.folder, _ = j.d.Lstat(Dir)
	}
	j.drop()
	n := j.last + 1 // also after a failure: a leftover is not touched again
	f, err := j.d.OpenFile(SegmentFile(n), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if j.last = n; err != nil {
		return err
	}
	h := header{rev: j.rev, cut: j.from}
	if len(j.segs) > 0 {
		h.before, h.size = j.open().N, j.open().size
	} else if at := j.from.At; at.offset > 0 {
		h.before, h.size = at.segment, at.offset
	}
	j.pending = h.frame(n)
	j.segs = append(j.segs, &Segment{N: n, File: f, head: h, base: j.rev, rev: j.rev, born: j.keep.now()})
	j.defined = map[string][]byte{}
	j.begin = false
	return nil
}

// inPlace reports whether the folder is the one whose name was made durable.
func (j *Journal) inPlace() bool {
	if !j.rooted || j.folder == nil {
		return false
	}
	fi, err := j.d.Lstat(Dir)
	return err == nil && os.SameFile(fi, j.folder)
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
