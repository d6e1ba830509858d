package journal

import (
	"maps"
	"slices"
)

// Sets are the sets that the state tells of, in order.
func (j *Journal) Sets() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Sorted(maps.Keys(j.state.Marks))
}

// Sets is Journal.Sets.
func (k *Known) Sets() []string { return slices.Sorted(maps.Keys(k.state.Marks)) }
