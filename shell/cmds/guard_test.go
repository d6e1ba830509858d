package cmds

import (
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// A request does not name a field that thing.json guards; the script may.
func TestARequestNamesNoGuardedField(t *testing.T) {
	t.Parallel()
	owner := caller{t, registry(), fresh(t), domain.Owner}
	api := owner
	api.who = domain.API
	for _, line := range []string{`thing ~/notes init -fields '{fields:[{key:"price",guard:"owner"},{key:"a.b",guard:"x.y"}]}'`, `thing ~/notes create -fields '{id:"1",price:1}'`} {
		if _, err := owner.run(line, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, body := range []string{`{"nm":"x","price":5}`, `{"a":{"b":1}}`, `{"a":null}`} {
		for _, line := range []string{
			"echo '${x}' | thing ~/notes create -fields", "thing ~/notes create -fields ${x}", "echo '[{},${x}]' | thing ~/notes create -fields", "thing ~/notes duplicate 1 -fields ${x}",
			"echo '${x}' | thing ~/notes update 1 -fields", "thing ~/notes update 1 -fields ${x}", "thing ~/notes update 1 -inc ${x}",
		} {
			if out, err := api.run(line, shell.MapVars{"x": body}); domain.CodeOf(err) != "e.thing.fld.guard" && domain.CodeOf(err) != "e.cmd.arg" {
				t.Errorf("%s: %s: %s, %v", body, line, out, err)
			}
		}
		if out, err := api.run("echo '${x}' | thing ~/notes import -ajax | json -get data | json -val bad", shell.MapVars{"x": body}); out != "1" {
			t.Errorf("%s: imported: %s, %v", body, out, err)
		}
	}
	for _, line := range []string{`thing ~/notes update 1 -inc '{price:1}'`, `thing ~/notes update 1 -fields '{price:${n}}'`, `thing ~/notes update 1 -fields ${x}`, `thing ~/notes create -fields '{price:5}'`} {
		if _, err := api.run(line, shell.MapVars{"x": `{"nm":"y"}`, "n": "5"}); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	if _, err := owner.run(`thing ~/notes update 1 -fields ${x}`, shell.MapVars{"x": `{"price":7}`}); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{`5`, `""`, `"a b"`, `"a|b"`, `"a.*"`, `["a"]`} {
		if _, err := owner.run(`thing ~/bad init -fields '{fields:[{key:"p",guard:`+bad+`}]}'`, nil); domain.CodeOf(err) != "e.thing.schema" {
			t.Errorf("guard %s: %v", bad, err)
		}
	}
}
