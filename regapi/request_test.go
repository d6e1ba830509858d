package regapi

import (
	"strings"
	"testing"
)

// meta makes an endpoint of metadata and a pipeline.
func meta(object, pipeline string) string {
	return object + "\n%COPY:\n" + pipeline + "\n%END%\n"
}

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := func(words ...string) string { return plain + "'" + strings.Join(words, "|") + "'" }
	w.api(
		"basic", ask("${http-method}", "${http-uri}", "${http-url}", "${http-protocol}", "${http-host}", "${http-remote}", "${http-api}", "${http-qs}"),
		"qs", ask("${http-qs-a}", "${http-qs-name?none}", "${http-qs-c?none}"),
		"header", ask("${http-header-X-ONE?none}", "${http-header-HOST}", "${http-header-X-TWO?none}"),
		"cookie", ask("${http-cookie-ONE?none}", "${http-cookie-TWO?none}"),
		"who", ask("${http-usr?none}", "${http-grp?none}", "${http-www-se-id?none}", "${http-www-se-ticket?none}", "${http-www-me-nm?none}", "${http-www-me-age?none}", "${http-www-me-tags[0]?none}", "${http-www-me.age?none}", "${http-www-site}", "${http-www-ticket?none}"),
		"body", "cat id:${id}",
		"other", "cat id:${http-qs-id}",
		"form", "form",
		"load", meta(`{preload: {conf: '~/conf/a.json', text: '~/conf/a.txt', secret: '~/.domain/secrets/key'}}`, ask("${conf.title}", "${conf.list[1]}", "${text}", "${secret?none}", "${nothing?none}")),
		"merge", meta(`{'http-post-json-merge': true}`, ask("${name?none}", "${deep.x[0]?none}", "${id}", "${http-host}")),
		"prefix", meta(`{'http-post-json-merge': 'body'}`, ask("${body.name?none}", "${name?none}", "${body.deep.x[0]?none}")),
		"home", meta(`{'http-www-home': '~/www/shop'}`, "me"),
		"me", "me",
	)
	w.file("conf/a.json", "{title: 'T', list: [1, 2]}")
	w.file("conf/a.txt", "plain {text")
	w.file(".domain/secrets/key", "k'ey\n")
	json := []string{"Content-Type: application/json"}
	form := []string{"Content-Type: application/x-www-form-urlencoded"}
	w.scenarios(t, []scenario{
		{name: "basic", request: request{method: "PUT", url: "http://h.example:81/api/demo/basic?a=1&b=%20"}, status: 200,
			equals: "PUT|/api/demo/basic|http://h.example:81/api/demo/basic?a=1&b=%20|HTTP/1.1|h.example:81|192.0.2.1|api/basic|a=1&b=%20"},
		{name: "head runs as get", request: request{method: "HEAD", url: "/api/demo/basic"}, status: 200},
		{name: "query", request: request{url: "/api/demo/qs?A=1+2&NAME=%E4%B8%AD&name=second&c=%zz"}, status: 200, equals: "1 2|中|%zz"},
		{name: "no query", request: request{url: "/api/demo/qs"}, status: 200, equals: "|none|none"},
		{name: "empty query", request: request{url: "/api/demo/qs?name=&c"}, status: 200, equals: "||"},
		{name: "headers", request: request{url: "/api/demo/header", header: []string{"x-one: 1", "X-Two: a", "X-Two: b"}, host: "h.example"}, status: 200, equals: "1|h.example|a, b"},
		{name: "cookies", request: request{url: "/api/demo/cookie", header: []string{"Cookie: one=1; two=a b"}}, status: 200, has: []string{"1|"}},
		{name: "nobody", request: request{url: "/api/demo/who"}, status: 200, equals: "none|none|none|none|none|none|none|none|~/www|none"},
		{name: "somebody", request: request{url: "/api/demo/who?ticket=T-bai&site=s1"}, status: 200, equals: "bai|g1|S-bai|T-bai|bai|7|a|7|id:s1|T-bai"},
		{name: "bearer", request: request{url: "/api/demo/me", header: []string{"Authorization: Bearer T-bai"}}, status: 200, equals: "bai of ~/www"},
		{name: "ticket in a form", request: request{method: "POST", url: "/api/demo/me", body: "ticket=T-bai&site=s2", header: form}, status: 200, equals: "bai of id:s2"},
		{name: "ticket in JSON", request: request{method: "POST", url: "/api/demo/me", body: `{"ticket":"T-bai"}`, header: json}, status: 200, equals: "bai of ~/www"},
		{name: "the query's ticket counts", request: request{method: "POST", url: "/api/demo/me?ticket=T-bai", body: "ticket=T-mallory", header: form}, status: 200, equals: "bai of ~/www"},
		{name: "-nil- is none", request: request{url: "/api/demo/me?ticket=-nil-", header: []string{"Authorization: Bearer T-bai"}}, status: 200, equals: "bai of ~/www"},
		{name: "a wrong ticket is nobody", request: request{url: "/api/demo/me?ticket=wrong"}, status: 200, equals: "nobody"},
		{name: "home beats site", request: request{url: "/api/demo/home?ticket=T-bai&site=s1"}, status: 200, equals: "bai of ~/www/shop"},
		{name: "a failing lookup", request: request{url: "/api/demo/me?ticket=T-down"}, status: 500, has: []string{`"e.internal"`, `"requestId"`}},
		{name: "body", request: request{method: "POST", url: "/api/demo/body", body: "a\x00b"}, status: 200, equals: "a\x00b"},
		{name: "body of 1 MiB", request: request{method: "POST", url: "/api/demo/body", body: strings.Repeat("x", 1<<20)}, status: 200, has: []string{"xxx"}},
		{name: "no body", request: request{url: "/api/demo/body"}, status: 200, equals: ""},
		{name: "another object", request: request{url: "/api/demo/other?id=abc"}, status: 200, has: []string{"e.io.obj.noexists"}},
		{name: "query and form", request: request{method: "POST", url: "/api/demo/form?a=1&site=q&ticket=q", body: "a=2&site=b&ticket=b&c=+%2B", header: form}, status: 200,
			equals: `[{"Name":"a","Value":"1","Body":false,"JSON":null},{"Name":"site","Value":"q","Body":false,"JSON":null},{"Name":"ticket","Value":"q","Body":false,"JSON":null},{"Name":"a","Value":"2","Body":true,"JSON":null},{"Name":"c","Value":" +","Body":true,"JSON":null}]`},
		{name: "JSON", request: request{method: "POST", url: "/api/demo/form", body: `{"a":"x\n","n":1.50,"o":{"k":[1]},"z":null}`, header: []string{"Content-Type: text/json; charset=utf-8"}}, status: 200,
			equals: `[{"Name":"a","Value":"x\n","Body":true,"JSON":"InhcbiI="},{"Name":"n","Value":"1.50","Body":true,"JSON":"MS41MA=="},{"Name":"o","Value":"{\"k\":[1]}","Body":true,"JSON":"eyJrIjpbMV19"},{"Name":"z","Value":"","Body":true,"JSON":"bnVsbA=="}]`},
		{name: "JSON list", request: request{method: "POST", url: "/api/demo/form", body: `[1]`, header: json}, status: 200, has: []string{"null"}},
		{name: "broken JSON", request: request{method: "POST", url: "/api/demo/form", body: `{"a":`, header: json}, status: 200, has: []string{`"ok":false`, `"e.json"`}},
		{name: "JSON of brackets", request: request{method: "POST", url: "/api/demo/form", body: strings.Repeat("[", 1<<20), header: json}, status: 200, has: []string{`"e.json"`}},
		{name: "multipart", request: request{method: "POST", url: "/api/demo/form", body: "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\ny\r\n--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f.txt\"\r\n\r\nfile\r\n--B--\r\n", header: []string{"Content-Type: multipart/form-data; boundary=B"}}, status: 200,
			equals: `[{"Name":"a","Value":"x\r\ny","Body":true,"JSON":null}]`},
		{name: "torn multipart", request: request{method: "POST", url: "/api/demo/form", body: "--B\r\nContent-Disp", header: []string{"Content-Type: multipart/form-data; boundary=B"}}, status: 200, has: []string{"e.api.request"}},
		{name: "preload", request: request{url: "/api/demo/load"}, status: 200, equals: "T|2|plain {text|k'ey|none"},
		{name: "merge", request: request{method: "POST", url: "/api/demo/merge", body: `{"name":"n","deep":{"x":[5]},"id":"evil","http-host":"evil"}`, header: json}, status: 200, has: []string{"n|5|"}, not: []string{"evil"}},
		{name: "merge without a body", request: request{url: "/api/demo/merge"}, status: 200, has: []string{"none|none|"}},
		{name: "merge below a prefix", request: request{method: "POST", url: "/api/demo/prefix", body: `{"name":"n","deep":{"x":[5]}}`, header: json}, status: 200, equals: "n|none|5"},
	})
}

