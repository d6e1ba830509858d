package cmds

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/shell/shelltest"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/memstore"
)

// fresh is an empty domain.
func fresh(t testing.TB) *domain.Domain {
	t.Helper()
	root, err := domain.OpenRoot(t.TempDir(), domain.RootOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	d, err := root.Create("demo")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// registry is all commands, with things in memory.
func registry() *shell.Registry {
	store := memstore.New(memstore.Options{})
	var once sync.Map
	return shell.NewRegistry(All(Deps{DB: func(d *domain.Domain) *thingset.DB {
		db, _ := once.LoadOrStore(d, thingset.NewDB(d, store))
		return db.(*thingset.DB)
	}})...)
}

func session(t *testing.T) shelltest.Session {
	env := shell.Env{Domain: fresh(t), Who: domain.Owner, Lang: domain.EN, Vars: shell.NewVars(nil)}
	return shelltest.Lines(t.Context(), registry(), env)
}

func TestAllIsSortedAndEveryCommandHasManualAndTranscript(t *testing.T) {
	t.Parallel()
	all := All(Deps{})
	sorted := slices.IsSortedFunc(all, func(a, b *shell.Command) int { return strings.Compare(a.Name, b.Name) })
	if !sorted {
		t.Error("All is not sorted by name")
	}
	for _, c := range all {
		checkManual(t, c)
		for _, v := range c.Verbs {
			checkManual(t, v)
		}
		for _, ext := range []string{".md", ".txt"} {
			if _, err := os.Stat(c.Name + ext); err != nil {
				t.Error(err)
			}
		}
	}
}

func checkManual(t *testing.T, c *shell.Command) {
	m, err := shell.ParseManual(c.Manual)
	switch {
	case err != nil:
		t.Errorf("%s: %v", c.Name, err)
		return
	case m.Name != c.Name && !strings.HasSuffix(m.Name, " "+c.Name):
		t.Errorf("%s: its manual is called %s", c.Name, m.Name)
	case m.Summary.ZH == "" || m.Summary.ZH == m.Summary.EN:
		t.Errorf("%s: no summary in Chinese", c.Name)
	}
	for _, o := range c.Options {
		if o.Help.ZH == "" || o.Help.EN == "" {
			t.Errorf("%s -%s: help is missing in a language", c.Name, o.Name)
		}
	}
	for _, p := range c.Params {
		if p.Help.ZH == "" || p.Help.EN == "" {
			t.Errorf("%s %s: help is missing in a language", c.Name, p.Name)
		}
	}
}

func TestPagesAndTranscripts(t *testing.T) {
	t.Parallel()
	var files []string
	for _, pattern := range []string{"*.md", "*.txt"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	shelltest.Run(t, session, files...)
}

func TestNoPageWithoutCommand(t *testing.T) {
	t.Parallel()
	reg := registry()
	pages, err := fs.Glob(manuals, "*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		if name := strings.TrimSuffix(p, ".md"); reg.Find(name) == nil && !isVerbPage(reg, name) {
			t.Errorf("%s describes no command", p)
		}
	}
}

// isVerbPage tells the page of a family's verb: thingcreate.md is of `thing create`.
func isVerbPage(reg *shell.Registry, page string) bool {
	return slices.ContainsFunc(reg.Commands(), func(c *shell.Command) bool {
		verb, ok := strings.CutPrefix(page, c.Name)
		return ok && slices.ContainsFunc(c.Verbs, func(v *shell.Command) bool { return v.Name == verb })
	})
}
