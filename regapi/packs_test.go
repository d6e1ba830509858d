package regapi

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/regapi/packs"
	"github.com/caryahq/carya/shell/syntax"
)

// TestPackScripts reads every endpoint of every pack as the engine does, but
// for its commands, which other rooms hold.
func TestPackScripts(t *testing.T) {
	t.Parallel()
	for _, p := range packs.List() {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			if p.Summary.ZH == "" || p.Summary.EN == "" {
				t.Error("no summary")
			}
			if _, err := domain.ParseInit(p.Init, p.Name+".init"); err != nil {
				t.Error(err)
			}
			files, _ := fs.Glob(p.FS(), "api/*")
			for _, name := range files {
				readPackScript(t, p, name)
			}
		})
	}
}

func readPackScript(t *testing.T, p *packs.Pack, name string) {
	t.Helper()
	src, err := p.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	f, wrong := splitFile(string(src))
	if wrong != nil {
		t.Fatalf("%s:%v: %s", name, wrong.at, wrong.msg)
	}
	zh := strings.ContainsFunc(f.doc, func(r rune) bool { return r >= 0x4e00 })
	_, en, _ := strings.Cut(f.doc, "\n\n")
	if !zh || !strings.ContainsAny(en, "aeiou") {
		t.Errorf("%s: the comment says nothing in one of the languages:\n%s", name, f.doc)
	}
	c := &compiler{keys: newKeyTable(), ep: blank(folder+"/"+name, nil, []*metaText{nil})}
	own := parseMeta(name, f.meta, f.metaAt)
	c.settings(merge(nil, own))
	for _, fault := range append(own.faults, c.faults...) {
		t.Error(fault)
	}
	if !c.ep.limited {
		t.Errorf("%s: takes every method", name)
	}
	prog, err := syntax.Parse(f.body, f.bodyAt)
	if err != nil {
		t.Errorf("%s:%v", name, err)
	} else {
		knowsPlaceholders(t, name, prog)
	}
}

// knowsPlaceholders sees that the script asks the request only for what
// requests have.
func knowsPlaceholders(t *testing.T, name string, prog *syntax.Program) {
	t.Helper()
	syntax.Walk(prog, func(n any) bool {
		if ph, ok := n.(*syntax.Placeholder); ok {
			for _, k := range ph.Keys {
				if !slices.ContainsFunc(Placeholders(), func(p Placeholder) bool { return p.covers(k.Name) }) {
					t.Errorf("%s: no request has ${%s}", name, k.Name)
				}
			}
		}
		return true
	})
}

// TestAuthPackLaysOutADomain applies the init scripts to a fresh domain, twice.
func TestAuthPackLaysOutADomain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.domain("demo")
	apply := func() (made, changed int) {
		for _, name := range []string{"base", "auth"} {
			p, err := packs.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			s, err := domain.ParseInit(p.Init, name+".init")
			if err != nil {
				t.Fatal(err)
			}
			r, err := s.Apply(d, domain.InitOptions{Include: p.ReadFile})
			if err != nil {
				t.Fatal(err)
			}
			made, changed = made+len(r.Made), changed+len(r.Changed)
		}
		return made, changed
	}
	if made, _ := apply(); made == 0 {
		t.Error("nothing was made")
	}
	if made, changed := apply(); made+changed != 0 {
		t.Errorf("the second time %d made, %d changed", made, changed)
	}
	site, err := d.Tree(domain.Owner).Stat("www")
	if err != nil || !domain.IsID(site.ID) || !strings.Contains(string(site.Meta), "~/accounts") {
		t.Errorf("the site: %+v %v", site, err)
	}
	var names []string
	for _, r := range w.h.Routes(d) {
		names = append(names, strings.TrimPrefix(r.Path, "/api/demo/auth/"))
	}
	shipped, err := os.ReadDir("packs/auth/api")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, e := range shipped {
		want = append(want, e.Name())
	}
	if !slices.Equal(names, want) {
		t.Errorf("routes %q", names)
	}
}

func TestUnknownPack(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "nope", "..", "auth/api", "packs.go", "."} {
		if p, err := packs.Open(name); domain.CodeOf(err) != "e.pack.noexists" {
			t.Errorf("%q: %v %v", name, p, err)
		}
	}
}
