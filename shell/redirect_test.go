package shell

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
)

// openDomain makes an empty domain.
func openDomain(t testing.TB) *domain.Domain {
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

func TestRedirect(t *testing.T) {
	t.Parallel()
	d := openDomain(t)
	reg := testRegistry(many(3000), do("half", func(c *Call) error { io.WriteString(c.Out, "half"); return domain.E("e.json") }))
	run := func(who domain.Principal, src string, vars Vars) error {
		return mustCompile(t, reg, src).Run(t.Context(), &Env{Domain: d, Who: who, Vars: vars, Limits: Limits{Output: 1 << 20}})
	}
	for _, c := range []struct {
		src, x string
		who    domain.Principal
		code   string
		path   domain.Path
		want   string
	}{
		{"echo a > ~/a.txt", "", domain.API, "", "a.txt", "a\n"},
		{"echo b >> ~/a.txt", "", domain.API, "", "a.txt", "a\nb\n"},
		{"echo n >> ~/new.txt", "", domain.API, "", "new.txt", "n\n"},
		{"echo c | cat > a.txt", "", domain.API, "", "a.txt", "c\n"},
		{"half > ~/a.txt", "", domain.API, "e.json", "a.txt", "c\n"},
		{"half >> ~/a.txt", "", domain.API, "e.json", "a.txt", "c\n"},
		{"echo d > ~/pub/${x}", "d/e.txt", domain.API, "", "pub/d/e.txt", "d\n"},
		{"echo d > ~/pub/${x}", "../a.txt", domain.API, "e.io.path.outside", "a.txt", "c\n"},
		{"echo d > ${x}", "~/by-data", domain.API, "", "by-data", "d\n"},
		{"echo d > ${x}", "", domain.API, "e.io.path", "a.txt", "c\n"},
		{"echo d > ${x}", "/etc/passwd", domain.API, "e.io.path.outside", "a.txt", "c\n"},
		{"echo d > ~/.regapi/api/${x}", "x", domain.API, "e.io.forbidden", "a.txt", "c\n"},
		{"echo d > ~/.regapi/api/${x}", "x", domain.Owner, "", ".regapi/api/x", "d\n"},
		{"echo d > id:${x}", "nobody", domain.API, "e.io.obj.noexists", "a.txt", "c\n"},
		{"many > ~/big", "", domain.API, "", "big", strings.Repeat(strings.Repeat("x", 99)+"\n", 3000)},
		{"many | cat >> ~/big2", "", domain.API, "", "big2", strings.Repeat(strings.Repeat("x", 99)+"\n", 3000)},
		{"echo $(many)$(many)$(many)$(many) > ~/a.txt", "", domain.API, "e.cmd.limit.output", "a.txt", "c\n"},
		{"echo $(echo in > ~/in.txt)", "", domain.API, "", "in.txt", "in\n"},
	} {
		if err := run(c.who, c.src, MapVars{"x": c.x}); domain.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %q", c.src, err, c.code)
		}
		got, err := d.Tree(domain.Owner).ReadFile(c.path)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %s holds %.40q (%v), want %.40q", c.src, c.path, got, err, c.want)
		}
	}
	entries, err := os.ReadDir(d.Dir())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") && e.Name() != ".domain" && e.Name() != ".regapi" {
			t.Errorf("a failed redirect left %s", e.Name())
		}
	}
	err = mustCompile(t, reg, "echo a > ~/x").Run(t.Context(), &Env{})
	if domain.CodeOf(err) != "e.domain.noexists" || !strings.HasPrefix(err.Error(), "test:1:8: >: ") {
		t.Errorf("without a domain: %v", err)
	}
}
