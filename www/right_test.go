package www

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
)

func TestRolesAllowAndDenyWins(t *testing.T) {
	t.Parallel()
	matrices := map[string]string{
		"all":    `{"*":true}`,
		"orders": `{"order.*":true,"order.delete":false}`,
		"delete": `{"order.delete":true}`,
		"list":   `["page.read","page.w*"]`,
		"none":   ``,
	}
	for _, c := range []struct {
		roles, action string
		ok            bool
	}{
		{"all", "order.read", true},
		{"orders", "order.read", true},
		{"orders", "order.", true},
		{"orders", "orders", false},
		{"orders", "order.delete", false},
		{"all orders", "order.delete", false},
		{"delete orders", "order.delete", false},
		{"delete", "order.delete", true},
		{"delete", "order.delete.all", false},
		{"list", "page.read", true},
		{"list", "page.write", true},
		{"list", "page", false},
		{"none", "order.read", false},
		{"", "order.read", false},
	} {
		var r rights
		for name := range strings.FieldsSeq(c.roles) {
			r = append(r, right{role: name, matrix: readMatrix(gjson.Parse(matrices[name]))})
		}
		if got := r.may(c.action); got != c.ok {
			t.Errorf("%q may %s: %v", c.roles, c.action, got)
		}
	}
}

func TestRolesOfAnAccount(t *testing.T) {
	t.Parallel()
	for role, want := range map[string]string{
		`"a"`: "a", `"a, b c"`: "a b c", `["a","b c"]`: "a|b c", `null`: "", `""`: "",
	} {
		got := rolesOf([]byte(`{"role":` + role + `}`))
		if strings.Join(strings.FieldsFunc(got, betweenRoles), " ") != strings.ReplaceAll(want, "|", " ") {
			t.Errorf("%s: %q", role, got)
		}
	}
}

func TestRequestNeedsTheRightOfItsRole(t *testing.T) {
	t.Parallel()
	for right, line := range map[string]string{
		mayList:    `www account ~/www -list`,
		mayEdit:    `www account ~/www -new '{nm:"anna"}'`,
		mayRole:    `www role ~/www -list`,
		maySession: `www session ~/www bert`,
	} {
		w := newWorld(t)
		w.owner().must(`www account ~/www bert -new '{}'`)
		w.owner().must(`www role ~/www member -new '{pvg:{}}'`)
		api := w.request("", w.signIn("xiaobai"))
		api.fails("e.auth.nopvg", line)
		w.owner().must(`www role ~/www member -u '{pvg:{"` + right + `":true}}'`)
		api.must(line)
		w.owner().must(`www role ~/www member -u '{pvg:{"` + right + `":false,"*":true}}'`)
		api.fails("e.auth.nopvg", line)
	}
}

func TestEveryChangeOfRightsCountsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, err := w.s.Identify(t.Context(), w.d, domain.Ref{ID: w.site().ID}, w.signIn("xiaobai"))
	if err != nil {
		t.Fatal(err)
	}
	id.Role = "member,guest"
	for _, step := range []struct {
		line string
		may  bool
	}{
		{`www role ~/www member -new '{pvg:{a:true}}'`, true},
		{`www role ~/www member -u '{pvg:{a:false}}'`, false},
		{`www role ~/www member -u '{pvg:{}}'`, false},
		{`write ~/.domain/pvg.json '{guest:{a:true}}'`, true},
		{`write ~/.domain/pvg.json '{guest:{a:true'`, true}, // broken: the last good one
		{`write ~/.domain/pvg.json '{guest:{a:true},member:{a:false}}'`, false},
		{`write ~/.domain/pvg.json '{member:{a:false}}'`, false},
		{`rm ~/.domain/pvg.json`, false},
		{`www role ~/www guest -new '{pvg:["a"]}'`, true},
		{`www role ~/www guest -u '{nm:"other"}'`, false},
		{`www role ~/www other -u '{nm:"guest"}'`, true},
		{`www role ~/www member -u '{pvg:{a:false}}'`, false},
		{`www role ~/www member -u '{nm:"x"}'`, true},
		{`rm -r ~/roles`, false},
		{`write ~/.domain/pvg.json '{guest:{a:true}}'`, true},
		{`www site ~/www -u '{pvg:"~/other.json"}'`, false},
		{`write ~/other.json '{guest:{a:true}}'`, true},
	} {
		w.owner().must(step.line)
		if ok, err := w.s.Can(t.Context(), w.d, id, []string{"a"}, false); ok != step.may || err != nil {
			t.Errorf("after %s: %v %v", step.line, ok, err)
		}
	}
}

func TestAMatrixEditedByHandCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := &domain.Identity{SiteID: w.site().ID, Role: "guest"}
	may := func() bool {
		ok, err := w.s.Can(t.Context(), w.d, id, []string{"a"}, false)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	file := filepath.Join(w.d.Dir(), ".domain", "pvg.json")
	for i, text := range []string{`{guest:{a:true}}`, `{guest:{a:false,b:1}}`, `{guest:["a","c"]}`} {
		may()
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(10 * time.Second); may() != (i%2 == 0); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("not seen: %s", text)
			}
		}
	}
}

func TestAskingForARightAllocatesLittle(t *testing.T) {
	w := newWorld(t)
	w.owner().must(`www role ~/www member -new '{pvg:{"order.*":true}}'`)
	w.owner().must(`www role ~/www buyer -new '{pvg:{"page.read":true}}'`)
	id, actions := &domain.Identity{SiteID: w.site().ID, Role: "member,buyer"}, []string{"order.read"}
	n := testing.AllocsPerRun(200, func() { w.s.Can(t.Context(), w.d, id, actions, false) })
	if n > 2 {
		t.Errorf("%v allocations", n)
	}
}

// -explain says of a role that it does not exist, to programs and to people.
func TestExplainNamesRolesThatDoNotExist(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for lang, want := range map[domain.Lang]string{
		domain.EN: "no role says anything of it, and what nobody allows is denied; the roles ghost, x do not exist, neither in ~/roles nor in ~/.domain/pvg.json",
		domain.ZH: "没有角色提到它，无人允许即拒绝；角色 ghost, x 不存在：~/roles 与 ~/.domain/pvg.json 中都没有",
	} {
		o := w.owner()
		o.env.Lang = lang
		out := o.must(`www pvg ~/www ghost,x page.read -explain`)
		note, list, _ := strings.Cut(out, "\n")
		why := gjson.Get(list, "0.why").String()
		_, said, _ := strings.Cut(want, "; ")
		if lang == domain.ZH {
			_, said, _ = strings.Cut(want, "；")
		}
		if why != want || note != said {
			t.Errorf("%s: %s", lang, out)
		}
	}
}
