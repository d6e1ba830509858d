package filestore

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
)

// When entries of a pack are lost its lines are there still. Which of them count is told by
//
//   - their order: lines and entries are only ever appended, to the pack with the highest
//     number, so what stands behind, or in a later pack of the set's own, is later;
//   - sound entries, also of deletes, and what can be read of damaged ones;
//   - the journal, as far back as it is kept for the feed.
//
// A pack that the state does not list may be anybody's: of its lines those count of whose
// records nothing else tells. What cannot be decided is named.

// verdict is what goes on of the lost entries of a pack.
type verdict struct {
	lines []pack.Stray
	gone  []pack.Lost

	unsure  []string // ids of which nobody knows the last version, or whether they were deleted
	deleted []string // ids whose delete is told by a damaged entry
	dark    bool     // there may have been other deletes
}

// judging is the search for them.
type judging struct {
	c     *checkup
	mark  pack.Mark
	list  map[int]*verdict
	lines map[string][]*sighted
	gone  map[string][]*sighted
	last  map[string]journal.Last
	top   thingset.Rev
	heir  *verdict // of the first pack of the set's own: it takes the deletes that the journal tells of
}

// sighted is a line, or a delete, of which a lost entry told.
type sighted struct {
	pack   *pack.View
	own    bool // the pack is one of the set's own
	line   pack.Stray
	delete *pack.Lost // nil: a line

	before thingset.Rev // the highest revision that is known to be earlier
	beaten bool         // something later is known
	unsure bool
	known  bool // of a delete: there is such a record
}

// judge tells what counts of what the hurt packs have lost.
func (c *checkup) judge() (map[int]*verdict, error) {
	mark, _ := c.known.Mark(c.set)
	j := &judging{c: c, mark: mark, list: map[int]*verdict{}, lines: map[string][]*sighted{}, gone: map[string][]*sighted{}}
	for _, h := range c.hurt {
		if err := j.survey(h.View); err != nil {
			return nil, err
		}
	}
	if j.heir != nil {
		var err error
		if j.last, err = journal.LastOf(c.d, c.set); err != nil {
			return nil, err
		}
	}
	for _, one := range c.views {
		if err := one.Good(func(e pack.Entry, at int64) { j.meet(one, e, at) }); err != nil {
			return nil, err
		}
	}
	for id, list := range j.lines {
		j.among(id, list)
	}
	for id, list := range j.lines {
		for _, s := range list {
			j.settle(id, s)
		}
	}
	for id, list := range j.gone {
		for _, s := range list {
			j.settleGone(id, s)
		}
	}
	for _, v := range j.list {
		slices.SortFunc(v.lines, pack.Stray.Compare)
		slices.SortFunc(v.gone, func(a, b pack.Lost) int { return cmp.Compare(a.ID, b.ID) })
		slices.Sort(v.unsure)
		slices.Sort(v.deleted)
	}
	return j.list, nil
}

// survey looks for what a pack has lost. Of the lines of a record the last one matters.
func (j *judging) survey(one *pack.View) error {
	found, err := one.Survey()
	if err != nil {
		return err
	}
	v, own := &verdict{dark: found.Unread > 0 || len(found.Gone) > 0}, j.mark.Own(one.N)
	if j.list[one.N] = v; own && j.heir == nil && !found.Whole {
		j.heir = v
	}
	for _, line := range found.Strays {
		list := j.lines[line.ID]
		if n := len(list); n > 0 && list[n-1].pack == one {
			list = list[:n-1]
		}
		j.lines[line.ID] = append(list, &sighted{pack: one, own: own, line: line})
	}
	for _, g := range found.Gone {
		j.gone[g.ID] = append(j.gone[g.ID], &sighted{pack: one, own: own, delete: &g})
	}
	return nil
}

// meet holds a sound entry against what is sighted of its record.
func (j *judging) meet(one *pack.View, e pack.Entry, at int64) {
	if e.Kind == pack.Own {
		return
	}
	key, ok := entryID(e)
	if !ok {
		return
	}
	id := string(key)
	j.top = max(j.top, e.Rev)
	for _, s := range j.lines[id] {
		s.meetLine(one, e, at, j.mark.Own(one.N))
	}
	for _, s := range j.gone[id] {
		s.known = s.known || e.Keys != nil
		s.order(j.after(s, one, at), e.Rev)
	}
	if last, ok := j.last[id]; ok && last.Gone && e.Keys != nil && e.Rev < last.Rev && j.mark.Own(one.N) {
		j.heir.gone = append(j.heir.gone, pack.Lost{ID: id, Rev: last.Rev})
		delete(j.last, id) // once
	}
}

// after tells whether a delete is later than what stands in a pack.
func (j *judging) after(s *sighted, one *pack.View, at int64) int {
	switch {
	case one == s.pack:
		return cmp.Compare(s.delete.At, at)
	case s.own && j.mark.Own(one.N):
		return cmp.Compare(s.pack.N, one.N)
	}
	return -1
}

