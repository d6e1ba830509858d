package filestore

import (
	"encoding/json"
	"github.com/caryahq/carya/domain"
	"io/fs"
	"path"
	"strings"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// folders verifies every folder of records.
func (v *verifier) folders() error {
	known, err := journal.Ask(v.d)
	if err != nil {
		return nil // reported already
	}
	return fs.WalkDir(v.d.Root().FS(), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !e.IsDir():
			return nil
		case name == journal.Dir || name == ".domain/outbox":
			return fs.SkipDir
		}
		return v.folder(name, known)
	})
}

// folder verifies one folder, when it is one of records.
func (v *verifier) folder(dir string, known *journal.Known) error {
	names, err := v.d.Names(dir)
	if err != nil {
		return err
	}
	packs := pack.Names(names)
	plain, ok := recordFolder(dir)
	if !ok && len(packs) == 0 {
		return nil
	}
	if !ok {
		plain = true // some set of which only the engine's caller knows
	}
	set := dir
	if !plain {
		set = strings.TrimSuffix(dir, "/index")
	}
	c := &checkup{verifier: v, dir: dir, set: set, plain: plain, known: known, live: map[string]living{}}
	for _, one := range packs {
		if one.Going {
			continue
		}
		if err := c.pack(one); err != nil {
			return err
		}
	}
	if err := c.mend(); err != nil {
		return err
	}
	c.unique()
	for _, name := range names {
		if id, ok := ownID(name, plain); ok {
			if err := c.own(id, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// recordFolder tells the folders of records by their place.
func recordFolder(dir string) (plain, ok bool) {
	for _, one := range []string{".domain/session/", ".domain/captcha/", ".domain/guess"} {
		if strings.HasPrefix(dir+"/", one) && strings.Count(dir, "/") >= strings.Count(one, "/") {
			return true, true
		}
	}
	return false, path.Base(dir) == "index" && dir != "index"
}

// checkup verifies one folder of records.
type checkup struct {
	*verifier
	dir, set string
	plain    bool
	known    *journal.Known

	live map[string]living // what the packs hold, by id
	dead map[string]bool   // what they say is gone
	def  []byte
	hurt []hurt
}

// living is a record as a pack has it.
type living struct {
	pack pack.Name
	keys rows.Keys
	line rows.Place
	def  []byte
}

// hurt is a pack with problems.
type hurt struct {
	name pack.Name
	*pack.Report
}

func (c *checkup) pack(name pack.Name) error {
	rep, err := pack.Inspect(c.d, c.dir, name, c.known.Mark(c.set))
	if err != nil {
		return err
	}
	for _, e := range rep.Good {
		c.entry(name, e)
	}
	if len(rep.Problems) > 0 {
		c.hurt = append(c.hurt, hurt{name, rep})
	}
	return nil
}

func (c *checkup) entry(name pack.Name, e pack.Entry) {
	if c.dead == nil {
		c.dead = map[string]bool{}
	}
	switch e.Kind {
	case pack.Put, pack.PutOwn:
		id, _ := rows.IDOf(e.Keys)
		c.live[string(id)] = living{name, e.Keys, e.Line, e.Def}
		delete(c.dead, string(id))
		c.def = e.Def
	case pack.Gone:
		delete(c.live, string(e.ID))
		c.dead[string(e.ID)] = true
	}
}

// mend reports the hurt packs and rebuilds them.
func (c *checkup) mend() error {
	if len(c.hurt) > 0 && c.repair {
		if err := journal.Unmark(c.d, c.set); err != nil {
			return err
		}
	}
	for _, h := range c.hurt {
		tail := domain.Text{}
		if c.repair {
			var err error
			if tail, err = c.rebuild(h); err != nil {
				return err
			}
		}
		for _, p := range h.Problems {
			c.report(Fault{File: p.File, Offset: p.Offset, Msg: domain.Textf("%s%s", "%s%s", p.Msg, tail), Repaired: c.repair})
		}
	}
	return nil
}

// rebuild writes a pack anew. Lines that no entry tells of count when nothing
// else is known of their records.
func (c *checkup) rebuild(h hurt) (tail domain.Text, err error) {
	var def thingset.Def
	if c.def == nil {
		def.Plain = c.plain
		c.def, _ = json.Marshal(def)
	} else if err := json.Unmarshal(c.def, &def); err != nil {
		return tail, err
	}
	shape := rows.NewShape(def)
	found := map[string]pack.Stray{}
	for _, s := range h.Stray {
		if _, live := c.live[s.ID]; !live && !c.dead[s.ID] && thingset.CheckID(s.ID) == nil {
			found[s.ID] = s // the last one counts
		}
	}
	var further []pack.Stray
	for _, s := range found {
		further = append(further, s)
		c.live[s.ID] = living{pack: h.name}
	}
	kept, err := pack.Rebuild(c.d, c.dir, h.name, h.Good, further, c.def, func(s pack.Stray) rows.Keys {
		return shape.AppendKeys(nil, s.ID, s.Body)
	})
	if err != nil {
		return tail, err
	}
	return domain.Textf("；原样保存为 ~/%s；继续使用 %d 项，另找到 %d 条无索引的记录", "; kept as ~/%s; %d entries go on, %d records were found without one",
		domain.Text{ZH: strings.Join(kept, " 与 ~/"), EN: strings.Join(kept, " and ~/")}, len(h.Good), len(further)), nil
}

// unique reports unique values that two records have. What the journal writes
// to is looked at when it is replayed: a record may have given its value up there.
func (c *checkup) unique() {
	type claim struct {
		key  int
		text string
	}
	var def thingset.Def
	if json.Unmarshal(c.def, &def) != nil {
		return
	}
	shape, holder := rows.NewShape(def), map[claim]string{}
	for id, one := range c.live {
		keys, rest, ok := shape.Cut(one.keys)
		if c.known.Written[c.set][id] || !ok || len(rest) > 0 || string(one.def) != string(c.def) {
			continue
		}
		for k := range def.Unique {
			text, ok := keys.Unique(k)
			if !ok {
				continue
			}
			at := claim{k, string(text)}
			if other, taken := holder[at]; taken {
				c.report(Fault{File: c.dir, Offset: -1, Msg: domain.Textf("%s 与 %s 的唯一键 %v 相同：请改其中一个", "%s and %s have the same unique key %v: change one", other, id, def.Unique[k])})
			}
			holder[at] = id
		}
	}
}

// own verifies a record's own file.
func (c *checkup) own(id, name string) error {
	file := c.dir + "/" + name
	text, fi, err := c.d.ReadWithin(file, maxText)
	if fi == nil || fi.IsDir() {
		return nil // nobody's record
	}
	if err == nil {
		_, err = readText(text, id)
	}
	if err == nil || c.known.Written[c.set][id] || c.asWritten(id, text) {
		return nil // the journal has it, and knows what a crash may have left
	}
	f := Fault{File: file, Offset: -1, Msg: domain.Textf("不是记录：%v", "no record: %v", err)}
	if c.repair && text != nil { // else it was not read, and could not be kept
		if err := c.mendOwn(&f, id, file, text); err != nil {
			return err
		}
	}
	c.report(f)
	return nil
}

// mendOwn sets a broken file aside, and puts the last good version in its place
// where a pack has one.
func (c *checkup) mendOwn(f *Fault, id, file string, text []byte) error {
	kept := path.Dir(file) + "/." + path.Base(file) + ".broken"
	if err := c.d.WriteFile(kept, text, 0o600); err != nil {
		return err
	}
	f.Repaired = true
	f.add("；原样保存为 ~/%s", "; kept as ~/%s", kept)
	one, ok := c.live[id]
	if !ok {
		return c.d.Remove(file)
	}
	p, err := pack.Open(c.d, c.dir, one.pack)
	if err != nil {
		return err
	}
	defer p.Close()
	body, err := p.Line(one.line)
	if err != nil { // its pack was written anew just now
		f.Repaired = false
		f.add("，请再运行一次 doctor", ", run the doctor again")
		return nil
	}
	f.add("，已恢复最近的完好版本", ", the last good version is back")
	return c.d.WriteFile(file, recordText(body), ownMode)
}
