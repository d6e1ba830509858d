package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidwall/gjson"
)

const nodeDir = "../../testdata/node"

// nodeModules is a folder with the packages of testdata/node/package-lock.json,
// installed once for each lock file, beside other caches of this person.
var nodeModules = sync.OnceValues(func() (string, error) {
	lock, err := os.ReadFile(filepath.Join(nodeDir, "package-lock.json"))
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(lock)
	dir := filepath.Join(cache, "carya-tests", hex.EncodeToString(sum[:8]))
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "typescript")); err == nil {
		return dir, nil
	}
	return dir, installNode(dir)
})

// installNode installs aside and then renames: half an installation is none.
func installNode(dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), "new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := os.CopyFS(tmp, os.DirFS(nodeDir)); err != nil {
		return err
	}
	c := exec.Command("npm", "ci", "--no-audit", "--no-fund")
	c.Dir = tmp
	c.Stdout, c.Stderr = os.Stderr, os.Stderr
	if err := c.Run(); err != nil {
		return err
	}
	if err := os.Rename(tmp, dir); err != nil && !os.IsExist(err) {
		return err
	}
	return os.Chmod(dir, 0o755)
}

// node is a fresh folder with the tools of nodeModules and the sources of
// testdata/node.
func node(t *testing.T) string {
	t.Helper()
	installed, err := nodeModules()
	if err != nil {
		t.Fatalf("npm (make setup installs it): %v", err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(nodeDir)); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(installed, "node_modules"), filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// in runs a program in a folder and gives what it printed.
func in(t *testing.T, dir, input string, words ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), words[0], words[1:]...)
	c.Dir, c.Stdin = dir, strings.NewReader(input)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", words, err, out)
	}
	return string(out)
}

// documented is a domain with the auth pack and endpoints of all sorts.
func documented(t *testing.T) *server {
	r := newRoot(t)
	r.must("init", "demo", "--pack", "auth")
	r.write("demo", ".regapi/api/items/_ANY", `# Items by path
# id: where it is; n: how many; tags: some words
{"api-param-name":"id","http-methods":["POST"],"api-params":{n:"integer?",tags:["string"]},"api-returns":{id:"string",n:"number"}}
%COPY:
httpparam -in id:${id} -json | run echo '{id:"${params.id}",n:$${n?1}}' | json -c
%END%
`)
	r.write("demo", ".regapi/api/files/_ANY/show", "# 中文说明\n#\n# English help with */ in it\n{\"api-param-name\":\"f\",\"http-header-Content-Type\":\"image/*\"}\n%COPY:\necho ${params.f} ${http-header-X-KEY} ${http-qs-n<int:%d>?3} ${http-cookie-SID?}\n%END%\n")
	r.write("demo", ".regapi/api/go", `{"http-resp-code":302,"api-access-token":"x"}`+"\n%COPY:\necho /\n%END%\n")
	r.write("demo", ".regapi/api/hidden/_get", `{"api-doc":false}`+"\n%COPY:\necho hidden\n%END%\n")
	r.write("demo", ".regapi/api/secret/.meta.json", `{"api-doc":false}`)
	r.write("demo", ".regapi/api/secret/one", "echo secret")
	for _, shape := range []string{"errno", "state", "oauth", "result"} {
		r.write("demo", ".regapi/api/in/"+shape, `{"http-envelope":"`+shape+`","api-returns":{price:"number"}}`+"\n%COPY:\necho '{has:\"${http-qs-has?yes}\"}' | if '{has:\"yes\"}' echo '{\"price\":1.5}' else fail e.io.obj.noexists\n%END%\n")
	}
	return r.serve()
}

