package www

import (
	"fmt"
	"testing"

	"github.com/tidwall/gjson"
)

// TestARequestListsNoMoreThanItMay, also when it says 0; what is no match is not taken
// for none.
func TestARequestListsNoMoreThanItMay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`www role ~/www editor -u '{pvg:{"account.list":true}}'`)
	w.owner().must(`www account ~/www boss -new '{role:"editor",passwd:"` + passwd + `"}'`)
	for n := range requestLimit {
		if _, err := w.site().people.Create(t.Context(), fmt.Appendf(nil, `{"nm":"n%d"}`, n)); err != nil {
			t.Fatal(err)
		}
	}
	boss := w.request("192.0.2.1", w.signIn("boss"))
	got := gjson.Parse(boss.must(`www account ~/www -pager -limit 0`))
	if n := got.Get("list.#").Int(); n != requestLimit || got.Get("pager.sum").Int() != requestLimit+2 {
		t.Errorf("-limit 0 lists %d: %s", n, got.Get("pager"))
	}
	if n := gjson.Get(w.owner().must(`www account ~/www -list -limit 0`), "#").Int(); n != requestLimit+2 {
		t.Errorf("the owner lists %d", n)
	}
	for _, q := range []string{`x`, `5`, `true`, `'"x"'`} {
		boss.fails("e.thing.match", `www account ~/www `+q+` -pager`)
	}
	for _, q := range []string{`''`, `' '`, `null`, `'{}'`} {
		if n := gjson.Get(boss.must(`www account ~/www `+q+` -pager`), "list.#").Int(); n != listLimit {
			t.Errorf("%s lists %d", q, n)
		}
	}
}
