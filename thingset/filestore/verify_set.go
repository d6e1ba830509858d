package filestore

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// checkup verifies one folder of records that nobody has loaded.
type checkup struct {
	*verifier
	dir, set string
	plain    bool
	names    []pack.Name
	views    []*pack.View

	def  []byte // by which the last keys were made
	hurt []hurt
	gone []int // packs that are not there
}

// hurt is a pack with problems.
type hurt struct {
	*pack.View
	problems []pack.Problem
}

func (c *checkup) run() error {
	for _, name := range c.names {
		if name.Twice[0] != "" {
			c.report(Fault{File: c.dir, Offset: -1, Msg: twice(c.dir, name)})
			return nil
		}
	}
	if err := c.open(); err != nil {
		return err
	}
	c.gone = c.missing()
	for _, one := range c.views {
		if err := c.pack(one); err != nil {
			return err
		}
	}
	if c.room != nil && len(c.hurt)+len(c.gone) > 0 {
		t, err := c.again()
		if err != nil {
			return err
		}
		if t != nil {
			return c.live(t)
		}
	}
	if err := c.mend(); err != nil {
		return err
	}
	if err := c.unique(); err != nil {
		return err
	}
	return c.owns(&owns{dir: c.dir, set: c.set, plain: c.plain, views: c.views, def: c.def})
}

// open opens all packs that count and are not open.
func (c *checkup) open() error {
	for _, name := range c.names {
		m, ok := c.mark(name)
		if !ok || slices.ContainsFunc(c.views, func(one *pack.View) bool { return one.N == name.N }) {
			continue
		}
		one, err := pack.Look(c.d, c.dir, name, m, &c.Scratch)
		if err != nil {
			return err
		}
		c.views = append(c.views, one)
	}
	return nil
}

// mark says how much of a pack has to be there; ok is false for one that does not
// count. What the journal's state does not list is taken in whole (stray.go).
func (c *checkup) mark(name pack.Name) (m pack.Mark, ok bool) {
	m, known := c.known.Mark(c.set)
	switch {
	case name.Going || m.Leaves(name.N):
		return m, false
	case m.Lists(name.N):
		return m, true
	case begunByName(m, known || c.known.Whole() && c.known.Logs(c.set), name):
		return m, false
	}
	return pack.All, true
}

