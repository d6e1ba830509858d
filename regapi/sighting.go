package regapi

import (
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/caryahq/carya/domain"
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

// seenDir is how a folder looked when it was read.
type seenDir struct {
	time  time.Time
	fresh bool
	names []string // of a fresh one, whose time proves nothing
}

func seeDir(info fs.FileInfo, entries []fs.DirEntry) seenDir {
	d := seenDir{time: info.ModTime(), fresh: isFresh(info)}
	for i := 0; d.fresh && i < len(entries); i++ {
		d.names = append(d.names, entries[i].Name())
	}
	return d
}

// sameNow reports whether the folder still has the files that it had.
func (d seenDir) sameNow(fsys *os.Root, dir string) bool {
	info, err := fsys.Stat(dir)
	if err != nil || !info.ModTime().Equal(d.time) {
		return false
	}
	if !d.fresh {
		return true
	}
	entries, err := fs.ReadDir(domain.ReadFS(fsys), dir)
	return err == nil && slices.EqualFunc(entries, d.names, func(e fs.DirEntry, name string) bool { return e.Name() == name })
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
