package www

import (
	"strings"
	"testing"

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
			r = append(r, readMatrix(gjson.Parse(matrices[name])))
		}
		if got := r.may(c.action); got != c.ok {
			t.Errorf("%q may %s: %v", c.roles, c.action, got)
		}
	}
}

// BenchmarkCan asks for one action of a person with two roles.
func BenchmarkCan(b *testing.B) {
	w := newWorld(b)
	w.owner().must(`www role ~/www member -new '{pvg:{"order.*":true,"order.delete":false}}'`)
	w.owner().must(`www role ~/www buyer -new '{pvg:{"page.read":true}}'`)
	w.owner().must(`www account ~/www xiaobai -u '{role:["member","buyer"]}'`)
	id, err := w.s.Identify(b.Context(), w.d, domain.Ref{ID: w.site().ID}, w.signIn("xiaobai"))
	if err != nil {
		b.Fatal(err)
	}
	actions := []string{"order.read"}
	b.ReportAllocs()
	for b.Loop() {
		if ok, err := w.s.Can(b.Context(), w.d, id, actions, false); !ok || err != nil {
			b.Fatal(ok, err)
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
