package main

import (
	"sync"
	"time"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/shell"
)

// sessions keep the variables of prompts from line to line, for whoever does
// their jobs. It may be used from many goroutines.
type sessions struct {
	mu   sync.Mutex
	open map[string]*promptVars
}

// promptVars are the variables of one prompt.
type promptVars struct {
	vars shell.Vars
	used time.Time
}

// What is kept at most, and for how long after a prompt's last line: it may have
// gone without a word.
const (
	maxSessions = 256
	sessionLife = 24 * time.Hour
)

// vars are the variables of a job: those of its prompt, or its own.
func (s *sessions) vars(job ctl.Job) shell.Vars {
	own := shell.MapVars(job.Vars)
	if job.Session == "" {
		return own
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	p := s.open[job.Session]
	if p == nil {
		s.makeRoom(now)
		p = &promptVars{vars: shell.NewVars(own)}
		s.open[job.Session] = p
	}
	p.used = now
	return p.vars
}

// makeRoom forgets what is old, and the oldest when there are too many.
func (s *sessions) makeRoom(now time.Time) {
	if s.open == nil {
		s.open = map[string]*promptVars{}
	}
	oldest := ""
	for id, p := range s.open {
		switch {
		case now.Sub(p.used) > sessionLife:
			delete(s.open, id)
		case oldest == "" || p.used.Before(s.open[oldest].used):
			oldest = id
		}
	}
	if len(s.open) >= maxSessions {
		delete(s.open, oldest)
	}
}
