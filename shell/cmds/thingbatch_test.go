package cmds

import (
	"fmt"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// A verb that changes more than one commit takes says so; one that cannot be done
// again says how to divide it.
func TestAVerbOfManyCommitsSaysSo(t *testing.T) {
	t.Parallel()
	d, reg := fresh(t), registry()
	run := func(line string, lang domain.Lang, in string) (out, errs string, err error) {
		script, err := reg.CompileText(line, shell.CompileOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var o, e strings.Builder
		err = script.Run(t.Context(), &shell.Env{Domain: d, Who: domain.Owner, Lang: lang, In: strings.NewReader(in), Out: &o, Err: &e, Vars: shell.NewVars(nil)})
		return strings.TrimSpace(o.String()), strings.TrimSpace(e.String()), err
	}
	var docs []string
	for i := range thingset.BatchMax + 1 {
		docs = append(docs, fmt.Sprintf(`{"id":"t%05d","n":1}`, i))
	}
	for _, c := range []struct {
		line      string
		lang      domain.Lang
		in        string
		out, errs string
		code      string
	}{
		{line: "thing ~/t init | json -val nm", out: `"t"`},
		{line: "thing ~/t create -fields", in: "[" + strings.Join(docs, ",") + "]", out: "*"},
		{line: `thing ~/t update -match '{}' -inc '{n:1}'`, code: "e.cmd.arg"},
		{line: `thing ~/t query '{n:1}' -limit 0 | count -json`, out: "10001"},
		{line: `thing ~/t update -match '{}' -fields '{n:2}' | json -get 0 | json -val n`, out: "2", errs: "note: 10001 things in 2 commits"},
		{line: `thing ~/t update t00000 t00001 t00000 -fields '{n:3}' | json -val n -c`, out: "[3,3]"},
		{line: `thing ~/t delete -match '{}'`, lang: domain.ZH, out: "true", errs: "注意：10001 条数据分 2 次提交"},
		{line: `thing ~/t restore -match '{id:"t00000"}' | json -val id -c`, out: `["t00000"]`},
		{line: `thing ~/t clean`, out: "10000"},
	} {
		lang := c.lang
		if lang == "" {
			lang = domain.EN
		}
		out, errs, err := run(c.line, lang, c.in)
		if domain.CodeOf(err) != c.code || c.out != "*" && out != c.out || errs != c.errs {
			t.Errorf("%s: %.200q, %q, %v; want %q, %q, %q", c.line, out, errs, err, c.out, c.errs, c.code)
		}
	}
}