func TestOpenAPIIsValid(t *testing.T) {
	t.Parallel()
	s := documented(t)
	for _, lang := range []string{"zh-CN", "en"} {
		a := s.get("demo/_openapi.json", "lang", lang)
		if a.status != 200 || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
			t.Fatalf("%d %v", a.status, a.header)
		}
		in(t, node(t), a.body, "node", "validate.mjs")
	}
	doc := s.get("demo/_openapi.json", "lang", "en").body
	for path, want := range map[string]string{
		"paths./api/demo/auth/checkme.get.parameters.#.name":                                                                       `["site","ticket"]`,
		"paths./api/demo/auth/login_by_passwd.post.requestBody.content.application/json.schema.required":                           `["name","passwd"]`,
		"paths./api/demo/items/{id}.post.parameters.0.in":                                                                          `"path"`,
		"paths./api/demo/items/{id}.post.requestBody.content.application/json.schema.properties.n.type":                            `"integer"`,
		"paths./api/demo/items/{id}.post.responses.200.content.application/json.schema.properties.n.type":                          `"number"`,
		"paths./api/demo/auth/accounts.get.x-permissions":                                                                          `[["account.list"]]`,
		"paths./api/demo/in/errno.get.responses.200.content.application/json.schema.oneOf.0.properties.data.properties.price.type": `"number"`,
		"paths./api/demo/in/errno.get.responses.200.content.application/json.schema.oneOf.1.$ref":                                  `"#/components/schemas/errnoError"`,
		"paths./api/demo/in/state.get.responses.200.content.application/json.schema.oneOf.0.allOf.1.properties.price.type":         `"number"`,
		"paths./api/demo/in/oauth.get.responses.200.content.application/json.schema.properties.price.type":                         `"number"`,
		"paths./api/demo/in/oauth.get.responses.default.content.application/json.schema.$ref":                                      `"#/components/schemas/oauthError"`,
		"paths./api/demo/in/result.get.responses.200.content.application/json.schema.oneOf.0.properties.successful.const":          `true`,
		"paths./api/demo/go.get.security.0":                                                                                        `{"accessToken":[]}`,
		"paths./api/demo/files/{any}/show.get.parameters.#.in":                                                                     `["path","query","header","cookie"]`,
	} {
		escaped := strings.NewReplacer("{", `\{`, "}", `\}`).Replace(path)
		got := gjson.Get(doc, escaped).Get("@ugly").Raw
		if got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	for _, hidden := range []string{"hidden", "secret"} {
		if strings.Contains(doc, "/"+hidden) {
			t.Errorf("%s is documented", hidden)
		}
	}
}

// Everybody may see the page; what is private is not in it, and nothing in a
// comment is markup.
func TestDocsPage(t *testing.T) {
	t.Parallel()
	s := documented(t)
	s.write("demo", ".regapi/api/script", "# <script>alert(1)</script>\necho x")
	until(t, 10*time.Second, "the new endpoint", func() bool { return s.get("demo/script").status == 200 })
	for lang, want := range map[string]string{"zh-CN": "账号密码登录", "en": "Sign-in by name and password"} {
		a := s.get("demo/_docs", "lang", lang)
		if a.status != 200 || !strings.Contains(a.body, want) || !strings.Contains(a.body, `lang="`+lang+`"`) {
			t.Errorf("%s: %d %.200s", lang, a.status, a.body)
		}
		if strings.Contains(a.body, "<script>") || strings.Contains(a.body, "/secret/one") {
			t.Errorf("%s: a script or a secret", lang)
		}
	}
	if a := s.post("demo/_docs", nil); a.status != 405 {
		t.Errorf("POST: %d", a.status)
	}
	if a := s.get("other/_docs"); a.status != 404 {
		t.Errorf("another domain: %d", a.status)
	}
}

func TestTypeScriptClientCompilesAndCalls(t *testing.T) {
	t.Parallel()
	s := documented(t)
	s.newPerson("demo", `nm:"anna"`)
	dir := node(t)
	s.must("client", "ts", "demo", "-o", filepath.Join(dir, "client.ts"))
	in(t, dir, "", filepath.Join(dir, "node_modules", ".bin", "tsc"), "--strict", "--noUnusedLocals", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess",
		"--target", "es2022", "--module", "es2022", "--lib", "es2022,dom,dom.iterable", "client.ts", "calls.ts")
	os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"type":"module"}`), 0o644)
	if out := in(t, dir, "", "node", "calls.js", s.url, s.siteID("demo", "~/www"), "anna", passwd); !strings.Contains(out, "all calls answered") {
		t.Error(out)
	}
}
