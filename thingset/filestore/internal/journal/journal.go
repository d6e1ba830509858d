package journal

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// Dir is where a domain's journal lies, below the domain's folder.
const Dir = ".domain/journal"

// Journal is a domain's journal. Append and Cut may be called at once.
type Journal struct {
	d    *disk.Disk
	full int64 // a segment that is longer is followed by another
	turn int64 // one that is longer when the journal is cut, too (Turn)
	keep Retention

	mu      sync.Mutex
	state   state      // as it is on disk
	vague   bool       // another state is perhaps in force
	from    cutPoint   // what counts begins here: as the state says, or a header when the state was lost or is older (chain)
	segs    []*Segment // in order; the last one is written to
	last    int        // the highest number that was ever tried
	rev     thingset.Rev
	closed  bool
	begin   bool              // the next group begins a segment
	hot     bool              // the open segment is long
	pending []byte            // the header of a segment that holds nothing yet
	defined map[string][]byte // sets that the open segment defines
	buf     []byte
	unsure  bool        // what was read is perhaps not durable (confirm.go)
	rooted  bool        // the names of the folder and of those above it are durable
	folder  fs.FileInfo // which one that was; nil when nobody knows
	doubt   bool        // a group was refused that perhaps counts when the journal is read
	lost    error       // files are gone (attached.go)
	looked  time.Time   // for them
	archive []*part     // the segments that were cut, in order
	listed  bool        // these are they
	trimmed bool        // what is too much of them has gone

	moved map[Drop]bool // the folders of these drops were moved away
}

// Segment is one file of the journal.
type Segment struct {
	N    int
	File *disk.File
	Tag  uint16 // the caller's

	head  header
	size  int64        // of what was acknowledged
	cut   int64        // how much of that is cut
	tail  int64        // where the last frame but one begins, of what was read
	zeros int64        // up to where there are zeros to be written over
	base  thingset.Rev // before its first commit
	rev   thingset.Rev // of its last one
	born  time.Time    // zero when an earlier process began it
	index index
}

// SegmentFile is the path of a segment below the domain's folder.
func SegmentFile(n int) string { return fmt.Sprintf("%s/%010d.log", Dir, n) }

// Open reads the state of a journal; Replay comes next.
func Open(d *disk.Disk, keep Retention) (*Journal, error) {
	turn := keep.segment()
	j := &Journal{d: d, full: 4 * turn, turn: turn, keep: keep, begin: true, moved: map[Drop]bool{}}
	var err error
	if j.state, err = readState(d); err != nil {
		return nil, err
	}
	j.from = j.state.cutPoint
	j.rev, j.last = j.from.Rev, j.from.At.segment
	return j, nil
}

// Segments are the numbers of the segments on disk, in order.
func Segments(d *disk.Disk) ([]int, error) {
	names, err := d.Names(Dir)
	if err != nil {
		return nil, damaged(err, Dir)
	}
	var list []int
	for _, name := range names {
		if n, ok := isSegment(name); ok {
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return list, nil
}

// isSegment gives the number of a segment by its name in the folder.
func isSegment(name string) (n int, ok bool) {
	base, ok := strings.CutSuffix(name, ".log")
	n, err := strconv.Atoi(base)
	return n, ok && err == nil && len(base) == 10
}

// Rev is the last revision that the journal knows of.
func (j *Journal) Rev() thingset.Rev {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.rev
}

// Reached tells of a later revision than the journal knows of: what comes begins a
// segment behind it.
func (j *Journal) Reached(rev thingset.Rev) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if rev > j.rev {
		j.rev, j.begin = rev, true
	}
}

// CutRev is the revision up to which everything is safe elsewhere.
func (j *Journal) CutRev() thingset.Rev {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.from.Rev
}

// Size is what the segments hold that are not cut yet, in bytes.
func (j *Journal) Size() (n int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, s := range j.segs {
		n += s.size - s.cut
	}
	return n
}

func damaged(err error, where string) error { return domain.Wrap(err, "e.store.damaged", where) }

func damagedAt(err error, segment int, offset int64) error {
	return domain.Wrap(err, "e.store.damaged", domain.Textf("%s，偏移 %d 处", "%s at offset %d", SegmentFile(segment), offset))
}
