package regapi

import (
	"slices"
	"strings"
	"time"
)

var (
	asJSON  = []string{"Content-Type: application/json"}
	ownHost = "demo.example"
)

// keyCases is a case, or more, for every metadata key, sorted by key.
func keyCases() []keyCase {
	return slices.Concat(apiKeyCases(), cacheKeyCases(), historyKeyCases(), answerKeyCases(), limitKeyCases(), whoKeyCases(), valueKeyCases())
}

func apiKeyCases() []keyCase {
	return []keyCase{
		{key: "api-access-token", value: `"~/.domain/token"`, script: plain + "in", files: []string{".domain/token", "sesame\n"}, steps: []keyStep{
			step(to("x"), 403, "", "e.api.token"),
			step(to("x?access_token=sesam"), 403, ""),
			step(to("x?access_token=sesame"), 200, "in"),
			step(request{url: "/api/demo/x", header: []string{"Authorization: Bearer sesame"}}, 200, "in"),
		}},
		{key: "api-doc", value: "false", script: plain + "x", files: []string{".regapi/api/y", plain + "y"}, steps: []keyStep{
			step(to("x"), 200, "x"),
			{scenario: scenario{request: to("_openapi.json"), status: 200, has: []string{"/api/demo/y"}, not: []string{"/api/demo/x"}}},
		}},
		{key: "api-param-name", value: `"who"`, name: "hi/_ANY", script: plain + "${params.who?nobody}", steps: []keyStep{step(to("hi/anna/b"), 200, "anna/b")}},
		{key: "api-params", value: `{limit:"integer?"}`, script: plain + "${http-qs-limit?20}", steps: []keyStep{
			step(to("x?limit=5"), 200, "5"), step(to("_openapi.json"), 200, "", `"integer"`)}},
		{key: "api-public", value: "true", script: "write a", steps: []keyStep{step(to("x"), 200, "")},
			after: func(w *world, _ *recordsTest) bool { return !w.checked("everybody may call this") }},
		{key: "api-returns", value: `{price:"number"}`, script: plain + `'{"price":1.5}'`, steps: []keyStep{
			step(to("x"), 200, `{"price":1.5}`), step(to("_openapi.json"), 200, "", `"price"`)}},
	}
}

func cacheKeyCases() []keyCase {
	const kept = `"cache-test":true,`
	return []keyCase{
		{key: "cache-test", value: "true", script: "count", steps: []keyStep{step(to("x"), 200, "1"), step(to("x"), 200, "1", "Age: 0"), step(to("x?a"), 200, "2")}},
		{key: "cache-test", value: `"keep=1"`, script: "count", steps: []keyStep{
			step(to("x"), 200, "1"), step(to("x"), 200, "2"), step(to("x?keep=1"), 200, "3"), step(to("x?keep=1"), 200, "3")}},
		{key: "cache-duration", value: `"1ns"`, beside: kept, script: "count", steps: []keyStep{step(to("x"), 200, "1"), step(to("x"), 200, "2")}},
		{key: "cache-lazy", value: "true", beside: kept + `"cache-duration":"20ms",`, script: "count", steps: []keyStep{
			step(to("x"), 200, "1"), {21 * time.Millisecond, scenario{request: to("x"), status: 200, equals: "1"}}}},
		{key: "cache-redirect", value: `"~/www/kept"`, beside: kept, script: "count", steps: []keyStep{step(to("x"), 302, "", "Location: /www/demo/kept/")},
			after: func(w *world, _ *recordsTest) bool { return w.pages("kept") == 1 }},
	}
}

func historyKeyCases() []keyCase {
	calls := []keyStep{step(to("x?kind=a"), 200, "done"), step(to("x?kind=b"), 200, "done")}
	const history = `history:{kind:"${http-qs-kind}"},`
	script := plain + "done"
	lines := func(set string, n int, has string) func(*world, *recordsTest) bool {
		return func(_ *world, r *recordsTest) bool {
			all := r.of(set)
			return strings.Count(all, `"api":"api/x"`) == n && strings.Count(all, has) > 0
		}
	}
	return []keyCase{
		{key: "history", value: `{kind:"${http-qs-kind}"}`, script: script, steps: calls, after: lines("_history", 2, `"kind":"b"`)},
		{key: "hisname", value: `"orders"`, beside: history, script: script, steps: calls, after: lines("orders", 2, `"kind":"b"`)},
		{key: "histest", value: `{kind:"a"}`, beside: history, script: script, steps: calls, after: lines("_history", 1, `"kind":"a"`)},
		{key: "hismetas", value: `["http-uri"]`, beside: history, script: script, steps: calls, after: lines("_history", 2, `"http-uri":"/api/demo/x"`)},
	}
}

