package filestore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// journalDir is where a domain's journal lies, below the domain's folder.
const journalDir = ".domain/journal"

// revFile holds the revision at which the journal was last cut.
const revFile = journalDir + "/rev"

// frameHead is a frame's length and checksum, in bytes; maxFrame bounds a payload.
const (
	frameHead = 8
	maxFrame  = 1 << 30
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// journal is the write-ahead log of a domain. append is called by one goroutine
// at a time, and so is rotate.
type journal struct {
	files *os.Root
	base  thingset.Rev // from revFile

	mu   sync.Mutex
	f    *os.File // the open segment, nil before the first frame
	n    int      // its number
	size int64    // of good frames in it
	bad  bool     // the open segment's state on disk is unknown: begin another
}

func openJournal(files *os.Root) (*journal, error) {
	if err := files.MkdirAll(journalDir, 0o700); err != nil {
		return nil, domain.Wrap(err, "e.store.damaged", journalDir)
	}
	j := &journal{files: files}
	text, err := files.ReadFile(revFile)
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil
	}
	if err != nil {
		return nil, domain.Wrap(err, "e.store.damaged", revFile)
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return nil, domain.Wrap(err, "e.store.damaged", revFile)
	}
	j.base = thingset.Rev(n)
	return j, nil
}

func segment(n int) string { return fmt.Sprintf("%s/%010d.log", journalDir, n) }

// segments are the numbers of the journal's segments, in order.
func (j *journal) segments() ([]int, error) {
	dir, err := j.files.Open(journalDir)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var list []int
	for _, name := range names {
		if n, err := strconv.Atoi(strings.TrimSuffix(name, ".log")); err == nil && strings.HasSuffix(name, ".log") {
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return list, nil
}

// replay hands out every batch in order and gives the last revision. A torn
// last frame is cut off; damage elsewhere is an error.
func (j *journal) replay(f func(thingset.Rev, []write)) (thingset.Rev, error) {
	list, err := j.segments()
	if err != nil {
		return 0, domain.Wrap(err, "e.store.damaged", journalDir)
	}
	rev := j.base
	for i, n := range list {
		data, err := j.files.ReadFile(segment(n))
		if err != nil {
			return 0, domain.Wrap(err, "e.store.damaged", segment(n))
		}
		good, err := readFrames(data, func(r thingset.Rev, batch []write) {
			rev = max(rev, r)
			f(r, batch)
		})
		if err != nil {
			return 0, domain.Wrap(err, "e.store.damaged", fmt.Sprintf("%s at offset %d", segment(n), good))
		}
		if good < len(data) {
			if i < len(list)-1 && !j.tornBefore(list[i+1:]) {
				return 0, domain.E("e.store.damaged", fmt.Sprintf("%s at offset %d: later segments follow", segment(n), good))
			}
			if err := j.cutTail(n, int64(good)); err != nil {
				return 0, err
			}
		}
		j.n = n
	}
	return rev, nil
}

// tornBefore tells a torn tail behind which a new segment was begun, after a
// write had failed: whatever follows is whole by itself.
func (j *journal) tornBefore(later []int) bool {
	for _, n := range later {
		data, err := j.files.ReadFile(segment(n))
		if err != nil {
			return false
		}
		if _, err := readFrames(data, func(thingset.Rev, []write) {}); err != nil {
			return false
		}
	}
	return true
}

// cutTail removes a torn last frame, which nobody was told of.
func (j *journal) cutTail(n int, size int64) error {
	f, err := j.files.OpenFile(segment(n), os.O_WRONLY, 0)
	if err != nil {
		return domain.Wrap(err, "e.store.damaged", segment(n))
	}
	defer f.Close()
	if err := f.Truncate(size); err != nil {
		return domain.Wrap(err, "e.store.damaged", segment(n))
	}
	return f.Sync()
}

// append makes frames durable. After a failed write or fsync the segment is not
// trusted again: the next append begins another.
func (j *journal) append(frames []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.f == nil || j.bad {
		if err := j.begin(); err != nil {
			return domain.Wrap(err, "e.store.write", "the journal cannot be opened")
		}
	}
	_, err := j.f.Write(frames)
	if err == nil {
		err = j.f.Sync()
	}
	if err != nil {
		j.bad = true
		_ = j.f.Truncate(j.size) // what was not acknowledged must not come back; replay stands a torn tail too
		return domain.Wrap(err, "e.store.write", "the journal cannot be written")
	}
	j.size += int64(len(frames))
	return nil
}

// begin opens the next segment. Its name is durable before its first frame.
func (j *journal) begin() error {
	f, err := j.files.OpenFile(segment(j.n+1), os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	if err := syncDir(j.files, journalDir); err != nil {
		f.Close()
		return err
	}
	if j.f != nil {
		j.f.Close()
	}
	j.f, j.bad, j.size = f, false, 0
	j.n++
	return nil
}

// rotate ends the open segment and gives the number up to which segments hold
// nothing new.
func (j *journal) rotate() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	last := j.n
	if j.f != nil {
		j.f.Close()
		j.f = nil
	}
	return last
}

// cut removes segments up to a number, once all they hold is in files; rev is
// the last revision among that.
func (j *journal) cut(last int, rev thingset.Rev) error {
	if err := writeFile(j.files, revFile, []byte(strconv.FormatUint(uint64(rev), 10)+"\n"), 0o600, true); err != nil {
		return err
	}
	list, err := j.segments()
	if err != nil {
		return err
	}
	for _, n := range list {
		if n > last {
			break
		}
		if err := j.files.Remove(segment(n)); err != nil {
			return err
		}
	}
	return nil
}

func (j *journal) close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.f == nil {
		return nil
	}
	err := j.f.Close()
	j.f = nil
	return err
}

// appendFrame appends a batch as a frame: revision, number of writes, and for
// each its kind (bit 0 delete, bit 1 plain), set, id and body, each with its length.
func appendFrame(dst []byte, rev thingset.Rev, writes []write) []byte {
	at := len(dst)
	dst = append(dst, make([]byte, frameHead)...)
	dst = binary.AppendUvarint(dst, uint64(rev))
	dst = binary.AppendUvarint(dst, uint64(len(writes)))
	for _, w := range writes {
		kind := byte(0)
		if w.body == nil {
			kind |= 1
		}
		if w.plain {
			kind |= 2
		}
		dst = append(dst, kind)
		dst = appendBytes(dst, w.set)
		dst = appendBytes(dst, w.id)
		dst = appendBytes(dst, string(w.body))
	}
	payload := dst[at+frameHead:]
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(payload)))
	binary.LittleEndian.PutUint32(dst[at+4:], crc32.Checksum(payload, castagnoli))
	return dst
}

func appendBytes(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}
