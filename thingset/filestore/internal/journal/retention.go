package journal

import (
	"slices"
	"strings"
	"time"
)

// Retention says how much of the journal stays, for readers of the feed. The zero value
// keeps nothing.
type Retention struct {
	Bytes int64         // of all segments
	Age   time.Duration // of a segment since it was cut; 0 is without bound
	Files int           // how many segments; 0 is 256
	Now   func() time.Time

	// Segment is how long a segment is at least that is ended when the journal is cut, in
	// bytes; 0 is a MiB, or less when little stays.
	Segment int64

	// Fault is told of damage in what was cut, once; it may be nil.
	Fault func(*Fault)
}

func (r Retention) now() time.Time {
	if r.Now == nil {
		return time.Now()
	}
	return r.Now()
}

func (r Retention) segment() int64 {
	switch {
	case r.Segment > 0:
		return r.Segment
	case r.Bytes > 0:
		return min(turnSize, r.Bytes/16)
	}
	return turnSize
}

func (r Retention) files() int {
	if r.Files > 0 {
		return r.Files
	}
	return 256
}

// earlierExt is how the names of archived segments ended in earlier versions, which gave
// them another one. They go: the feed of such a domain begins anew.
const earlierExt = ".feed"

// trim removes the oldest segments that were cut and are more than is to stay. Those
// that would be read if the state were lost stay in any case.
//
// It is called when a segment is cut whole, or once in a process: in a domain to which nobody
// writes nothing goes for its age, and nothing is added either. What a kill has left of zeros
// ahead, up to mostAhead, goes when that segment is cut whole (archived), with the first
// checkpoint after the first write of the next process. So there is one such segment at
// most.
func (j *Journal) trim() error {
	names, err := j.d.Names(Dir)
	if err != nil {
		return err
	}
	var cut []int
	for _, name := range names {
		if n, ok := isSegment(name); ok && n < j.first() {
			cut = append(cut, n)
		} else if strings.HasSuffix(name, earlierExt) {
			if err := j.d.Remove(Dir + "/" + name); err != nil {
				return err
			}
		}
	}
	slices.Sort(cut)
	excess, err := j.excess(cut)
	if err != nil {
		return err
	}
	for _, n := range cut[:excess] {
		if j.needed(n) {
			break
		}
		if err := j.d.Remove(SegmentFile(n)); err != nil {
			return err
		}
		j.archive = slices.DeleteFunc(j.archive, func(p *part) bool { return p.n <= n })
	}
	j.trimmed = true
	return nil
}

// first is the first segment that was not cut.
func (j *Journal) first() int {
	if len(j.segs) > 0 {
		return j.segs[0].N
	}
	return j.from.At.segment
}

// excess is how many of the segments that were cut are too many, the oldest of them.
func (j *Journal) excess(cut []int) (n int, err error) {
	size, files := int64(0), j.keep.files()-len(j.segs)
	for _, s := range j.segs {
		size += s.size
	}
	for n = len(cut); n > 0; n-- {
		fi, err := j.d.Lstat(SegmentFile(cut[n-1]))
		if err != nil {
			return 0, err
		}
		size += fi.Size()
		old := j.keep.Age > 0 && j.keep.now().Sub(fi.ModTime()) > j.keep.Age
		if old || size > j.keep.Bytes || len(cut)-n >= files {
			break
		}
	}
	return n, nil
}

// needed reports whether a segment that was cut would be read without the state: the
// header of the last one leads there. That header tells of the cut when the segment was begun,
// which the state may be far behind by now (Journal.from); what lies between counts once
// more without the state, and has to be whole. A header whose cut point lies in the very segment
// before leads there only when something of that one counts.
func (j *Journal) needed(n int) bool {
	if len(j.segs) == 0 {
		return false
	}
	h := j.open().head
	return n > h.cut.At.segment || n == h.cut.At.segment && (h.before != n || h.counts(h.cut))
}