func answerKeyCases() []keyCase {
	shaped := func(shape, ok, no string) keyCase {
		return keyCase{key: "http-envelope", value: `"` + shape + `"`, script: "fail ${http-qs-code?e.json}",
			files: []string{".regapi/api/ok", meta(`{"http-envelope":"`+shape+`"}`, plain+`'{"a":1}'`)},
			steps: []keyStep{{scenario: scenario{request: to("x"), status: map[bool]int{true: 400, false: 200}[shape == shapeOAuth], has: []string{no}}}, step(to("ok"), 200, ok)}}
	}
	return []keyCase{
		{key: "http-header-<Name>", value: `"1"`, script: plain + "a", steps: []keyStep{step(to("x"), 200, "a", "X-One: 1")}},
		{key: "http-header-<Name>", value: `["1","2"]`, script: plain + "a", steps: []keyStep{step(to("x"), 200, "a", "X-One: 1", "X-One: 2")}},
		{key: "http-resp-code", value: "201", script: plain + "{}", steps: []keyStep{step(to("x"), 201, "{}")}},
		{key: "http-resp-code", value: "302", script: "echo https://a.example/?q=${http-qs-q}", steps: []keyStep{step(to("x?q=1"), 302, "", "Location: https://a.example/?q=1\n")}},
		{key: "http-resp-code", value: "301", script: "echo /there", steps: []keyStep{step(to("x"), 301, "", "Location: /there\n")}},
		{key: "http-dynamic-header", value: "true", script: `head "HTTP/1.1 202\nSet-Cookie: a=1\nSet-Cookie: b=2; HttpOnly=no\nX-A: ${http-qs-a}\n\nbody"`, steps: []keyStep{
			step(to("x?a=5"), 202, "body", "Set-Cookie: a=1; HttpOnly; SameSite=Lax", "Set-Cookie: b=2", "X-A: 5")}},
		{key: "http-dynamic-header", value: "true", script: `head "HTTP/1.1 303\nLocation: /there\n\n"`, steps: []keyStep{step(to("x"), 303, "", "Location: /there\n")}},
		{key: "http-sse", value: "true", script: plain + "'data: 1'", steps: []keyStep{step(to("x"), 200, "data: 1", "Content-Type: text/event-stream")}},
		shaped(shapeErrno, `{"errno":0,"data":{"a":1}}`, `{"errno":-1,"errText":`),
		shaped(shapeState, `{"state":"ok","a":1}`, `{"state":"failed","reason":"e.json"`),
		shaped(shapeOAuth, `{"a":1}`, `{"error":"invalid_request"`),
		shaped(shapeResult, `{"successful":true,"code":"200","name":"Success","message":"OK","option":null,"data":{"a":1}}`, `{"successful":false,"code":"400"`),
		{key: "http-envelope", value: `"ok"`, script: "fail e.json", name: "in/x", files: []string{".regapi/api/in/.meta.json", `{"http-envelope":"errno"}`}, steps: []keyStep{step(to("in/x"), 200, "", `{"ok":false,"errCode":"e.json"`)}},
		{key: "http-envelope-table", value: `"~/codes.json"`, beside: `"http-envelope":"errno",`, script: "fail e.json", files: []string{"codes.json", `{codes:{"e.json":{code:-3007,text:"not JSON",status:422}}}`},
			steps: []keyStep{step(to("x"), 422, `{"errno":-3007,"errText":"not JSON"}`)}},
	}
}

func limitKeyCases() []keyCase {
	return []keyCase{
		{key: "http-methods", value: `"POST"`, script: plain + "x", steps: []keyStep{
			step(to("x"), 405, "", "Allow: POST, OPTIONS", "e.api.method"), step(request{method: "POST", url: "/api/demo/x"}, 200, "x")}},
		{key: "http-body-max", value: `"1K"`, script: "cat id:${id}", steps: []keyStep{
			step(request{method: "POST", url: "/api/demo/x", body: strings.Repeat("a", 1024)}, 200, strings.Repeat("a", 1024)),
			step(request{method: "POST", url: "/api/demo/x", body: strings.Repeat("a", 1025)}, 413, "", "e.api.body.toolarge")}},
		{key: "http-timeout", value: `"10ms"`, script: "wait", steps: []keyStep{step(to("x"), 504, "", "e.timeout")}},
		{key: "http-rate", value: `"2/h"`, limits: true, script: plain + "x", steps: []keyStep{
			step(to("x"), 200, "x", "Ratelimit-Limit: 2", "Ratelimit-Remaining: 1"), step(to("x"), 200, "x", "Ratelimit-Remaining: 0"),
			step(to("x"), 429, "", "Retry-After: ", "e.api.limit")}},
		{key: "http-rate", value: `"none"`, limits: true, name: "in/x", files: []string{".regapi/api/in/.meta.json", `{"http-rate":"1/h"}`}, script: plain + "x", steps: []keyStep{
			step(to("in/x"), 200, "x"), step(to("in/x"), 200, "x")}},
		{key: "http-trace", value: "true", script: plain + "x", steps: []keyStep{step(to("x"), 200, "x")},
			after: func(w *world, _ *recordsTest) bool { return w.traces("api/x") == 1 }},
		{key: "http-cross-origin", value: `"https://a.example"`, script: plain + "x", steps: []keyStep{
			step(request{url: "/api/demo/x", header: []string{"Origin: https://a.example"}}, 200, "x", "Access-Control-Allow-Origin: https://a.example", "Access-Control-Allow-Credentials: true"),
			step(request{method: "OPTIONS", url: "/api/demo/x", header: []string{"Origin: https://a.example", "Access-Control-Request-Method: PUT"}}, 204, "", "Access-Control-Allow-Methods: "),
			{scenario: scenario{request: request{url: "/api/demo/x", header: []string{"Origin: https://b.example"}}, status: 200, not: []string{"Access-Control-Allow-Origin"}}}}},
	}
}

