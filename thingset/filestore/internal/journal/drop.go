package journal

import (
	"maps"
	"slices"
	"strings"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
)

// DroppedDir is where the folders go that were dropped, until their files are removed:
// each by the revision that dropped it.
const DroppedDir = Dir + "/dropped"

// Drop is a folder that was dropped: what was written to sets in it up to a revision
// does not count any more.
//
// A group tells of it, and from then on it is so. Then the state says it, and does not list
// the sets any more; then the folder is moved away. The state says it until the journal
// is cut behind it, and what was moved away stays as long: so it is known after a crash
// whether a folder of that name is the one that was dropped.
type Drop struct {
	Folder string       `json:"folder"`
	Rev    thingset.Rev `json:"rev"`
}

// Holds reports whether a set, or a folder, lies in the one that was dropped.
func (d Drop) Holds(set string) bool {
	return set == d.Folder || strings.HasPrefix(set, d.Folder+"/")
}

// Drop begins to tell that a folder is dropped by the commit that was begun: the deletes
// of what was in its sets follow, for the feed. Without them, when untold is set, the feed
// begins behind it.
func (g *Group) Drop(folder string, untold bool) {
	d, kind := Drop{Folder: folder}, byte(itemDrop)
	if untold {
		kind, g.last = itemDropUntold, true
	}
	maps.DeleteFunc(g.j.defined, func(set string, _ []byte) bool { return d.Holds(set) })
	g.buf = append(g.buf, kind)
	g.buf = frame.AppendBytes(g.buf, folder)
}

// dropped reports whether a write of a commit does not count, since its set was dropped
// later.
func (s state) dropped(set []byte, rev thingset.Rev) bool {
	return len(s.Drops) > 0 && slices.ContainsFunc(s.Drops, func(d Drop) bool { return rev <= d.Rev && d.Holds(string(set)) })
}

// without is the state after a drop.
func (s state) without(d Drop) state {
	s.Marks = maps.Clone(s.Marks)
	maps.DeleteFunc(s.Marks, func(set string, _ pack.Mark) bool { return d.Holds(set) })
	s.Drops = append(slices.Clone(s.Drops), d)
	return s
}

// found takes in a drop that the journal tells of and the state does not, as the process
// ended in between. When the state was lost its folder may be another one by now, and
// stays.
func (j *Journal) found(d Drop) {
	if slices.Contains(j.state.Drops, d) {
		return
	}
	j.moved[d] = !j.whole()
	j.state, j.vague = j.state.without(d), true
}

// Drop has the state say that a folder was dropped, which a group has told.
func (j *Journal) Drop(d Drop) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !slices.Contains(j.state.Drops, d) {
		j.state, j.vague = j.state.without(d), true
	}
	if !j.vague {
		return nil
	}
	if err := j.confirm(); err != nil {
		return unwritten(err)
	}
	return j.put(j.state)
}

// Born is the revision that dropped the set of a name which was there before; 0 when
// none was, or long ago and nothing was made of the new one.
func (j *Journal) Born(set string) (rev thingset.Rev) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if m, ok := j.state.Marks[set]; ok {
		return m.Born
	}
	for _, d := range j.state.Drops {
		if d.Holds(set) {
			rev = max(rev, d.Rev)
		}
	}
	return rev
}

// Moved notes that the folder of a drop was moved away, durably.
func (j *Journal) Moved(d Drop) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.moved[d] = true
}

// Unmoved are the drops of which it is not known that their folders were moved away.
func (j *Journal) Unmoved() (list []Drop) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, d := range j.state.Drops {
		if !j.moved[d] {
			list = append(list, d)
		}
	}
	return list
}

// Needs reports whether what a drop has moved away must still be there.
func (j *Journal) Needs(rev thingset.Rev) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.vague || slices.ContainsFunc(j.state.Drops, func(d Drop) bool { return d.Rev == rev })
}

// past is the state without the drops behind which the journal is cut.
func (j *Journal) past(s state, cut thingset.Rev) (next state, changed bool) {
	list := slices.DeleteFunc(slices.Clone(s.Drops), func(d Drop) bool { return d.Rev <= cut && j.moved[d] })
	changed = len(list) < len(s.Drops)
	s.Drops = list
	return s, changed
}
