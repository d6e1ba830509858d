package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hostile are values that would be syntax somewhere, were they ever read as
// any.
func hostile(p *people) []string {
	return []string{
		"'; www auth ~/www eve -create -p hackhackhack; '",
		`"; www role ~/www admin -u '{}' #`,
		"$(www auth ~/www eve -create)", "`www auth ~/www eve -create`",
		"| rm ~/www", "x | rm -r ~/accounts", "; rm -r ~/www", "&& rm ~/www", "> ~/www/index.html",
		"${http-header-COOKIE}", "${id}", "$${id}", "${x?y}", "$$",
		"line\nbreak", "line\r\nSet-Cookie: evil=1\r\n\r\nbody", "tab\tand\vmore",
		"-u", "-ajax", "-create", "--", "-", "-p", "-cqn", "-list", "-new",
		"id:" + p.bert, "id:" + p.foreign, "~/accounts", "~/.domain/domain.json",
		`x",role:"admin`, `x","role":"admin`, `{role:"admin"}`, `'},{`, `\",`, `\`,
		"^.*", "^", "*", "a*", "[0,)", "(,]", "[EXISTS]", "[BLANK]", "notNil", "!anna", "~~ANNA",
		"../x", "../../etc/passwd", "..%2f..%2fetc", "/etc/passwd", "~other", "~root/x", "....//", "a/../../b",
		"%00", "%2e%2e", "\u2028", "\ufeff", "\x7f", "小白🙂", "\xff\xfe", "null", "true", "0", "-1", "1e999", "",
		strings.Repeat("A", 1<<20),
	}
}

func TestHostileValuesChangeNothing(t *testing.T) {
	t.Parallel()
	p := newPeople(t, "--limits", "off")
	ticket := p.signIn("demo", p.site, "anna")
	base := map[string]string{"site": p.site, "ticket": ticket, "uid": p.anna, "account": "anna", "name": "anna", "scene": "robot", "size": "100x50", "q": "", "limit": "5", "skip": "0", "sort": "", "as": "png", "oldpwd": "x", "newpwd": "", "vcode": "", "captcha": ""}
	endpoints := map[string][]string{
		"site":            {"x"},
		"checkme":         {"site", "ticket"},
		"setme":           {"site", "ticket"},
		"getaccount":      {"site", "uid", "ticket"},
		"accounts":        {"site", "ticket", "q", "limit", "skip", "sort"},
		"login_by_passwd": {"site", "name", "passwd"},
		"captcha":         {"site", "account", "scene", "size", "as"},
		"chpasswd":        {"site", "ticket", "oldpwd", "newpwd", "account", "vcode", "scene"},
		"resetpasswd":     {"site", "ticket", "oldpwd", "newpwd"},
		"logout":          {"site"},
		"avatar":          {"site", "uid"},
	}
	before := p.state()
	for name, params := range endpoints {
		for _, param := range params {
			for _, v := range hostile(p) {
				if name == "logout" && (v == "" || param == "ticket") {
					continue
				}
				p.attack(t, name, base, param, v)
			}
		}
	}
	p.unchanged(t, before)
	wantOK(t, p.get("demo/auth/checkme", "site", p.site, "ticket", ticket))
}

// attack sends v as one parameter, in the query, in a form and in JSON.
func (p *people) attack(t *testing.T, name string, base map[string]string, param, v string) {
	t.Helper()
	q := url.Values{}
	for _, k := range []string{"site", "ticket", "uid"} {
		q.Set(k, base[k])
	}
	form := url.Values{param: {v}}
	if len(v) < 32<<10 {
		inQuery := maps.Clone(q)
		inQuery.Set(param, v)
		p.sane(t, name, param, v, "GET", inQuery, "", "")
		p.sane(t, name, param, v, "POST", inQuery, "", "")
	}
	if param != "site" && param != "ticket" && name != "setme" {
		p.sane(t, name, param, v, "POST", q, "application/x-www-form-urlencoded", form.Encode())
		p.sane(t, name, param, v, "POST", q, "application/json", "{"+quote(param)+":"+quote(v)+"}")
	}
}

// sane fails when an answer is a crash, leaks, or lets a value split a header.
func (p *people) sane(t *testing.T, name, param, v, method string, q url.Values, ctype, body string) {
	t.Helper()
	a, err := p.try(method, "/api/demo/auth/"+name, q, ctype, body)
	what := fmt.Sprintf("%s %s %s=%.40q", method, name, param, v)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if a.status >= 500 {
		t.Errorf("%s: %d %.200s", what, a.status, a.body)
	}
	if a.header.Get("Set-Cookie") != "" {
		t.Errorf("%s: split the header", what)
	}
	for _, leak := range []string{"$argon2", "root:x:0", "goroutine ", "13910110022"} {
		if strings.Contains(a.body, leak) {
			t.Errorf("%s: the answer holds %q", what, leak)
		}
	}
}

// state is a digest of every file of the domain demo but for what comes and
// goes with sessions, captchas and counters.
func (p *people) state() map[string]string {
	p.t.Helper()
	p.settle()
	out := map[string]string{}
	top := p.path("demo")
	err := filepath.WalkDir(top, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(top, path)
		if e.IsDir() && strings.HasPrefix(rel, ".domain"+string(filepath.Separator)) {
			return filepath.SkipDir
		}
		if e.IsDir() {
			out[rel] = "dir"
			return nil
		}
		if strings.HasPrefix(e.Name(), ".pack-") {
			return nil // grows with every settled version; the records beside it are looked at
		}
		b, err := os.ReadFile(path)
		sum := sha256.Sum256(b)
		out[rel] = hex.EncodeToString(sum[:])
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}

// settle waits until what was acknowledged lies in files: within 2 s.
func (p *people) settle() {
	p.t.Helper()
	mark := fmt.Sprintf("mark %p", new(int))
	p.must("-d", "demo", "www", "account", "~/www", "anna", "-u", "{mark:"+quote(mark)+"}", "-cqn")
	file := p.path("demo", "accounts", "index", p.anna+".json")
	until(p.t, 2e9, "the mark is in "+file, func() bool {
		b, err := os.ReadFile(file)
		return err == nil && strings.Contains(string(b), mark)
	})
}

// unchanged fails for every file that is not as before, but for anna's own
// record (the mark).
func (p *people) unchanged(t *testing.T, before map[string]string) {
	t.Helper()
	after := p.state()
	for path, sum := range after {
		if before[path] != sum && !strings.Contains(path, p.anna) {
			t.Errorf("%s: made or changed", path)
		}
	}
	for path := range before {
		if _, ok := after[path]; !ok {
			t.Errorf("%s: gone", path)
		}
	}
	list := p.must("-d", "demo", "thing", "~/accounts", "query", "-cqn")
	if strings.Contains(list, "eve") || strings.Contains(list, `"role":"admin"`) {
		t.Errorf("accounts: %s", list)
	}
}

func TestHostileValuesAreKeptAsTheyAre(t *testing.T) {
	t.Parallel()
	p := newPeople(t, "--limits", "off")
	p.must("-d", "demo", "www", "site", "~/www", "-u", `{setme:["nickname","note"]}`)
	me := []string{"site", p.site, "ticket", p.signIn("demo", p.site, "anna")}
	for _, v := range hostile(p) {
		if len(v) > 60<<10 || !isUTF8(v) {
			continue // over the size of an account; not JSON
		}
		a := p.postJSON("demo/auth/setme", me, `{"nickname":`+quote(v)+`,"note":{"`+"k"+`":`+quote(v)+`}}`)
		wantOK(t, a)
		got := p.get("demo/auth/checkme", me...)
		if got.json("data.me.nickname").String() != v || got.json("data.me.note.k").String() != v {
			t.Errorf("%q came back as %q", v, got.json("data.me.nickname").String())
		}
		if got.json("data.me.role").Exists() && got.json("data.me.role").String() == "admin" {
			t.Fatalf("%q made an admin", v)
		}
	}
}

func isUTF8(s string) bool { return strings.ToValidUTF8(s, "") == s }

// scripts that put the value v into each small language.
var smallLanguages = map[string]string{
	"match":  `thing ~/notes query '{nm:"${http-qs-v?}"}' -cqn`,
	"create": `thing ~/notes create -fields '{txt:"${http-qs-v?}",kind:"note"}' -cqn`,
	"regexp": "cat ~/pub/list.txt | grep '^name:${http-qs-v?}$'",
	"path":   `cat ~/pub/${http-qs-v?}`,
	"echo":   `echo -n ${http-qs-v?}`,
	"quoted": `echo -n "[${http-qs-v?}]" '[${http-qs-v?}]'`,
	"subst":  "echo -n $(echo -n ${http-qs-v?})",
}

func TestHostileValuesInSmallLanguages(t *testing.T) {
	t.Parallel()
	p := newPeople(t, "--limits", "off")
	p.must("-d", "demo", "thing", "~/notes", "init")
	p.must("-d", "demo", "thing", "~/notes", "create", "-fields", `{nm:"secret one",kind:"seed"}`)
	p.write("demo", "pub/list.txt", "name:anna\nname:bert\n")
	p.write("demo", "private.txt", "not for you")
	for name, script := range smallLanguages {
		p.write("demo", ".regapi/api/t/"+name, script+"\n")
	}
	p.write("demo", ".regapi/api/t/head", "{\"http-dynamic-header\":true}\n%COPY:\nhttpout -headers '{\"X-V\":\"${http-qs-v?}\"}'\n%END%\n")
	p.write("demo", ".regapi/api/t/go", "{\"http-resp-code\":302}\n%COPY:\necho -n '/next?v=${http-qs-v?}'\n%END%\n")
	p.write("demo", ".regapi/api/t/run", "httpparam -in id:${id} | run echo -n $${v?}\n")
	until(t, 5e9, "the scripts are live", func() bool {
		return p.get("demo/t/run", "v", "1").body == "1" && p.get("demo/t/echo", "v", "1").body == "1"
	})
	for _, v := range hostile(p) {
		if len(v) > 32<<10 {
			continue
		}
		p.smallLanguages(t, v)
	}
}

func (p *people) smallLanguages(t *testing.T, v string) {
	t.Helper()
	get := func(name string) answer { return p.get("demo/t/"+name, "v", v) }
	for _, name := range []string{"echo", "subst", "run"} {
		want := v
		if name == "subst" {
			want = strings.TrimRight(v, "\r\n")
		}
		if name == "run" && !isUTF8(v) { // it would come by way of JSON
			if a := get(name); !strings.Contains(a.body, `"e.json"`) {
				t.Errorf("run: %q came back as %q", v, a.body)
			}
			continue
		}
		if a := get(name); a.status == 200 && strings.TrimRight(a.body, "\n") != strings.TrimRight(want, "\n") {
			t.Errorf("%s: %q came back as %q", name, v, a.body)
		}
	}
	if a := get("quoted"); a.body != "["+v+"] ["+v+"]" {
		t.Errorf("quoted: %q came back as %q", v, a.body)
	}
	if a := get("match"); a.status == 200 && strings.Contains(a.body, "secret one") {
		t.Errorf("match: %q finds %s", v, a.body)
	}
	if a := get("regexp"); v != "" && strings.Contains(a.body, "name:") {
		t.Errorf("regexp: %q finds %q", v, a.body)
	}
	if a := get("path"); strings.Contains(a.body, "not for you") || strings.Contains(a.body, "root:x") || strings.Contains(a.body, `"hosts"`) {
		t.Errorf("path: %q reads %.80q", v, a.body)
	}
	if isUTF8(v) {
		a := get("create")
		if a.status == 200 && (a.json("txt").String() != v || a.json("role").Exists() || a.json("kind").String() != "note") {
			t.Errorf("create: %q made %s", v, a.body)
		}
	}
	for _, name := range []string{"head", "go"} {
		a := get(name)
		if a.header.Get("Set-Cookie") != "" || a.status >= 500 {
			t.Errorf("%s: %q gives %d %v", name, v, a.status, a.header)
		}
	}
}
