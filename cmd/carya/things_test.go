package main

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"
)

// newThings serves a domain with the packs auth and thing. anna may do all with
// things, bert may read; orders and notes are sets below ~/things.
func newThings(t *testing.T) (p *people, anna, bert []string) {
	t.Helper()
	r := newRoot(t)
	r.must("init", "demo", "--pack", "thing")
	r.must("thing", "~/roles", "create", "-fields", `{nm:"clerk",pvg:{"thing.*":true}}`)
	r.must("thing", "~/roles", "create", "-fields", `{nm:"reader",pvg:["thing.read"]}`)
	r.must("thing", "~/things/orders", "init", "-fields", `{uniqueKeys:[{name:"no"}],fields:[{key:"nm",validate:{notNull:true}}],fileMax:2000}`)
	r.must("thing", "~/secret", "init")
	r.must("thing", "~/secret", "create", "-fields", `{id:"s",nm:"hidden"}`)
	p = &people{
		anna: r.newPerson("demo", `nm:"anna",role:"clerk"`),
		bert: r.newPerson("demo", `nm:"bert",role:"reader"`),
	}
	p.site = r.siteID("demo", "~/www")
	p.server = r.serve("--limits", "off")
	session := func(name string) []string {
		return []string{"site", p.site, "ticket", p.signIn("demo", p.site, name), "ts", "orders"}
	}
	return p, session("anna"), session("bert")
}

func with(query []string, more ...string) []string {
	return append(query[:len(query):len(query)], more...)
}

// upload sends a file of a form.
func (s *server) upload(query []string, name, mime, content string) answer {
	s.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	_ = w.WriteField("note", "first")
	part, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {fmt.Sprintf(`form-data; name="file"; filename=%q`, name)}, "Content-Type": {mime},
	})
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	if err != nil || w.Close() != nil {
		s.t.Fatal(err)
	}
	return s.do("POST", "demo/thing/file/add", pairs(query), w.FormDataContentType(), b.String())
}

func TestThingsOverHTTP(t *testing.T) {
	t.Parallel()
	p, anna, bert := newThings(t)
	a := p.postJSON("demo/thing/create", anna, `{id:"o1",nm:"first",no:1,price:30}`)
	wantOK(t, a)
	wantOK(t, p.postJSON("demo/thing/create", anna, `[{"id":"o2","nm":"b","no":2},{"id":"o3","nm":"c","no":3}]`))
	wantCode(t, p.postJSON("demo/thing/create", anna, `[{"nm":"d","no":9},{"nm":"e","no":1}]`), 200, "e.thing.ukey.duplicated")
	wantCode(t, p.postJSON("demo/thing/create", anna, `{"no":8}`), 200, "e.thing.fld.notNull")
	if a := p.get("demo/thing/get", with(bert, "id", "o2")...); a.json("data.nm").String() != "b" || a.json("data.th_prev").String() != "o1" || a.json("data.th_next").String() != "o3" {
		t.Errorf("get: %s", a.body)
	}
	if a := p.get("demo/thing/list", with(bert, "limit", "2")...); a.json("data.list.#").Int() != 2 || a.json("data.pager.sum").Int() != 3 {
		t.Errorf("list: %s", a.body)
	}
	if a := p.get("demo/thing/query", with(bert, "q", `{no:"[2,)"}`, "sort", `{no:-1}`)...); a.json("data.list.0.nm").String() != "c" || a.json("data.list.#").Int() != 2 {
		t.Errorf("query: %s", a.body)
	}
	if a := p.post("demo/thing/query", bert, "q", `{nm:"~~FIRST"}`); a.json("data.list.0.id").String() != "o1" {
		t.Errorf("query by POST: %s", a.body)
	}
	if a := p.postJSON("demo/thing/update", with(anna, "id", "o1"), `{price:31,nm:"new"}`); a.json("data.price").Int() != 31 {
		t.Errorf("update: %s", a.body)
	}
	wantOK(t, p.post("demo/thing/delete", anna, "id", "o3"))
	wantCode(t, p.get("demo/thing/get", with(bert, "id", "o3")...), 200, "e.thing.noexists")
}

