package regapi

import (
	"strings"
	"time"
)

// Whether the table is that of what lies on disk. The watch tells of changes; for
// where it cannot, and for who asks before it has, times are compared.

// current is the table for a request of that time. The watch tells of changes; where it
// cannot, times are compared now and then, first those of the folders.
func (m *mount) current(at time.Time) *table {
	now, last := at.UnixNano(), m.probed.Load()
	if now-last > probePause && m.probed.CompareAndSwap(last, now) && m.stale((*loader).stale) {
		m.reload()
	}
	return m.table.Load()
}

// settled reports whether what was found is still what lies on disk; when it is
// not, there is a new table.
func (m *mount) settled(f *leaf, at time.Time) bool {
	if f.blank() {
		return m.broken(f)
	}
	now, last := at.UnixNano(), f.probed.Load()
	if now-last <= probePause || !f.probed.CompareAndSwap(last, now) {
		return true
	}
	if !m.stale(func(l *loader) bool { return l.staleLeaf(f) }) {
		return true
	}
	m.reload()
	return false
}

// broken is settled for a file that has no good version: it was perhaps read while it
// was being written, so whoever asks waits for a load that is under way and has it looked
// at once more.
func (m *mount) broken(f *leaf) bool {
	m.mu.Lock() // a load that is under way may have the rest of it
	stale := m.loader.staleLeaf(f)
	m.mu.Unlock()
	if stale {
		m.reload()
	}
	for _, now := range m.table.Load().endpoints {
		for _, ep := range f.by {
			if ep != nil && ep.api == now.api && ep != now {
				return false
			}
		}
	}
	return true
}

// blank reports whether an endpoint of the leaf has no good version.
func (f *leaf) blank() bool {
	for _, ep := range f.by {
		if ep != nil && ep.script == nil {
			return true
		}
	}
	return false
}

func (m *mount) stale(look func(*loader) bool) bool {
	if !m.mu.TryLock() {
		return false // somebody is loading
	}
	defer m.mu.Unlock()
	return look(m.loader)
}

// stale reports whether a folder has other times than when it was read.
func (l *loader) stale() bool {
	for dir, was := range l.dirs {
		if was.fresh || !was.sameNow(l.fsys, dir) {
			return true
		}
	}
	_, err := l.fsys.Stat(folder)
	return len(l.dirs) == 0 && err == nil
}

// staleLeaf reports whether a file that answers at f, or its metadata, was
// written in place.
func (l *loader) staleLeaf(f *leaf) bool {
	for _, ep := range f.by {
		if ep != nil && l.staleUnit(folder+"/"+ep.api) {
			return true
		}
	}
	return false
}

func (l *loader) staleUnit(path string) bool {
	u := l.units[path]
	if u == nil {
		return true
	}
	if info, err := l.fsys.Stat(path); err != nil || !u.seen.same(info) {
		return true
	}
	for _, m := range u.metas {
		if m == nil {
			continue
		}
		p := strings.TrimPrefix(m.file, "~/")
		c := l.metas[p]
		if info, err := l.fsys.Stat(p); err != nil || c == nil || !c.seen.same(info) {
			return true
		}
	}
	return false
}

// missed reports whether there is another table than t now, in which nothing answers
// a path: the times of the folders on its way are compared, so that who saves an
// endpoint and asks at once is not told that there is none.
func (m *mount) missed(t *table, at match, first, path string) bool {
	m.mu.Lock() // a load that is under way may be the one
	stale := m.loader.staleWay(&at, first, path)
	m.mu.Unlock()
	if stale {
		m.reload()
	}
	return m.table.Load() != t
}

// maxWays bounds the folders that missed looks at in one depth.
const maxWays = 8

// staleWay compares the times of the folders on the way of a path, as far as they
// were there.
func (l *loader) staleWay(at *match, first, path string) bool {
	ways := []string{folder}
	for seg, rest, more := first, path, true; len(ways) > 0; seg, rest, more = cutSegment(at, rest, more) {
		var next []string
		for _, dir := range ways {
			if !l.dirs[dir].sameNow(l.fsys, dir) {
				return true
			}
			for _, name := range []string{seg, anyName} {
				if _, there := l.dirs[dir+"/"+name]; more && there && len(next) < maxWays {
					next = append(next, dir+"/"+name)
				}
			}
		}
		ways = next
	}
	return false
}

// cutSegment is the next segment of a path, decoded, and what follows.
func cutSegment(at *match, path string, more bool) (seg, rest string, ok bool) {
	if !more || path == "" {
		return "", "", false
	}
	raw, rest, _ := strings.Cut(path, "/")
	return at.decode(raw), rest, true
}
