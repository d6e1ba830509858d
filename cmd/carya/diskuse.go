package main

import (
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
)

// diskAge is how old a domain's size may be before it is looked at again.
const diskAge = 15 * time.Minute

// diskUse knows how large domains are. Looking takes as long as there are files, so it is
// done aside, one domain at a time, and what was found last is told meanwhile. The zero
// diskUse knows none.
type diskUse struct {
	looking sync.Mutex // held while a folder is walked

	mu    sync.Mutex
	found map[string]*diskSize
}

type diskSize struct {
	bytes int64
	known bool
	asked time.Time
}

// of is the size of a domain in bytes, false while nobody has looked; who asks has it
// looked at when the answer is old.
func (u *diskUse) of(d *domain.Domain, now time.Time) (bytes int64, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.found == nil {
		u.found = map[string]*diskSize{}
	}
	s := u.found[d.Name()]
	if s == nil {
		s = &diskSize{}
		u.found[d.Name()] = s
	}
	if s.asked.IsZero() || now.Sub(s.asked) > diskAge {
		s.asked = now
		go u.look(s, d.Dir())
	}
	return s.bytes, s.known
}

func (u *diskUse) look(s *diskSize, dir string) {
	u.looking.Lock()
	defer u.looking.Unlock()
	n := sizeOf(dir)
	u.mu.Lock()
	defer u.mu.Unlock()
	s.bytes, s.known = n, true
}

// sizeOf adds up the files of a folder; what cannot be read counts nothing.
func sizeOf(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return nil
		}
		if info, err := e.Info(); err == nil {
			n += info.Size()
		}
		return nil
	})
	return n
}