// order notes something of a revision that is earlier, or later.
func (s *sighted) order(order int, rev thingset.Rev) {
	if order > 0 {
		s.before = max(s.before, rev)
	} else {
		s.beaten = s.beaten || order < 0
	}
}

// meetLine holds a sound entry against a line.
func (s *sighted) meetLine(one *pack.View, e pack.Entry, at int64, own bool) {
	same := e.Keys != nil && e.Line.Sum == s.line.Sum && int(e.Line.Size) == s.line.Size
	switch {
	case one == s.pack && e.Keys != nil:
		s.order(cmp.Compare(s.line.From, int64(e.Line.Offset)), e.Rev)
	case one == s.pack:
		order := s.line.Order(at)
		s.order(order, e.Rev)
		if order == 0 {
			s.before, s.unsure = max(s.before, e.Rev), true
		}
	case s.own && own:
		s.order(cmp.Compare(s.pack.N, one.N), e.Rev)
	case s.own: // somebody's pack tells of it too
		s.before, s.unsure = max(s.before, e.Rev), s.unsure || !same
	default:
		s.beaten, s.unsure = true, e.Keys != nil && !same
	}
}

// among holds lines and deletes of a record against each other, which are in the order of
// their packs.
func (j *judging) among(id string, list []*sighted) {
	for i, s := range list {
		for _, later := range list[i+1:] {
			beaten := s
			if s.own && !later.own {
				beaten = later
			}
			beaten.beaten = true
			beaten.unsure = s.own != later.own || !s.own && s.line.Sum != later.line.Sum
		}
		for _, g := range j.gone[id] {
			g.known = true
			order := 0
			switch {
			case g.pack == s.pack:
				order = s.line.Order(g.delete.At)
			case g.own && s.own:
				order = cmp.Compare(s.pack.N, g.pack.N)
			}
			g.beaten = g.beaten || order >= 0
			s.beaten, s.unsure = s.beaten || order < 0, s.unsure || order == 0
		}
	}
}

// settle says whether a line counts, and at which revision.
func (j *judging) settle(id string, s *sighted) {
	v := j.list[s.pack.N]
	rev := s.before + 1
	if s.line.Rev > rev && s.line.Rev <= j.top {
		rev = s.line.Rev
	}
	if last, ok := j.last[id]; ok && s.own && !s.beaten {
		switch {
		case last.Gone:
			s.beaten, s.unsure = true, false
		case last.Sum == s.line.Sum && last.Size == s.line.Size:
			rev, s.unsure = max(last.Rev, rev), false
		case j.c.known.Writes(j.c.set, []byte(id)):
			s.beaten = true
		default:
			s.unsure = true // the one that was written last is nowhere
		}
	} else if s.own && j.c.known.Writes(j.c.set, []byte(id)) {
		s.beaten, s.unsure = true, false
	}
	if s.unsure {
		v.unsure = append(v.unsure, id)
	}
	if !s.beaten {
		s.line.Rev = rev
		v.lines = append(v.lines, s.line)
	}
}

// settleGone says whether a delete counts of which a damaged entry tells.
func (j *judging) settleGone(id string, s *sighted) {
	last, ok := j.last[id]
	if s.beaten || !s.known || ok && !last.Gone {
		return
	}
	v := j.list[s.pack.N]
	g := *s.delete
	if g.Rev <= s.before || g.Rev > j.top {
		g.Rev = s.before + 1
	}
	v.gone = append(v.gone, g)
	v.deleted = append(v.deleted, id)
}

// text is what people are told of it.
func (v *verdict) text() domain.Text {
	var t domain.Text
	add := func(zh, en string, ids []string) {
		if len(ids) > 0 {
			t.ZH, t.EN = t.ZH+fmt.Sprintf(zh, someOf(ids).ZH), t.EN+fmt.Sprintf(en, someOf(ids).EN)
		}
	}
	var found []string
	for _, line := range v.lines {
		found = append(found, line.ID)
	}
	add("：%s", ": %s", found)
	add("；损坏的索引项表明下列记录已删除：%s", "; deleted, as damaged entries say: %s", v.deleted)
	add("；无法确定下列记录的最新版本，或是否已删除，请查看上述副本：%s", "; which version of these is the last one, or whether they were deleted, cannot be told, look into the copies: %s", v.unsure)
	if v.dark {
		t.ZH += "；若读不出的部分中有删除，被删的记录可能又出现"
		t.EN += "; records whose deletes stood in what cannot be read may be back"
	}
	return t
}

// mostNamed is how many ids are named at once.
const mostNamed = 100

// someOf names ids.
func someOf(ids []string) domain.Text { return firstOf(ids, mostNamed) }

// firstOf names up to so many ids.
func firstOf(ids []string, most int) domain.Text {
	if n := len(ids) - most; n > 0 {
		list := strings.Join(ids[:most], ", ")
		return domain.Textf("%s 等，另有 %d 个", "%s and %d more", list, n)
	}
	list := strings.Join(ids, ", ")
	return domain.Text{ZH: list, EN: list}
}