func TestThingsTakeASessionAndAPermission(t *testing.T) {
	t.Parallel()
	p, anna, bert := newThings(t)
	stranger := []string{"site", p.site, "ts", "orders", "id", "o1"}
	wantOK(t, p.postJSON("demo/thing/create", anna, `{id:"o1",nm:"x"}`))
	for _, name := range []string{"get", "list", "query", "file/get", "file/read"} {
		if a := p.get("demo/thing/"+name, stranger...); a.status != 403 {
			t.Errorf("%s: a stranger gets %d %s", name, a.status, a.body)
		}
	}
	for _, name := range []string{"create", "update", "delete", "file/add", "file/remove"} {
		if a := p.postJSON("demo/thing/"+name, stranger, `{nm:"y"}`); a.status != 403 {
			t.Errorf("%s: a stranger gets %d %s", name, a.status, a.body)
		}
		wantCode(t, p.postJSON("demo/thing/"+name, with(bert, "id", "o1"), `{nm:"y"}`), 403, "e.auth.nopvg")
		if a := p.get("demo/thing/"+name, anna...); a.status != 405 {
			t.Errorf("%s by GET: %d", name, a.status)
		}
	}
	if a := p.get("demo/thing/get", with(bert, "id", "o1")...); a.json("data.nm").String() != "x" {
		t.Errorf("%s", a.body)
	}
}

func TestThingsStayBelowTheirFolder(t *testing.T) {
	t.Parallel()
	p, anna, _ := newThings(t)
	base := anna[:4]
	for _, ts := range []string{"", "..", "../secret", "/../secret", "orders/../../secret", "~/secret", "id:secret", "../accounts", "..\\secret", "%2e%2e/secret", ".", "orders/index", "\x00", "../.domain/session", "-h", "orders;rm"} {
		for _, a := range []answer{
			p.get("demo/thing/query", with(base, "ts", ts, "id", "s")...),
			p.get("demo/thing/get", with(base, "ts", ts, "id", "s")...),
			p.postJSON("demo/thing/create", with(base, "ts", ts), `{"nm":"x"}`),
			p.postJSON("demo/thing/update", with(base, "ts", ts, "id", "s"), `{"nm":"x"}`),
			p.get("demo/thing/file/get", with(base, "ts", ts, "id", "s")...),
		} {
			if a.json("ok").Bool() || strings.Contains(a.body, "hidden") || a.status >= 500 {
				t.Errorf("ts %q: %d %s", ts, a.status, a.body)
			}
		}
	}
	if got := p.must("thing", "~/secret", "get", "s", "-e", "^nm$", "-c"); got != `{"nm":"hidden"}`+"\n" {
		t.Errorf("it is now %s", got)
	}
}

func TestHostileValuesOfThingsStayData(t *testing.T) {
	t.Parallel()
	p, anna, bert := newThings(t)
	wantOK(t, p.postJSON("demo/thing/create", anna, `{id:"o1",nm:"x",no:1}`))
	for _, v := range []string{"-hard", "-u", "a b", "${id}", "$${id}", "`rm ~/www`", "$(rm ~/www)", "';rm ~/www;'", "| rm", "\n", "\"", "{}", "[]", "../o1", "o1/../o1", "id:o1", strings.Repeat("x", 5000)} {
		for what, a := range map[string]answer{
			"get":     p.get("demo/thing/get", with(bert, "id", v)...),
			"delete":  p.post("demo/thing/delete", anna, "id", v),
			"update":  p.postJSON("demo/thing/update", with(anna, "id", v), `{"nm":"changed"}`),
			"file":    p.get("demo/thing/file/read", with(bert, "id", "o1", "nm", v)...),
			"file of": p.get("demo/thing/file/get", with(bert, "id", v)...),
			"remove":  p.post("demo/thing/file/remove", anna, "id", "o1", "nm", v),
			"folder":  p.get("demo/thing/file/get", with(bert, "id", "o1", "dir", v)...),
			"limit":   p.get("demo/thing/list", with(bert, "limit", v)...),
		} {
			if a.json("ok").Bool() || a.status >= 500 || a.json("errCode").String() == "" {
				t.Errorf("%s %q: %d %.200s", what, v, a.status, a.body)
			}
		}
	}
	wantOK(t, p.get("demo/thing/get", with(bert, "id", "o1")...))
	for _, q := range []string{`{passwd:"^a"}`, `{"a.__b":1}`, `{nm:"^("}`, `{nm:`, `"x"`, `[1]`} {
		if a := p.get("demo/thing/query", with(bert, "q", q)...); a.json("ok").Bool() || a.status >= 500 {
			t.Errorf("q %s: %d %s", q, a.status, a.body)
		}
	}
	wantCode(t, p.postJSON("demo/thing/create", anna, `{"nm":"x","passwd":"p"}`), 200, "e.io.forbidden")
	for _, body := range []string{"", "[", "null", "1", `"x"`, "[[]]", `{"id":"../x","nm":"x"}`, `{"id":"-x","nm":"x"}`, strings.Repeat("[", 10000)} {
		if a := p.postJSON("demo/thing/create", anna, body); a.json("ok").Bool() || a.status >= 500 {
			t.Errorf("body %.20s: %d %.200s", body, a.status, a.body)
		}
	}
}