// missing are the packs that the journal's state lists and that are not there.
func (c *checkup) missing() (list []int) {
	m, _ := c.known.Mark(c.set)
	for n := range m.Live {
		if !slices.ContainsFunc(c.names, func(name pack.Name) bool { return name.N == n }) {
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return list
}

func (c *checkup) close() { closeViews(c.views) }

func (c *checkup) pack(one *pack.View) error {
	h := hurt{View: one}
	err := one.Inspect(func(e pack.Entry) {
		switch e.Kind {
		case pack.Put, pack.PutOwn:
			if len(e.Def) > 0 {
				c.def = e.Def
			}
		}
	}, func(p pack.Problem) { h.problems = append(h.problems, p) })
	m, _ := c.known.Mark(c.set)
	if p, ok := one.Keyless(); ok && m.Own(one.N) && !m.Lists(one.N) && len(h.problems) == 0 {
		h.problems = append(h.problems, p)
	}
	if err == nil && one.Keyed() == 0 && !m.Own(one.N) {
		err = one.Bare(func(p pack.Problem) { h.problems = append(h.problems, p) })
	}
	if len(h.problems) > 0 {
		c.hurt = append(c.hurt, h)
	}
	return err
}

// again looks at the hurt packs of an open domain once more, while nobody loads
// the set. When somebody has, it gives the set: then that is to be verified.
func (c *checkup) again() (*set, error) {
	c.room.defining.Lock()
	defer c.room.defining.Unlock()
	if t := c.loaded(c.dir); t != nil {
		return t, nil
	}
	names, err := c.packs(c.dir)
	if err != nil {
		return nil, err
	}
	list := c.hurt
	c.hurt, c.names = nil, names
	c.gone = c.missing()
	for _, h := range list {
		i := slices.IndexFunc(names, func(one pack.Name) bool { return one.N == h.N && !one.Going })
		if i < 0 {
			continue
		}
		m, ok := c.mark(names[i])
		if !ok {
			continue
		}
		now, err := pack.Look(c.d, c.dir, names[i], m, &c.Scratch)
		if err != nil {
			return nil, err
		}
		h.problems = slices.DeleteFunc(h.problems, func(p pack.Problem) bool { return !now.Still(p) })
		now.Close()
		if len(h.problems) > 0 {
			c.hurt = append(c.hurt, h)
		}
	}
	return nil, nil
}

// mend reports the hurt packs and rebuilds them. The state lists them no more from
// before they are changed: however they are found, they count as far as they can be
// read.
func (c *checkup) mend() error {
	if len(c.hurt) == 0 && len(c.gone) == 0 {
		return nil
	}
	c.tellGone()
	if !c.repair {
		for _, h := range c.hurt {
			if err := c.tellHurt(h, domain.Text{}, domain.Text{}); err != nil {
				return err
			}
		}
		return nil
	}
	if err := c.unlist(); err != nil {
		return err
	}
	all, err := c.judge()
	if err != nil {
		return err
	}
	for _, h := range c.hurt {
		if err := c.rebuild(h, all[h.N]); err != nil {
			return domain.Wrap(err, "e.store.write", h.KeyFile())
		}
	}
	return c.reopen()
}

// unlist has the journal's state forget the packs that are to be mended, and those that
// are gone, and looks at those that count from then on.
func (c *checkup) unlist() error {
	list := slices.Clone(c.gone)
	for _, h := range c.hurt {
		list = append(list, h.N)
	}
	if err := c.ready(); err != nil {
		return err
	}
	back, err := c.revive()
	if err != nil {
		return err
	}
	if err := c.state.Unlist(c.d, journal.Unlisting{Set: c.set, Packs: list, Back: back, Listed: c.keySizes()}); err != nil {
		return err
	}
	known := len(c.views)
	if err := c.open(); err != nil {
		return err
	}
	for _, one := range c.views[known:] {
		if err := c.pack(one); err != nil {
			return err
		}
	}
	slices.SortFunc(c.views, func(a, b *pack.View) int { return cmp.Compare(a.N, b.N) })
	return c.ready()
}

// ready gets the packs that are to be mended ready for it.
func (c *checkup) ready() error {
	for _, h := range c.hurt {
		if err := h.Ready(c.d); err != nil {
			return domain.Wrap(err, "e.store.write", h.DataFile())
		}
	}
	return nil
}

// keySizes are the sizes of the key files of the packs that the state lists.
func (c *checkup) keySizes() map[int]int64 {
	m, _ := c.known.Mark(c.set)
	sizes := map[int]int64{}
	for _, one := range c.views {
		if m.Lists(one.N) {
			sizes[one.N] = one.Keyed()
		}
	}
	return sizes
}

// tellHurt reports what is wrong with a pack, and what it is kept as; more is said once.
func (c *checkup) tellHurt(h hurt, kept, more domain.Text) error {
	if h.problems[0].NoLines() {
		return c.lineless(h, kept)
	}
	for i, p := range h.problems {
		msg := domain.Textf("%s%s", "%s%s", p.Msg, kept)
		if i == len(h.problems)-1 {
			msg = domain.Textf("%s%s", "%s%s", msg, more)
		}
		c.report(Fault{File: p.File, Offset: p.Offset, Msg: msg, Repaired: c.repair})
	}
	return nil
}

// reopen looks at the packs as they are after they were mended.
func (c *checkup) reopen() (err error) {
	c.close()
	c.views = nil
	if c.names, err = c.packs(c.dir); err != nil {
		return err
	}
	return c.open()
}

// rebuild makes the keys of a pack anew.
func (c *checkup) rebuild(h hurt, found *verdict) error {
	var def thingset.Def
	if c.def == nil {
		def.Plain = c.plain
		c.def, _ = json.Marshal(def)
	} else if err := json.Unmarshal(c.def, &def); err != nil {
		return err
	}
	shape := rows.NewShape(def)
	r, err := h.Rebuild(c.d, pack.Further{Lines: found.lines, Gone: found.gone, Def: c.def, Keys: func(id string, body []byte) rows.Keys {
		return shape.AppendKeys(nil, id, body)
	}})
	if err != nil {
		return err
	}
	kept := domain.Text{}
	if len(r.Kept) > 0 {
		kept = domain.Textf("；原样保存为 ~/%s", "; kept as ~/%s", domain.Text{ZH: strings.Join(r.Kept, " 与 ~/"), EN: strings.Join(r.Kept, " and ~/")})
	}
	more := domain.Textf("；%d 条索引项继续使用，另找到 %d 条没有索引项的记录%s", "; %d entries go on, %d records were found of which none told%s", r.Good, len(found.lines), found.text())
	if err := c.tellHurt(h, kept, more); err != nil {
		return err
	}
	return r.Replace()
}

// entryID is the id of the record that an entry tells of.
func entryID(e pack.Entry) (id []byte, ok bool) {
	if e.Keys == nil {
		return e.ID, true
	}
	return rows.IDOf(e.Keys)
}

// current reports whether an entry's keys are by the definition that was in use
// last.
func (c *checkup) current(e pack.Entry) bool {
	return (e.Kind == pack.Put || e.Kind == pack.PutOwn) && bytes.Equal(e.Def, c.def)
}