func whoKeyCases() []keyCase {
	return []keyCase{
		{key: "http-www-auth", value: "true", script: "me", steps: []keyStep{
			step(to("x"), 403, "", "e.www.api.auth.nologin"), step(to("x?ticket=wrong"), 403, "", "e.auth.ticked.noexist"), step(to("x?ticket=T-bai"), 200, "bai of ~/www")}},
		{key: "http-www-home", value: `"~/www/shop"`, script: "me", steps: []keyStep{step(to("x?ticket=T-bai&site=other"), 200, "bai of ~/www/shop")}},
		{key: "http-www-ticket", value: `["header:X-Ticket","cookie:SID"]`, script: "me", steps: []keyStep{
			step(request{url: "/api/demo/x", header: []string{"X-Ticket: T-bai"}}, 200, "bai of ~/www"),
			step(request{url: "/api/x", host: ownHost, header: []string{"Cookie: SID=T-bai"}}, 200, "bai of ~/www"),
			step(request{url: "/api/demo/x", header: []string{"Cookie: SID=T-bai"}}, 200, "nobody"),
			step(to("x?ticket=T-bai"), 200, "nobody")}},
		{key: "pvg-assert", value: `["read.a","write.b|write.c"]`, script: "me", steps: []keyStep{
			step(to("x"), 403, "", "nologin"), step(to("x?ticket=T-bai"), 403, "", "e.auth.nopvg"), step(to("x?ticket=T-admin"), 200, "admin of ~/www")}},
		{key: "pvg-setup", value: `{edit:"write.a|write.b",see:"read.a"}`, script: plain + "${pvg-edit?none} ${pvg-see?none}", steps: []keyStep{
			step(to("x"), 200, "false false"), step(to("x?ticket=T-bai"), 200, "false true"), step(to("x?ticket=T-admin"), 200, "true true")}},
		{key: "copy-cookie", value: `{SID:"ticket",LANG:"lang"}`, script: plain + "${http-qs-ticket?none} ${http-qs-lang?none}", steps: []keyStep{
			step(request{url: "/api/x", host: ownHost, header: []string{"Cookie: SID=T-bai; LANG=en"}}, 200, "T-bai en"),
			step(request{url: "/api/x?lang=zh", host: ownHost, header: []string{"Cookie: LANG=en"}}, 200, "none zh"),
			step(request{url: "/api/demo/x", header: []string{"Cookie: SID=T-bai"}}, 200, "none none"),
			step(request{method: "POST", url: "/api/x", host: ownHost, header: []string{"Cookie: SID=T-bai", "Origin: https://evil.example"}}, 403, "", "e.api.origin")}},
	}
}

func valueKeyCases() []keyCase {
	return []keyCase{
		{key: "preload", value: `{conf:"~/conf.json"}`, script: plain + "${conf.title?none} ${conf.list[1]?none}", files: []string{"conf.json", `{title:'T', list:[1,2]}`}, steps: []keyStep{step(to("x"), 200, "T 2")}},
		{key: "http-post-json-merge", value: "true", script: plain + "${nm?none} ${deep.x[0]?none}", steps: []keyStep{
			step(request{method: "POST", url: "/api/demo/x", header: asJSON, body: `{"nm":"a b; fail","deep":{"x":[7]}}`}, 200, "a b; fail 7"), step(to("x"), 200, "none none")}},
		{key: "http-post-json-merge", value: `"body"`, script: plain + "${body.nm?none} ${nm?none}", steps: []keyStep{
			step(request{method: "POST", url: "/api/demo/x", header: asJSON, body: `{"nm":"a"}`}, 200, "a none")}},
	}
}
