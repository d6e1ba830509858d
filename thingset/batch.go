package thingset

import (
	"context"
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
)

// BatchMax is how many things one commit changes at most, when they hold no more
// than batchBytes of bodies.
const BatchMax = 10_000

const batchBytes = 32 << 20

// freeTries is how often a batch is tried beside other commits before these wait
// for it: of many things one may change all the time.
const freeTries = 3

// Batch says how several things are changed. Up to BatchMax of them are one
// commit, all or none. More are changed in several commits, in the order of their
// ids; what was committed before an error, or a kill, stays, and the same call goes
// on with the rest.
type Batch struct {
	Pass bool // ids that are not there are passed over; else e.thing.noexists, and nothing changes

	// Progress is told of each commit: so many ids are done, of so many. It may be
	// nil.
	Progress func(done, total int)

	// Each is called for each thing as it is now, when its commit is done; no list of
	// them is made then. It may be nil.
	Each func(Record)
}

// changer is a change of several things under way.
type changer struct {
	s  *Set
	st *state
	Batch

	get   func(ctx context.Context, id string) (Record, error)
	body  func(old Record) ([]byte, error)    // what a thing becomes: old.Body leaves it alone, nil removes it
	after func(ctx context.Context, c Change) // runs what the change of one thing sets off; may be nil
	links bool                                // other things hold copies of it
	ask   bool                                // onBeforeDelete may refuse
	grow  int                                 // bytes that a thing may become longer
	whole domain.Text                         // why it has to be one commit, if it has to
	skip  func(id string, err error)          // told of things that refuse the change; nil: it fails

	several bool
	many    bool // there is more than one commit
	begun   bool
	things  []Record // as they are in the end, when drop is not set
	drop    bool
}

// item is a thing that is to change.
type item struct {
	old  Record
	body []byte
	made bool // body is
}

// changes reports whether there is anything to write.
func (it item) changes() bool { return it.body == nil || &it.body[0] != &it.old.Body[0] }

// edit is a write with the thing before, nil when it is new.
type edit struct {
	Write
	old []byte
}

func writesOf(list []edit) []Write {
	out := make([]Write, len(list), len(list)+1)
	for i, e := range list {
		out[i] = e.Write
	}
	return out
}

// run changes things. An id that stands twice counts once. Of many ids the order is
// not kept.
func (c *changer) run(ctx context.Context, ids []string) error {
	if len(ids) > BatchMax {
		slices.Sort(ids)
		ids = slices.Compact(ids)
	} else {
		ids = distinct(ids)
	}
	c.several, c.many = len(ids) > 1, len(ids) > BatchMax
	for done := 0; done < len(ids); {
		items, n, err := c.read(ctx, ids[done:])
		if err == nil && !c.begun {
			err = c.mayBegin(ctx, ids[n:])
		}
		if err == nil {
			err = c.change(ctx, items)
		}
		if err != nil {
			return err
		}
		if done += n; c.Progress != nil {
			c.Progress(done, len(ids))
		}
	}
	return nil
}

func distinct(ids []string) []string {
	seen := make(map[string]bool, len(ids))
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		if !seen[id] {
			out = append(out, id)
		}
		seen[id] = true
	}
	return out
}

// read reads the things of one commit; n is how many ids it has looked at.
func (c *changer) read(ctx context.Context, ids []string) (items []item, n int, err error) {
	size := 0
	for n < len(ids) && n < BatchMax && size < batchBytes {
		old, err := c.get(ctx, ids[n])
		switch {
		case err == nil:
			items = append(items, item{old: old})
			size += len(old.Body) + c.grow
		case !c.Pass || domain.CodeOf(err) != "e.thing.noexists":
			return nil, 0, err
		}
		n++
	}
	return items, n, nil
}