func TestFilesOfThingsOverHTTP(t *testing.T) {
	t.Parallel()
	p, anna, bert := newThings(t)
	wantOK(t, p.postJSON("demo/thing/create", anna, `{id:"o1",nm:"x"}`))
	of := with(anna, "id", "o1", "dir", "media")
	for i, name := range []string{"小 白.png", "小 白.png", `C:\dir\x.html`, "../../y.txt"} {
		a := p.upload(of, name, "image/png", "content")
		wantOK(t, a)
		want := []string{"小 白.png", "小 白(1).png", "x.html", "y.txt"}[i]
		if a.json("data.nm").String() != want || a.json("data.len").Int() != 7 {
			t.Errorf("%s: %s", name, a.body)
		}
	}
	for _, name := range []string{".htaccess", ".."} {
		if a := p.upload(of, name, "image/png", "x"); a.json("ok").Bool() || a.status >= 500 {
			t.Errorf("%q: %d %s", name, a.status, a.body)
		}
	}
	wantCode(t, p.upload(of, "big", "image/png", strings.Repeat("x", 2001)), 200, "e.io.toolarge")
	wantCode(t, p.postJSON("demo/thing/file/add", of, `{}`), 200, "e.api.request")
	if a := p.get("demo/thing/file/get", with(bert, "id", "o1", "dir", "media")...); a.json("data.#").Int() != 4 {
		t.Errorf("list: %s", a.body)
	}
	if a := p.get("demo/thing/get", with(bert, "id", "o1")...); a.json("data.th_media_nb").Int() != 4 || a.json("data.th_media_list.1.nm").String() != "小 白(1).png" {
		t.Errorf("record: %s", a.body)
	}
	p.readFiles(with(bert, "id", "o1", "dir", "media"))
	wantOK(t, p.post("demo/thing/file/remove", anna, "id", "o1", "dir", "media", "nm", "x.html"))
	if a := p.get("demo/thing/file/read", with(bert, "id", "o1", "dir", "media", "nm", "x.html")...); a.status != 404 {
		t.Errorf("removed: %d", a.status)
	}
}

// readFiles reads a file whole, in part, and not again.
func (p *people) readFiles(of []string) {
	p.t.Helper()
	a := p.get("demo/thing/file/read", with(of, "nm", "小 白.png")...)
	if a.status != 200 || a.body != "content" || a.header.Get("Content-Type") != "image/png" || a.header.Get("Content-Disposition") != "" {
		p.t.Errorf("%d %q %v", a.status, a.body, a.header)
	}
	ask := func(header, value string) (int, string) {
		req, err := http.NewRequest("GET", p.url+"/api/demo/thing/file/read?"+pairs(with(of, "nm", "小 白.png")).Encode(), nil)
		if err != nil {
			p.t.Fatal(err)
		}
		req.Header.Set(header, value)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			p.t.Fatal(err)
		}
		defer resp.Body.Close()
		var b bytes.Buffer
		_, _ = b.ReadFrom(resp.Body)
		return resp.StatusCode, b.String()
	}
	if code, body := ask("Range", "bytes=3-5"); code != 206 || body != "ten" {
		p.t.Errorf("a part: %d %q", code, body)
	}
	if code, body := ask("If-None-Match", a.header.Get("Etag")); code != 304 || body != "" {
		p.t.Errorf("again: %d %q", code, body)
	}
	a = p.get("demo/thing/file/read", with(of, "nm", "x.html")...)
	if !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") || a.header.Get("X-Content-Type-Options") != "nosniff" {
		p.t.Errorf("a page is not a download: %v", a.header)
	}
}