// TestValuesStayValues sends what would be syntax in a lesser shell through
// every kind of placeholder: it comes back as it was.
func TestValuesStayValues(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api(
		"qs", plain+"${http-qs-v}",
		"in", plain+"\"<${http-qs-v}>\"",
		"head", plain+"${http-header-X-V}",
		"any/_ANY", "{'api-param-name':'v'}\n%COPY:\n"+plain+"${params.v}\n%END%",
		"merge", "{'http-post-json-merge': true}\n%COPY:\n"+plain+"${v}\n%END%",
	)
	for _, v := range []string{
		"'; fail e.internal; '", "$(fail e.internal)", "`fail e.internal`", "| fail e.internal", "${http-header-COOKIE}", "$${id}", "a\nb", "a\x00b",
		strings.Repeat("1", 1<<20), "-n", "-u", "-ajax", "--", "id:other", "\"", "\\", ">", ">> ~/x", "#", "\xff\xfe", "", " ", "x\",role:\"admin", "^.*", "[0,)", "../x", "a\r\nSet-Cookie: b=c",
	} {
		for name, q := range map[string]request{
			"qs":    {url: "/api/demo/qs?v=" + percent(v)},
			"in":    {url: "/api/demo/in?v=" + percent(v)},
			"any":   {url: "/api/demo/any/" + percent(v)},
			"merge": {method: "POST", url: "/api/demo/merge", body: `{"v":` + jsonText(v) + `}`, header: []string{"Content-Type: application/json"}},
		} {
			want := v
			switch {
			case name == "in":
				want = "<" + v + ">"
			case name == "merge":
				want = string([]rune(v))
			case name == "any" && v == "":
				continue
			}
			res := w.do(q)
			if got := bodyOf(res); got != want || res.StatusCode != 200 {
				t.Errorf("%s: %.60q came back as %d %.60q", name, v, res.StatusCode, got)
			}
			if res.Header["Set-Cookie"] != nil {
				t.Errorf("%s: %.60q set a cookie", name, v)
			}
		}
	}
	if _, body := w.get("/api/demo/head"); body != "" {
		t.Errorf("an absent header is %q", body)
	}
}

// percent encodes every byte.
func percent(s string) string {
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, 3*len(s))
	for i := range len(s) {
		b = append(b, '%', hex[s[i]>>4], hex[s[i]&15])
	}
	return string(b)
}

func jsonText(s string) string {
	list := jsonList([]string{s})
	return list[1 : len(list)-1]
}
