package regapi

import (
	"io/fs"
	"os"
	"time"
)

// sighting is how a file looked when it was read.
type sighting struct {
	info  fs.FileInfo
	fresh bool // it had just been written: its times prove nothing
}

func see(info fs.FileInfo) sighting { return sighting{info, isFresh(info)} }

// same reports whether a file is still the one that was read.
func (s sighting) same(now fs.FileInfo) bool {
	return s.info != nil && !s.fresh && s.info.Size() == now.Size() &&
		s.info.ModTime().Equal(now.ModTime()) && os.SameFile(s.info, now)
}

const (
	// freshness is how long after a write another one may leave the same
	// times: file systems count in ticks of up to 10 ms.
	freshness = 20 * time.Millisecond

	// grace is how long a file that has vanished still answers: some
	// editors save by taking the old one away first.
	grace = 110 * time.Millisecond
)

func isFresh(info fs.FileInfo) bool {
	d := time.Since(info.ModTime())
	return d < freshness && d > -time.Minute
}
