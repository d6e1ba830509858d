package regapi

import "sync"

// told remembers what was written to the log of an endpoint, so that who asks it over and
// over does not fill the disk.
type told struct {
	mu   sync.Mutex
	seen map[string]bool
}

// maxTold is how much of one endpoint is told at most.
const maxTold = 20

// once reports whether something is to be told: the first time.
func (t *told) once(what string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seen[what] || len(t.seen) >= maxTold {
		return false
	}
	if t.seen == nil {
		t.seen = map[string]bool{}
	}
	t.seen[what] = true
	return true
}
