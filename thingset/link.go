package thingset

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/caryahq/carya/domain"
)

// Links are promised. What a change makes them do is noted by the same commit, one
// record a thing, and the note goes when all copies are made; what a server that
// died has left is done by the next one (linkleft.go).

// LinksPath is the plain set of the notes, LinksDef how it is kept.
const LinksPath = ".domain/links"

// LinksDef is how the notes of links are kept: see LinksPath.
var LinksDef = Def{Plain: true, Loose: -1}

// errand is a note: other things have to take members of a thing.
type errand struct {
	ID     string   `json:"id"`
	Set    string   `json:"set"`
	Thing  string   `json:"thing"`
	Fields []string `json:"fields"` // that have changed
	Depth  int      `json:"depth,omitempty"`
}

// errands are what the links of one commit have to do; nil is nothing.
type errands struct {
	set   *Set // of the things
	notes *Set
	all   []errand
}

// errands are those that edits of a set make.
func (s *Set) errands(ctx context.Context, st *state, edits []edit) (*errands, error) {
	if len(st.schema.links) == 0 {
		return nil, nil
	}
	es := &errands{set: s}
	depth, _ := ctx.Value(depthKey{}).(int)
	for _, e := range edits {
		fields := linkedChanges(st.schema.links, e)
		if len(fields) == 0 {
			continue
		}
		if _, err := deeper(ctx); err != nil {
			s.failed(e.ID, OnUpdated, err)
			continue
		}
		es.all = append(es.all, errand{ID: domain.NewID(), Set: s.path.String(), Thing: e.ID, Fields: fields, Depth: depth})
	}
	if len(es.all) == 0 {
		return nil, nil
	}
	var err error
	es.notes, err = s.db.notes(ctx)
	return es, err
}

func (db *DB) notes(ctx context.Context) (*Set, error) { return db.Plain(ctx, LinksPath, LinksDef) }

// linkedChanges are the members that an edit changes and links copy.
func linkedChanges(links []Link, e edit) (fields []string) {
	if e.old == nil || e.Body == nil {
		return nil
	}
	for _, l := range links {
		for _, p := range l.Copy {
			if !slices.Contains(fields, p[1]) && Field(e.old, p[1]).Raw != Field(e.Body, p[1]).Raw {
				fields = append(fields, p[1])
			}
		}
	}
	return fields
}

// list are the writes that note the errands.
func (es *errands) list() (out []Write) {
	if es == nil {
		return nil
	}
	for _, e := range es.all {
		body, _ := json.Marshal(e) // texts and a number
		out = append(out, Write{Set: es.notes.name, ID: e.ID, Body: body})
	}
	return out
}

// run does the errands of a commit. Those that cannot be done now are left to the
// follower.
func (es *errands) run(ctx context.Context) {
	if es == nil {
		return
	}
	var done []Write
	for _, e := range es.all {
		if err := es.set.follow(ctx, e); err != nil {
			es.set.failed(e.Thing, OnUpdated, err)
			continue
		}
		done = append(done, Write{Set: es.notes.name, ID: e.ID})
	}
	if _, err := es.set.db.Commit(ctx, done...); err != nil || len(done) < len(es.all) {
		es.set.db.links.wake()
	}
}

// follow does one errand. An error says that it has to be done again; what the
// other things refuse is logged and not asked again.
func (s *Set) follow(ctx context.Context, e errand) error {
	st, err := s.state(ctx)
	if err != nil {
		return err
	}
	if ctx, err = deeper(ctx); err != nil {
		s.failed(e.Thing, OnUpdated, err)
		return nil
	}
	for _, l := range st.schema.links {
		if !slices.ContainsFunc(l.Copy, func(p [2]string) bool { return slices.Contains(e.Fields, p[1]) }) {
			continue
		}
		if err := s.followLink(ctx, l, e.Thing); err != nil {
			if !isAboutRow(err) {
				return err
			}
			s.failed(e.Thing, OnUpdated, err)
		}
	}
	return nil
}

// followLink brings the things of another set up to date with a thing as it is: of
// several changes in a row whoever comes last copies the last one.
func (s *Set) followLink(ctx context.Context, l Link, id string) error {
	for range maxTries {
		rec, err := s.Any(ctx, id)
		if err == nil {
			err = s.copyTo(ctx, l, rec)
		}
		var now Record
		if err == nil {
			now, err = s.Any(ctx, id)
		}
		switch {
		case domain.CodeOf(err) == "e.thing.noexists":
			return nil
		case err != nil || l.same(rec.Body, now.Body):
			return err
		}
	}
	return domain.E("e.busy", s.path, id)
}

// same reports whether two versions of a thing are the same for a link.
func (l Link) same(a, b []byte) bool {
	return !slices.ContainsFunc(slices.Concat(l.By, l.Copy), func(p [2]string) bool { return Field(a, p[1]).Raw != Field(b, p[1]).Raw })
}

// copyTo changes the things that a link leads to.
func (s *Set) copyTo(ctx context.Context, l Link, rec Record) error {
	var all []cond
	for _, p := range l.By {
		value := scalarText(Field(rec.Body, p[1]))
		if value == "" {
			return nil
		}
		all = append(all, cond{key: p[0], path: escapePath(p[0]), test: exact(value)})
	}
	to, err := s.db.Set(ctx, l.Set)
	if err != nil {
		return err
	}
	patch := &members{}
	for _, p := range l.Copy {
		raw := Field(rec.Body, p[1]).Raw
		if raw == "" {
			raw = "null"
		}
		patch.set(p[0], raw)
	}
	return to.patchAll(ctx, &Matcher{any: [][]cond{all}}, patch)
}

// patchAll updates what matches and does not have the members yet. Things that
// refuse them are logged.
func (s *Set) patchAll(ctx context.Context, m *Matcher, patch *members) error {
	var ids []string
	for rec, err := range s.Each(ctx, Query{Match: m}) {
		if err != nil {
			return err
		}
		ids = append(ids, rec.ID)
	}
	c, err := s.updater(ctx, patch, nil)
	if err != nil {
		return err
	}
	c.Pass, c.many, c.drop = true, true, true
	c.skip = func(id string, err error) { s.failed(id, OnUpdated, err) }
	if err = c.run(ctx, ids); domain.CodeOf(err) != "e.thing.ukey.duplicated" {
		return err
	}
	for _, id := range ids { // one after the other: the others get theirs
		if err := c.run(ctx, []string{id}); err != nil {
			if !isAboutRow(err) {
				return err
			}
			s.failed(id, OnUpdated, err)
		}
	}
	return nil
}
