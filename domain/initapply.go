package domain

import (
	"maps"
	"path"
	"strings"

	"github.com/caryahq/carya/domain/relaxed"
)

// InitOptions is what a script gets from outside.
type InitOptions struct {
	// Vars are init variables; they win over the script's @ENV. The
	// variable "domain" is the domain's name unless it is given.
	Vars map[string]string

	// Include gives the files of @INCLUDE, %COPY> and %TMPL>. Paths in
	// an included script are relative to it; others come as written. Nil:
	// there are none.
	Include func(path string) ([]byte, error)

	// Expand fills the placeholders of a text. Nil: ${key}, ${key?default}
	// and $$ for a dollar; an unknown key without default is empty.
	Expand func(text string, lookup func(key string) (string, bool)) (string, error)

	// Schema says what is wrong with a thing.json that is to be written. Nil: it is
	// written as it is.
	Schema func(text []byte) error
}

// InitReport lists the blocks' objects in order: made, changed, or left as they
// were.
type InitReport struct{ Made, Changed, Kept []Path }

// Apply lays out a domain. First everything is looked at: when anything is wrong
// nothing is changed, and the error is as ParseInit's. A crash in the middle
// leaves whole files; applying again completes them. Applying twice changes
// nothing the second time.
func (s *InitScript) Apply(d *Domain, o InitOptions) (InitReport, error) {
	defer d.Use()()
	d.initing.Lock()
	defer d.initing.Unlock()
	plan := newInitPlan(d, o)
	plan.script(s, "")
	plan.finish()
	if len(plan.faults) > 0 {
		return InitReport{}, faultsError("e.domain.init", plan.faults)
	}
	return plan.carryOut()
}

// initPlan collects what a script and those it includes ask for.
type initPlan struct {
	d       *Domain
	o       InitOptions
	vars    map[string]string
	home    Path
	stack   []string // files being included
	budget  int      // blocks that may still come
	targets map[Path]*initTarget
	order   []*initTarget
	faults  []Fault
}

const (
	maxIncludes   = 16     // one within the other
	maxInitBlocks = 100000 // with all that is included
)

func newInitPlan(d *Domain, o InitOptions) *initPlan {
	vars := map[string]string{"domain": d.name}
	maps.Copy(vars, o.Vars)
	if o.Expand == nil {
		o.Expand = expandPlain
	}
	return &initPlan{d: d, o: o, vars: vars, budget: maxInitBlocks, targets: map[Path]*initTarget{}}
}

// initSite is a place in a script, for messages and relative files.
type initSite struct {
	s   *InitScript
	dir string // of an included script
}

func (p *initPlan) failf(at initSite, offset int, zh, en string, args ...any) {
	p.say(at, offset, Textf(zh, en, args...))
}

func (p *initPlan) say(at initSite, offset int, msg Text) {
	p.faults = append(p.faults, at.s.fault(offset, msg))
}

// fail notes an error; of an Error only what a person needs.
func (p *initPlan) fail(at initSite, offset int, err error) {
	e := AsError(err)
	if e.Code == "e.internal" && e.Detail == "" {
		p.say(at, offset, TextOf(err))
		return
	}
	p.say(at, offset, Textf("%s：%s", "%s: %s", Text{Message(e.Code, ZH), Message(e.Code, EN)}, Text{e.DetailIn(ZH), e.Detail}))
}

func (p *initPlan) script(s *InitScript, dir string) {
	at := initSite{s, dir}
	for _, b := range s.blocks {
		if p.budget--; p.budget < 0 {
			p.failf(at, b.at, "超过 %d 个块", "more than %d blocks", maxInitBlocks)
			return
		}
		p.block(at, b)
	}
}

func (p *initPlan) block(at initSite, b *initBlock) {
	arg, err := p.expand(b.arg)
	if err != nil {
		p.say(at, b.at, TextOf(err))
		return
	}
	switch b.kind {
	case "ENV":
		p.env(b)
	case "HOME":
		if home, ok := p.path(at, b, "", arg); ok {
			p.home = home
		}
	case "INCLUDE":
		p.include(at, b, arg)
	case "API":
		p.object(at, b, apiDir, arg)
	default:
		p.object(at, b, p.home, arg)
	}
}

const apiDir Path = ".regapi/api"

// path reads a block's path: ~/a/b, or relative to base.
func (p *initPlan) path(at initSite, b *initBlock, base Path, arg string) (Path, bool) {
	var out Path
	var err error
	if strings.HasPrefix(arg, "~") || strings.HasPrefix(arg, "/") {
		out, err = ParsePath(arg)
	} else {
		out, err = base.Join(arg)
	}
	if err != nil {
		p.fail(at, b.at, err)
	}
	return out, err == nil
}

// env sets variables; texts as they are, other values as JSON.
func (p *initPlan) env(b *initBlock) {
	if b.meta == nil {
		return
	}
	for _, f := range b.meta.Fields {
		if _, given := p.o.Vars[f.Key]; given {
			continue
		}
		if p.vars[f.Key] = f.Value.String(); f.Value.Kind != relaxed.String {
			p.vars[f.Key] = string(f.Value.AppendJSON(nil))
		}
	}
}

// file gives a file that a script names.
func (p *initPlan) file(at initSite, name string) (string, []byte, error) {
	if p.o.Include == nil {
		return "", nil, E("e.io.obj.noexists", Textf("%v（此脚本不带文件）", "%v (no files come with this script)", name))
	}
	if at.dir != "" && !strings.HasPrefix(name, "/") && !strings.HasPrefix(name, "~") {
		name = path.Join(at.dir, name)
	}
	b, err := p.o.Include(name)
	return name, b, err
}

// include plans another script in place.
func (p *initPlan) include(at initSite, b *initBlock, arg string) {
	name, src, err := p.file(at, arg)
	if err != nil {
		p.fail(at, b.at, err)
		return
	}
	for _, open := range p.stack {
		if open == name {
			p.failf(at, b.at, "%s 包含了自己", "%s includes itself", name)
			return
		}
	}
	if len(p.stack) >= maxIncludes {
		p.failf(at, b.at, "脚本的相互包含超过 %d 层", "more than %d scripts within each other", maxIncludes)
		return
	}
	s, err := ParseInit(src, name)
	if err != nil {
		p.faults = append(p.faults, AsError(err).Data.([]Fault)...)
		return
	}
	home := p.home
	p.stack = append(p.stack, name)
	p.script(s, path.Dir(name))
	p.stack, p.home = p.stack[:len(p.stack)-1], home
}
