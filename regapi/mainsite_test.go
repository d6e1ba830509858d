package regapi

import (
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
)

// Permissions are those of the main site: a caller does not pick the site at which
// they have them.
func TestPermissionsAreThoseOfTheMainSite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := plain + "${http-www-site}"
	w.api(
		"open", ask,
		"auth", meta(`{"http-www-auth":true}`, ask),
		"assert", meta(`{"pvg-assert":"read.a"}`, ask),
		"setup", meta(`{"pvg-setup":"read.a"}`, ask),
		"any", meta(`{"http-www-home":"*","pvg-assert":"read.a"}`, ask),
		"one", meta(`{"http-www-home":"~/www/shop","pvg-assert":"read.a"}`, ask),
	)
	get := func(name string) request { return request{url: "/api/demo/" + name + "?ticket=T-bai&site=other"} }
	body := request{method: "POST", url: "/api/demo/assert", header: []string{"Content-Type: application/json"}, body: `{"ticket":"T-bai","site":"other"}`}
	w.scenarios(t, []scenario{
		{name: "open", request: get("open"), status: 200, equals: "id:other"},
		{name: "a path is no id", request: request{url: "/api/demo/open?site=~/www"}, status: 200, equals: "id:~/www"}, // of nobody: the text alone names paths
		{name: "nor one behind id:", request: request{url: "/api/demo/open?site=id:~/www/staff"}, status: 200, equals: "id:~/www/staff"},
		{name: "auth", request: get("auth"), status: 200, equals: "id:other"},
		{name: "assert", request: get("assert"), status: 200, equals: "~/www"},
		{name: "by a body", request: body, status: 200, equals: "~/www"},
		{name: "setup", request: get("setup"), status: 200, equals: "~/www"},
		{name: "any", request: get("any"), status: 200, equals: "id:other"},
		{name: "one", request: get("one"), status: 200, equals: "~/www/shop"},
	})
}

func TestCheckTellsOfEndpointsThatLeaveTheSiteOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api(
		"assert", meta(`{"pvg-assert":"read.a"}`, "echo"),
		"any", meta(`{"http-www-home":"*","pvg-assert":"read.a"}`, "echo"),
		"shop", meta(`{"http-www-home":"~/www/shop","pvg-assert":"read.a"}`, "echo"),
		"folder", meta(`{"http-www-home":"~/pub","pvg-assert":"read.a"}`, "echo"),
	)
	d := w.domain("demo")
	told := func() (out []string) {
		for _, f := range w.h.Check(d) {
			if !f.Warn {
				t.Errorf("an error: %s", f)
			}
			out = append(out, f.File+" "+f.MsgIn(domain.EN))
		}
		return out
	}
	tree := d.Tree(domain.Owner)
	for _, p := range []domain.Path{"www", "pub"} {
		if _, err := assign(tree, p); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(told(), "\n"); strings.Contains(got, "/assert ") || !strings.Contains(got, "~/.regapi/api/shop http-www-home: there is no") && !strings.Contains(got, "~/.regapi/api/shop http-www-home: ~/www/shop is no folder") ||
		!strings.Contains(got, "~/.regapi/api/folder http-www-home: ~/pub does not say that it is a site: www site ~/pub -u {site:true}") {
		t.Errorf("with one site:\n%s", got)
	}
	if _, err := assign(tree, "www/shop"); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(told(), "\n"); !strings.Contains(got, "~/.regapi/api/assert permissions are those of the main site ~/www") || strings.Contains(got, "/any ") || strings.Contains(got, "/shop ") {
		t.Errorf("with two:\n%s", got)
	}
}

func assign(tree *domain.Tree, p domain.Path) (string, error) {
	if err := tree.Mkdir(p); err != nil {
		return "", err
	}
	return tree.AssignID(p)
}

// A link to an upload is no endpoint, and no metadata of one.
func TestALinkToAnUploadIsNoEndpoint(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api("good", plain+"good")
	d := w.domain("demo")
	for p, text := range map[domain.Path]string{"notes/thing.json": "{}", "notes/data/1/media/bad": plain + "bad", "notes/data/1/media/meta": `{"http-methods":"PUT"}`} {
		if err := d.Tree(domain.Owner).WriteFile(p, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	for from, to := range map[string]string{"bad": "../../notes/data/1/media/bad", "dir": "../../notes/data/1/media", ".good.meta.json": "../../notes/data/1/media/meta"} {
		if err := d.Files().Symlink(to, ".regapi/api/"+from); err != nil {
			t.Fatal(err)
		}
	}
	faults := w.h.Check(d)
	for _, f := range []string{"~/.regapi/api/bad", "~/.regapi/api/dir"} {
		if !strings.Contains(domain.FaultLines(faults).EN, f) {
			t.Errorf("%s is not told:\n%s", f, domain.FaultLines(faults).EN)
		}
	}
	w.scenarios(t, []scenario{
		{name: "good", request: request{url: "/api/demo/good"}, status: 200, equals: "good"},
		{name: "bad", request: request{url: "/api/demo/bad"}, status: 404},
		{name: "a folder", request: request{url: "/api/demo/dir/bad"}, status: 404},
	})
}
