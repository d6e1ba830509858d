package domain

import (
	"fmt"
	"path"
	"strings"
	"time"
)

// The last step of planning: what is there, and what has to be done about it.

// finish compares the targets with what is there.
func (p *initPlan) finish() {
	ids := map[string]Path{}
	for _, t := range p.order {
		before := len(p.faults)
		p.look(t)
		p.parents(t)
		p.stores(t)
		if len(p.faults) == before {
			p.finishMeta(t, ids)
			p.finishText(t)
		}
	}
}

func (p *initPlan) look(t *initTarget) {
	e, err := p.d.entry(t.path)
	switch {
	case missing(err):
	case err != nil:
		p.fail(t.at, t.offset, err)
	case e.obj.Race != t.race:
		p.failf(t.at, t.offset, "%s 已经存在，类型是 %s", "%s is there already, and a %s", t.path, e.obj.Race)
	default:
		t.was = true
	}
	if name := path.Base(string(metaPath(t.path, t.race))); len(t.meta) > 0 && len(name) > 255 {
		p.failf(t.at, t.offset, "名字过长，无法存放元数据", "the name is too long for metadata")
	}
}

// parents sees that everything above a target is or will be a directory.
func (p *initPlan) parents(t *initTarget) {
	for dir := t.path.Dir(); dir != ""; dir = dir.Dir() {
		if above := p.targets[dir]; above != nil && above.race == FILE {
			p.failf(t.at, t.offset, "%s 在上文是文件", "%s is a file above", dir)
			return
		}
		if e, err := p.d.entry(dir); err == nil && e.obj.Race == FILE {
			p.failf(t.at, t.offset, "%s 已经存在，且是文件", "%s is there already, and a file", dir)
			return
		}
	}
}

// stores sees that a target is not the store's own.
func (p *initPlan) stores(t *initTarget) {
	isSet := func(dir Path) bool {
		def := p.targets[dir.child(thingJSON)]
		return def != nil && def.race == FILE || p.d.isSet(dir)
	}
	switch {
	case engines(t.path, isSet):
		p.failf(t.at, t.offset, "%s 由存储引擎管理", "%s is the store's own", t.path)
	case refusesName(t.path, isSet):
		p.failf(t.at, t.offset, "%s：数据集的 data/ 之下不能有带特殊含义的名字", "%s: below data/ of a ThingSet no name may mean something", t.path)
	}
}

// finishMeta works out the metadata that t shall have.
func (p *initPlan) finishMeta(t *initTarget, ids map[string]Path) {
	js, err := p.d.readMeta(metaPath(t.path, t.race))
	if err != nil && !(ioCode(err) == "e.io.path" && len(t.meta) == 0) {
		p.fail(t.at, t.offset, err)
		return
	}
	old := readMembers(js)
	patch := append(members(nil), t.meta...)
	if i := patch.index("id"); i >= 0 && patch[i].raw == freshID {
		patch = append(patch[:i], patch[i+1:]...)
		if old.index("id") < 0 {
			patch = append(p.birth(t, patch), patch...)
		}
	}
	now := append(members(nil), old...).merge(patch)
	if i := patch.index("id"); i >= 0 && patch[i].raw != "null" {
		p.claim(t, strings.Trim(patch[i].raw, `"`), ids)
	}
	if string(now.json()) != string(old.json()) {
		t.newMeta = now.pretty()
		if err := fitsMeta(metaPath(t.path, t.race), t.newMeta); err != nil {
			p.fail(t.at, t.offset, err)
		}
	}
}

// birth is a fresh id, and the time that goes with it: a file's own times change.
func (p *initPlan) birth(t *initTarget, patch members) members {
	out := members{{"id", `"` + NewID() + `"`}}
	if patch.index("ct") < 0 {
		ct := time.Now().UnixMilli()
		if e, err := p.d.entry(t.path); err == nil {
			ct = e.obj.Created
		}
		out = append(out, member{"ct", fmt.Sprint(ct)})
	}
	return out
}

// claim refuses an id that another object has.
func (p *initPlan) claim(t *initTarget, id string, ids map[string]Path) {
	if other, taken := ids[id]; taken {
		p.failf(t.at, t.offset, "ID %s 已属于 %s", "the id %s is %s's already", id, other)
	}
	ids[id] = t.path
	if other, taken := p.d.ids.find(id); taken && other != t.path {
		p.failf(t.at, t.offset, "ID %s 已属于 %s", "the id %s is %s's already", id, other)
	}
}

// finishText works out the content that t shall have.
func (p *initPlan) finishText(t *initTarget) {
	if t.race == DIR {
		return
	}
	defer p.checkSchema(t)
	if t.thing {
		var old []byte
		var err error
		if t.was {
			old, err = ReadFile(p.d.files, t.path, MaxText)
		}
		if err != nil {
			p.fail(t.at, t.offset, err)
			return
		}
		p.finishThing(t, string(old))
		return
	}
	switch {
	case t.was && (t.content == nil || t.keep || p.d.holds(t.path, t.content)):
	case t.content == nil:
		t.newText = []byte{}
	default:
		t.newText = t.content
	}
}

// checkSchema has the caller look at a thing.json that is to be written.
func (p *initPlan) checkSchema(t *initTarget) {
	if t.newText == nil || t.path.Base() != thingJSON || p.o.Schema == nil {
		return
	}
	if err := p.o.Schema(t.newText); err != nil {
		p.fail(t.at, t.offset, err)
	}
}

// holds reports whether a file holds just that content.
func (d *Domain) holds(p Path, content []byte) bool {
	old, err := ReadFile(d.files, p, int64(len(content)))
	return err == nil && string(old) == string(content)
}

func (p *initPlan) finishThing(t *initTarget, old string) {
	had, fault := thingMembers(t.path.String(), old)
	if fault != nil {
		p.faults = append(p.faults, *fault)
		return
	}
	base := append(members(nil), had...)
	if t.content != nil && !(t.keep && t.was) {
		if base, fault = thingMembers(thingJSON, string(t.content)); fault != nil {
			p.say(t.at, t.textAt, Text{fault.In(ZH), fault.In(EN)})
			return
		}
	}
	now := base.merge(t.fields)
	if !t.was || string(now.json()) != string(had.json()) {
		t.newText = now.pretty()
	}
}

// thingMembers reads a thing.json; blank is empty.
func thingMembers(file, src string) (members, *Fault) {
	if strings.TrimSpace(src) == "" {
		return nil, nil
	}
	js, faults := parseObject(file, src)
	if len(faults) > 0 {
		return nil, &faults[0]
	}
	return readMembers(js), nil
}
