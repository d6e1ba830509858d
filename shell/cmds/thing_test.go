package cmds

import (
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// caller runs lines on behalf of a principal.
type caller struct {
	t   *testing.T
	reg *shell.Registry
	d   *domain.Domain
	who domain.Principal
}

func (c caller) run(line string, vars shell.MapVars) (string, error) {
	c.t.Helper()
	script, err := c.reg.CompileText(line, shell.CompileOptions{Endpoint: c.who == domain.API})
	if err != nil {
		c.t.Fatalf("%s: %v", line, err)
	}
	var out strings.Builder
	err = script.Run(c.t.Context(), &shell.Env{Domain: c.d, Who: c.who, Lang: domain.EN, Vars: vars, Out: &out})
	return strings.TrimSpace(out.String()), err
}

func TestThingsOfRequestsKeepTheirSecrets(t *testing.T) {
	t.Parallel()
	owner := caller{t, registry(), fresh(t), domain.Owner}
	for _, line := range []string{"thing ~/p init", "thing ~/.domain/s init", `thing ~/p create -fields '{id:"a",nm:"ann",passwd:"secret",salt:"s",__k:"k"}'`} {
		if _, err := owner.run(line, nil); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	api := owner
	api.who = domain.API
	for _, c := range []struct{ line, out, code string }{
		{`thing ~/p get a -c -e '^(id|nm|passwd|salt|__k)$'`, `{"id":"a","nm":"ann"}`, ""},
		{`thing ~/p query '${q}' -c -e '^nm$'`, "", "e.thing.match"},
		{`thing ~/p query '{nm:"${any}"}' -c`, "[]", ""},
		{`thing ~/p query '{nm:"${name}"}' -c -e '^nm$'`, `[{"nm":"ann"}]`, ""},
		{`thing ~/p query '${blank}' -c -e '^nm$'`, `[{"nm":"ann"}]`, ""},
		{`thing ~/p query '${text}' -c`, "", "e.thing.match"},
		{`thing ~/p query -sort '${order}' -c`, "", "e.thing.match"},
		{`thing ~/p delete -match '${blank}'`, "", "e.thing.match"},
		{`thing ~/p delete -match '${space}'`, "", "e.thing.match"},
		{`thing ~/p update a -fields '{passwd:"x"}'`, "", "e.io.forbidden"},
		{`thing ~/p create -fields '[{nm:"b"},{__k:"x"}]'`, "", "e.io.forbidden"},
		{`thing ~/p duplicate a -fields '{salt:"x"}'`, "", "e.io.forbidden"},
		{`thing ~/p init -fields '{}'`, "", "e.cmd.forbidden"},
		{`thing ~/.domain/s query`, "", "e.thing.set.noexists"},
		{`thing ${set} query`, "", "e.thing.set.noexists"},
	} {
		out, err := api.run(c.line, shell.MapVars{
			"q": `{passwd:"^s"}`, "any": "^.*", "name": "ann", "blank": "", "space": " ", "text": "abc", "order": `{salt:1}`, "set": "~/.domain/s",
		})
		if domain.CodeOf(err) != c.code || out != c.out {
			t.Errorf("%s: %q, %v; want %q, %q", c.line, out, err, c.out, c.code)
		}
	}
	if out, err := owner.run(`thing ~/p query -c -e '^nm$'`, nil); out != `[{"nm":"ann"}]` {
		t.Errorf("it is now %s, %v", out, err)
	}
}
