package domain

import (
	"strings"

	"github.com/caryahq/carya/domain/relaxed"
)

// initTarget is one object that a script asks for: the sum of its blocks.
type initTarget struct {
	path   Path
	race   Race
	thing  bool // a thing.json
	shown  bool // stands in the report
	at     initSite
	offset int // of the first block

	meta    members // patch
	content []byte  // nil when the script gives none
	textAt  int     // offset of the content
	keep    bool    // an existing content stays
	fields  members // thing: patch of the content

	// What finish found out.
	was     bool // it is there
	newMeta []byte
	newText []byte // nil when the content stays
}

// object adds a block's wishes to its target.
func (p *initPlan) object(at initSite, b *initBlock, base Path, arg string) {
	target, ok := p.path(at, b, base, arg)
	if !ok || !p.allowed(at, b, target) {
		return
	}
	target, _, err := p.d.place(target) // two names of one object are one target
	if err != nil {
		p.fail(at, b.at, err)
		return
	}
	ms, ok := p.readMeta(at, b)
	if !ok {
		return
	}
	if b.kind == "THING" {
		p.thing(at, b, target, ms)
		return
	}
	race := FILE
	if b.kind == "DIR" {
		race = DIR
	}
	t := p.target(at, b, target, race, false)
	if t == nil {
		return
	}
	t.shown = true
	t.meta = overlay(t.meta, ms)
	p.setContent(t, at, b)
}

// thing is two targets: the directory, and its thing.json.
func (p *initPlan) thing(at initSite, b *initBlock, dir Path, ms members) {
	t := p.target(at, b, dir, DIR, false)
	def := p.target(at, b, dir.child(thingJSON), FILE, true)
	if t == nil || def == nil {
		return
	}
	t.shown = true
	isID := func(key string) bool { return key == "id" }
	t.meta = overlay(t.meta, ms.without(func(key string) bool { return !isID(key) }))
	def.fields = overlay(def.fields, ms.without(isID))
	p.setContent(def, at, b)
}

// target finds or makes the target of a path.
func (p *initPlan) target(at initSite, b *initBlock, path Path, race Race, thing bool) *initTarget {
	t := p.targets[path]
	if t == nil {
		t = &initTarget{path: path, race: race, thing: thing, at: at, offset: b.at}
		p.targets[path] = t
		p.order = append(p.order, t)
		return t
	}
	if t.race != race || t.thing != thing {
		p.failf(at, b.at, "%s 在上文是另一种对象", "%s is something else above", path)
		return nil
	}
	return t
}

func (p *initPlan) setContent(t *initTarget, at initSite, b *initBlock) {
	c := b.content
	if c == nil || c.keep && t.content != nil {
		return
	}
	if text, ok := p.content(at, c); ok {
		t.content, t.keep, t.textAt = []byte(text), c.keep, c.at
	}
}

// allowed refuses paths that no block may write.
func (p *initPlan) allowed(at initSite, b *initBlock, target Path) bool {
	_, _, meta := metaOwner(target)
	switch {
	case target == "" && b.kind != "DIR":
		p.failf(at, b.at, "~/ 是目录", "~/ is a directory")
	case meta && b.kind != "DIR":
		p.failf(at, b.at, "元数据由对象自己的块写入", "metadata is written by its object's own block")
	case strings.Contains("/"+string(target), "/"+tempPrefix):
		p.failf(at, b.at, "%s 是临时文件的名字", "%s is a temporary file's name", target)
	default:
		return true
	}
	return false
}

// readMeta is a block's metadata, checked.
func (p *initPlan) readMeta(at initSite, b *initBlock) (members, bool) {
	if b.meta == nil {
		return nil, true
	}
	if b.meta.Kind != relaxed.Object {
		p.failf(at, b.metaAt, "元数据必须是对象", "metadata must be an object")
		return nil, false
	}
	fine := true
	var ms members
	for _, f := range b.meta.Fields {
		m := member{f.Key, string(f.Value.AppendJSON(nil))}
		if msg := initMetaFault(m, b.kind == "THING"); msg != (Text{}) {
			p.say(at, b.metaAt+f.Value.Offset, msg)
			fine = false
		}
		ms = ms.put(m.key, m.raw)
	}
	return ms, fine
}

func initMetaFault(m member, thing bool) Text {
	switch {
	case m.key == "id":
		if m.raw == freshID {
			return Text{}
		}
	case thing:
		return Text{}
	case m.raw == "null" || !standard(m.key):
		return Text{}
	case m.key != "ct":
		return Textf("%q 是对象自身的属性，不能设置", "%q is the object's own and cannot be set", m.key)
	}
	return metaFault(m)
}

// freshID as an id asks for one that is made the first time.
const freshID = `"+"`

// overlay puts members over others; unlike merge a null stays one.
func overlay(ms, over members) members {
	for _, m := range over {
		ms = ms.put(m.key, m.raw)
	}
	return ms
}
