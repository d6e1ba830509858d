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
		{`echo '{"nm":"b","passwd":"x"}' | thing ~/p import -ajax | json -get errCode`, `"e.thing.import"`, ""},
		{`echo '{"nm":"b","__k":"x"}' | thing ~/p import -ajax | json -get data | json -val bad`, "1", ""},
		{`thing ~/p import ~/.domain/x.jsonl`, "", "e.io.obj.noexists"},
		{`thing ~/p import -file /etc/passwd -as csv`, "", "e.cmd.forbidden"},
		{`thing ~/p export -file /tmp/x.csv`, "", "e.cmd.forbidden"},
		{`thing ~/p export ~/.regapi/api/x.json`, "", "e.io.forbidden"},
		{`thing ~/p export ~/p/thing.json`, "", "e.io.forbidden"},
		{`thing ~/p export -fields nm,salt`, "", "e.thing.match"},
		{`thing ~/p export -fields 'in.passwd'`, "", "e.thing.match"},
		{`thing ~/p export -as csv -match '{id:"a"}' -fields id,nm`, "id,nm\na,ann", ""},
		{`thing ~/p export -match '${q}'`, "", "e.thing.match"},
		{`thing ~/p file s -ukey salt get`, "", "e.thing.match"},
		{`thing ~/p file a cat ../../index/a.json`, "", "e.io.path"},
		{`thing ~/p watch '${q}' -after 0 -n 1`, "", "e.thing.match"},
		{`thing ~/p watch -after 0 -n 1 -e '^(nm|passwd|salt)$'`, `{"rev":1,"event":"created","id":"a","thing":{"nm":"ann"}}`, ""},
		{`thing ~/.domain/s watch`, "", "e.thing.set.noexists"},
		{`thing ~/.domain/s export`, "", "e.thing.set.noexists"},
		{`thing ~/.domain/s seq a`, "", "e.thing.set.noexists"},
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

// No verb of the owner's puts a file where the store keeps records, and an archive
// that would puts nothing at all.
func TestVerbsLeaveTheStoresFilesAlone(t *testing.T) {
	t.Parallel()
	owner := caller{t, registry(), fresh(t), domain.Owner}
	for _, line := range []string{"thing ~/p init", `thing ~/p create -fields '{id:"a"}'`, "write ~/x/pack-1.jsonl y", "mkdir ~/stage/index"} {
		if _, err := owner.run(line, nil); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	tree := owner.d.Tree(domain.Owner)
	for name, data := range map[string][]byte{
		"set.zip":   archive(t, "{}", named("ok", "index/pack-1.jsonl")...),
		"first.zip": archive(t, "{}", named("ok", "q/thing.json", "q/index/.pack-1.jsonl")...),
		"last.zip":  archive(t, "{}", named("ok", "q/index/pack-1.keys", "q/thing.json")...),
		"fine.zip":  archive(t, "{}", named("ok", "q/index/pack-1.keys")...),
	} {
		if err := tree.WriteFile(domain.Path("zips/"+name), data); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range []string{
		"write ~/p/index/pack-1.jsonl x", "write -a ~/p/index/pack-1.jsonl x", "echo x > ~/p/index/.pack-1.jsonl", "echo x >> ~/p/index/pack-1.keys",
		"cp ~/x/pack-1.jsonl ~/p/index/pack-1.jsonl", "mv ~/x/pack-1.jsonl ~/p/index/pack-9.jsonl", "cp -r ~/x ~/p/index/x",
		"touch ~/p/index/pack-1.gone", "mkdir ~/p/index/x", "rm -r ~/p/index", "mv ~/p/index ~/away", "rm -f ~/.domain/journal/state",
		"unzip ~/zips/set.zip ~/p", "unzip ~/zips/first.zip ~/out", "unzip ~/zips/last.zip ~/out",
	} {
		if _, err := owner.run(line, nil); domain.CodeOf(err) != "e.io.forbidden" {
			t.Errorf("%s: %v", line, err)
		}
	}
	for _, line := range []string{"obj ~/out", "obj ~/p/ok"} {
		if _, err := owner.run(line, nil); domain.CodeOf(err) != "e.io.obj.noexists" {
			t.Errorf("%s: %v", line, err)
		}
	}
	for _, line := range []string{"unzip ~/zips/fine.zip ~/out", `write ~/p/index/b.json '{id:"b"}'`, "rm -r ~/p"} {
		if _, err := owner.run(line, nil); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}
