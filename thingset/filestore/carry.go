package filestore

import (
	"cmp"
	"slices"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// A set that cannot be flushed must not keep the journal of the whole domain from
// being cut: its records are carried, written to the end of the journal once more. It is
// not cut behind what own files may show that nothing else tells of (settledRev).

// They are carried when the journal before them is carryShare times as long, and
// longer than carryLeast; never more than carryMost. In bytes.
const (
	carryShare = 4
	carryLeast = 8 << 20
	carryMost  = 512 << 20
	carryGroup = 4 << 20
)

// carried is a record of a set that is stuck, or one that is gone.
type carried struct {
	t *set
	look
	gone  bool
	stays bool // its row names the pack into which it was flushed
	body  []byte
	place rows.Place
}

// carryStuck carries what stuck sets have not flushed, when it is worth it. It
// gives the revision up to which the journal can be cut, and the segment from which on
// it must not be; rev is that revision without it. The caller holds busy.
func (r *room) carryStuck(rev thingset.Rev) (to thingset.Rev, before int, err error) {
	stuck := slices.DeleteFunc(r.loaded(), func(t *set) bool { return t.stuck.err == nil })
	if len(stuck) == 0 {
		return rev, 0, nil
	}
	to = r.settledRev(stuck)
	all, size := r.unflushed(stuck, to)
	if total := r.journal.Size(); len(all) == 0 || size > carryMost || total < max(r.s.carryLeast, carryShare*size) {
		release(all)
		return rev, 0, nil
	}
	before, err = r.carry(all)
	return to, before, err
}

// unflushed are the records of sets that were written up to a revision and are in
// the journal only, in the order of their revisions.
func (r *room) unflushed(sets []*set, until thingset.Rev) (all []*carried, size int64) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, t := range sets {
		for row := range t.dirty {
			if t.rows.Rev(row) <= until {
				all = append(all, &carried{t: t, look: r.look(t.rows, row)})
				size += int64(t.rows.Place(row).Size)
			}
		}
		for id, d := range t.gone {
			if d.rev <= until {
				all = append(all, &carried{t: t, look: look{id: id, rev: d.rev}, gone: true})
			}
		}
		t.adrift(func(one settled) {
			if one.rev <= until {
				all = append(all, &carried{t: t, look: r.look(t.rows, one.row), stays: true})
				size += int64(t.rows.Place(one.row).Size)
			}
		}, func(one settled) {
			if one.rev <= until {
				all = append(all, &carried{t: t, look: look{id: one.id, rev: one.rev}, gone: true})
			}
		})
	}
	slices.SortFunc(all, func(a, b *carried) int {
		return cmp.Or(cmp.Compare(a.rev, b.rev), cmp.Compare(a.t.name, b.t.name), cmp.Compare(a.id, b.id))
	})
	return all, size
}

// carry writes records to the end of the journal once more. Nobody commits while
// they are appended: what was deleted since they were looked at must not stand behind
// its delete.
func (r *room) carry(all []*carried) (before int, err error) {
	defer release(all)
	if err := readCarried(all); err != nil {
		return 0, err
	}
	r.commits.Lock()
	defer r.commits.Unlock()
	now := r.stillCarried(all)
	if before, err = r.journal.Carry(r.carryGroups(now)...); err != nil {
		return 0, err
	}
	if slices.ContainsFunc(now, func(one *carried) bool { return !one.gone && one.place.File == 0 }) {
		return 0, errFiles
	}
	r.movedTo(now)
	return before, nil
}

// readCarried reads the bodies of records.
func readCarried(all []*carried) error {
	for _, one := range all {
		if one.gone {
			continue
		}
		rec, err := one.record()
		if err != nil {
			return err
		}
		one.body = rec.Body
	}
	return nil
}

// stillCarried are those of some records that are as they were: what has changed since
// stands in the journal behind what is cut.
func (r *room) stillCarried(all []*carried) (now []*carried) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, one := range all {
		row := one.t.rows.Find(one.id)
		if one.gone && row == 0 || !one.gone && row == one.row && one.t.rows.Rev(row) == one.rev {
			now = append(now, one)
		}
	}
	return now
}

// carryGroups makes groups of records, at least one: what is cut ends before it.
func (r *room) carryGroups(all []*carried) (groups []func(*journal.Segment, *journal.Group)) {
	for from := 0; from < len(all) || from == 0; {
		to, size := from, 0
		for to < len(all) && (to == from || size < carryGroup) {
			size += len(all[to].body)
			to++
		}
		part := all[from:to]
		groups = append(groups, func(s *journal.Segment, g *journal.Group) { r.carryGroup(part, s, g) })
		from = max(to, from+1)
	}
	return groups
}

func (r *room) carryGroup(part []*carried, s *journal.Segment, g *journal.Group) {
	r.mu.Lock()
	err := r.tag(s)
	r.mu.Unlock()
	for _, one := range part {
		g.Commit(one.rev)
		if !g.Knows(one.t.name, one.t.code) {
			g.Define(one.t.name, one.t.code)
		}
		if one.gone {
			g.Delete(one.t.name, one.id)
			continue
		}
		one.place = rows.Place{Offset: g.Put(one.t.name, one.id, one.body, false), Size: uint32(len(one.body)), Sum: frame.Sum(one.body)}
		if err == nil {
			one.place.File = s.Tag
		}
	}
}

// movedTo tells memory where carried records are now.
func (r *room) movedTo(all []*carried) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range all {
		if one.gone || one.stays || one.t.rows.Find(one.id) != one.row || one.t.rows.Rev(one.row) != one.rev {
			continue
		}
		r.count(one.t, one.row, -1)
		one.t.rows.Move(one.row, one.place)
		r.count(one.t, one.row, 1)
	}
}

// release lets go of files that were held for reading.
func release(all []*carried) {
	for _, one := range all {
		if one.file != nil {
			one.file.release()
			one.file = nil
		}
	}
}
