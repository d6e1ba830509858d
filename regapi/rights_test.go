package regapi

import (
	"testing"
)

func TestScriptsAreToldTheirCallersRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := plain + "'${pvg-read.a}|${pvg-write?none}|${pvg}'"
	w.api(
		"list", meta(`{"pvg-setup":"read.a, write"}`, ask),
		"named", meta(`{"pvg-setup":{see:"read.a",edit:["read.a","write|own"],any:"write|read.b"}}`, plain+"${pvg-see} ${pvg-edit} ${pvg-any} ${pvg.any} ${pvg-other?none}"),
		"both", meta(`{"pvg-assert":"read.x","pvg-setup":["write"]}`, plain+"${pvg-write}"),
		"merged", meta(`{"pvg-setup":"write","http-post-json-merge":true}`, plain+"${pvg-write} ${pvg-read?none} ${pvg} ${nm}"),
		"without", meta(`{"http-post-json-merge":true}`, plain+"${pvg-write?none} ${pvg?none}"),
		"kept", meta(`{"pvg-setup":"write","cache-test":true}`, plain+"${pvg-write}"),
	)
	post := func(name string) request {
		return request{method: "POST", url: "/api/demo/" + name + "?ticket=T-bai", header: []string{"Content-Type: application/json"},
			body: `{"pvg-write":true,"pvg-read":true,"pvg":{"write":true},"nm":"n"}`}
	}
	w.scenarios(t, []scenario{
		{name: "nobody", request: request{url: "/api/demo/list"}, status: 200, equals: `false|false|{"read.a":false,"write":false}`},
		{name: "an unknown ticket", request: request{url: "/api/demo/list?ticket=x"}, status: 200, equals: `false|false|{"read.a":false,"write":false}`},
		{name: "a member", request: request{url: "/api/demo/list?ticket=T-bai"}, status: 200, equals: `true|false|{"read.a":true,"write":false}`},
		{name: "an administrator", request: request{url: "/api/demo/list?ticket=T-admin"}, status: 200, equals: `true|true|{"read.a":true,"write":true}`},
		{name: "named", request: request{url: "/api/demo/named?ticket=T-bai"}, status: 200, equals: "true false true true none"},
		{name: "the guard still guards", request: request{url: "/api/demo/both"}, status: 403},
		{name: "beside a guard", request: request{url: "/api/demo/both?ticket=T-bai"}, status: 200, equals: "false"},
		{name: "who cannot be asked has no answer", request: request{url: "/api/demo/list?ticket=T-down"}, status: 500, has: []string{"e.internal"}},
		{name: "a body gives no rights", request: post("merged"), status: 200, equals: `false none {"write":false} n`},
		{name: "nor where none is asked", request: post("without"), status: 200, equals: "none none"},
		{name: "one answer", request: request{url: "/api/demo/kept?ticket=T-admin"}, status: 200, equals: "true"},
		{name: "is not another's", request: request{url: "/api/demo/kept"}, status: 200, equals: "false"},
	})
}

func TestRightsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, m := range []string{`5`, `""`, `[]`, `{}`, `"a|b"`, `["a",5]`, `["a b"]`, `{a:5}`, `{a:""}`, `{a:"|"}`, `{"":"a"}`, `{"a}b":"c"}`, `{"$x":"c"}`} {
		w := newWorld(t)
		w.api("x", meta(`{"pvg-setup":`+m+`}`, "echo"))
		if faults := w.h.Check(w.domain("demo")); !broken(faults) {
			t.Errorf("%s is taken", m)
		}
	}
}