// mayBegin looks for what would fail behind the first commit.
func (c *changer) mayBegin(ctx context.Context, rest []string) error {
	c.begun = true
	if len(rest) == 0 {
		return nil
	}
	c.many = true
	if c.whole != (domain.Text{}) {
		return domain.E("e.cmd.arg", c.whole)
	}
	for _, id := range rest {
		if c.Pass {
			break
		}
		if _, err := c.get(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// change commits one batch and runs what follows it.
func (c *changer) change(ctx context.Context, items []item) error {
	if c.ask && len(c.st.hooks[OnBeforeDelete]) > 0 {
		for _, it := range items {
			if err := c.s.before(ctx, c.st, it.old); err != nil {
				return c.about(it.old.ID, err)
			}
		}
		var err error
		if items, err = c.again(ctx, items); err != nil { // scripts may have changed them
			return err
		}
	}
	items, err := c.made(items)
	if err != nil {
		return err
	}
	items, rev, notes, err := c.commit(ctx, items)
	if err != nil {
		return err
	}
	c.follow(ctx, items, rev, notes)
	return nil
}

// made makes what things become, as far as it is not there yet.
func (c *changer) made(items []item) ([]item, error) {
	out := items[:0]
	for _, it := range items {
		if !it.made {
			body, err := c.body(it.old)
			switch {
			case err != nil && c.skip != nil && isAboutRow(err):
				c.skip(it.old.ID, err)
				continue
			case err != nil:
				return nil, c.about(it.old.ID, err)
			}
			it.body, it.made = body, true
		}
		out = append(out, it)
	}
	return out, nil
}

// about names the thing that an error is about, where they are several.
func (c *changer) about(id string, err error) error {
	e := domain.AsError(err)
	if !c.several || strings.Contains(e.Detail, id) {
		return err
	}
	named := *e
	named.Detail = strings.TrimSpace(e.Detail + " (" + id + ")")
	return &named
}

// commit writes a batch on the condition that nothing of it has changed, and
// again when something has.
func (c *changer) commit(ctx context.Context, items []item) (_ []item, rev Rev, notes *errands, err error) {
	for try := range maxTries {
		items, rev, notes, err = c.try(ctx, items, try)
		if domain.CodeOf(err) != "e.thing.rev" {
			return items, rev, notes, err
		}
	}
	return nil, 0, nil, domain.E("e.busy", c.s.path)
}

func (c *changer) try(ctx context.Context, items []item, try int) (_ []item, rev Rev, notes *errands, err error) {
	put := c.s.db.Commit
	if try >= freeTries {
		c.s.db.gate.Lock()
		defer c.s.db.gate.Unlock()
		put = c.s.db.commit
	}
	if try > 0 {
		if items, err = c.again(ctx, items); err == nil {
			items, err = c.made(items)
		}
		if err != nil {
			return nil, 0, nil, err
		}
	}
	edits := c.edits(items)
	if c.links {
		if notes, err = c.s.errands(ctx, c.st, edits); err != nil {
			return nil, 0, nil, err
		}
	}
	if len(edits) > 0 {
		rev, err = put(ctx, append(writesOf(edits), notes.list()...)...)
	}
	return items, rev, notes, err
}

func (c *changer) edits(items []item) (out []edit) {
	for _, it := range items {
		if it.changes() {
			out = append(out, edit{Write{Set: c.s.name, ID: it.old.ID, Body: it.body, If: it.old.Rev}, it.old.Body})
		}
	}
	return out
}

// again reads what has changed meanwhile. What has gone needs no deletion any
// more; to be changed it is missing.
func (c *changer) again(ctx context.Context, items []item) ([]item, error) {
	out := items[:0]
	for _, it := range items {
		now, err := c.get(ctx, it.old.ID)
		switch {
		case domain.CodeOf(err) == "e.thing.noexists" && (c.Pass || c.ask):
			continue
		case err != nil:
			return nil, err
		case now.Rev != it.old.Rev:
			it = item{old: now}
		}
		out = append(out, it)
	}
	return out, nil
}

// follow runs what a commit sets off, and notes the things as they are now.
func (c *changer) follow(ctx context.Context, items []item, rev Rev, notes *errands) {
	for _, it := range items {
		now := it.old
		if it.changes() {
			now = Record{ID: it.old.ID, Rev: rev, Body: it.body}
			if c.after != nil {
				c.after(ctx, Change{Rev: rev, Set: c.s.name, ID: now.ID, Body: it.body, Old: it.old.Body})
			}
		}
		switch {
		case c.Each != nil:
			c.Each(now)
		case !c.drop:
			c.things = append(c.things, now)
		}
	}
	notes.run(ctx)
}
