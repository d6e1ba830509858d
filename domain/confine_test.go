package domain

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// outside makes a file beside the domain that nobody may reach.
func outside(t testing.TB, d *Domain) string {
	t.Helper()
	file := filepath.Join(d.Root().Dir(), "secret.txt")
	ok(t, os.WriteFile(file, []byte("secret"), 0o644))
	return file
}

func link(t testing.TB, d *Domain, target, at string) {
	t.Helper()
	file := filepath.Join(d.Dir(), at)
	ok(t, os.MkdirAll(filepath.Dir(file), 0o755), os.Symlink(target, file))
}

// everyUse tries all ways to p and gives the codes.
func everyUse(tr *Tree, p Path) map[string]string {
	out := map[string]string{}
	_, err := tr.Stat(p)
	out["Stat"] = CodeOf(err)
	_, err = tr.ReadFile(p)
	out["ReadFile"] = CodeOf(err)
	_, err = tr.Open(p)
	out["Open"] = CodeOf(err)
	_, err = tr.List(p)
	out["List"] = CodeOf(err)
	_, err = tr.Meta(p)
	out["Meta"] = CodeOf(err)
	for name, err := range everyWrite(tr, p) {
		out[name] = CodeOf(err)
	}
	return out
}

func everyWrite(tr *Tree, p Path) map[string]error {
	_, idErr := tr.AssignID(p)
	return map[string]error{
		"WriteFile":  tr.WriteFile(p, []byte("x")),
		"Append":     tr.Append(p, []byte("x")),
		"Mkdir":      tr.Mkdir(p),
		"SetMeta":    tr.SetMeta(p, []byte(`{a:1}`)),
		"AssignID":   idErr,
		"RenameFrom": tr.Rename(p, "moved"),
		"RenameTo":   tr.Rename("real.txt", p),
		"Remove":     tr.Remove(p, true),
	}
}

func TestSymlinkOutside(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	secret := outside(t, d)
	put(t, d, "real.txt", "x")
	link(t, d, "../secret.txt", "rel")
	link(t, d, secret, "abs")
	link(t, d, "..", "dir")
	link(t, d, "../../..", "a/b/far")
	link(t, d, "rel", "chain")
	for _, who := range []Principal{API, Owner} {
		for _, p := range []Path{"dir/secret.txt", "dir/demo/real.txt", "a/b/far/x", "dir/new"} {
			for use, code := range everyUse(d.Tree(who), p) {
				if code != "e.io.path.outside" {
					t.Errorf("%v %s %s: %q", who, use, p, code)
				}
			}
		}
		for _, p := range []Path{"rel", "abs", "chain"} {
			tr := d.Tree(who)
			_, err := tr.ReadFile(p)
			wantCode(t, err, "e.io.path.outside")
			wantCode(t, tr.WriteFile(p, nil), "e.io.path.outside")
			wantCode(t, tr.Append(p, nil), "e.io.path.outside")
		}
	}
	list, err := d.Tree(Owner).List("")
	ok(t, err)
	for _, o := range list {
		if o.Name == "rel" || o.Name == "dir" {
			t.Errorf("%s is listed", o.Name)
		}
	}
	if b, err := os.ReadFile(secret); err != nil || string(b) != "secret" {
		t.Errorf("%q %v", b, err)
	}
}

func TestSymlinkInsideIsFollowed(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	put(t, d, "a/real.txt", "x")
	put(t, d, "a/.real.txt.meta.json", "{title:1}")
	link(t, d, "../a", "b/to-a")
	link(t, d, "to-a/real.txt", "b/file")
	link(t, d, "loop", "loop")
	tr := d.Tree(API)
	for _, p := range []Path{"b/to-a/real.txt", "b/file"} {
		o, err := tr.Stat(p)
		ok(t, err)
		if o.Path != p || string(o.Meta) != `{"title":1}` || o.Name != p.Base() {
			t.Errorf("%+v", o)
		}
		ok(t, tr.WriteFile(p, []byte(p)))
		if b, err := os.ReadFile(filepath.Join(d.Dir(), "a/real.txt")); string(b) != string(p) {
			t.Errorf("%s: %q %v", p, b, err)
		}
	}
	_, err := tr.Stat("loop")
	wantCode(t, err, "e.io.obj.noexists")
	ok(t, tr.Remove("b/file", false)) // the link, not what it leads to
	_, err = tr.Stat("a/real.txt")
	ok(t, err)
}

func TestAPISeesNothingHidden(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	owner, api := d.Tree(Owner), d.Tree(API)
	ok(t, owner.WriteFile("real.txt", nil), owner.WriteFile(".regapi/api/x", []byte("echo")),
		owner.WriteFile("accounts/thing.json", []byte("{}")), owner.WriteFile("accounts/index/1.json", []byte("{}")),
		owner.WriteFile("accounts/data/1/a.png", nil), owner.WriteFile("www/.env", nil), owner.WriteFile("www/index/x", nil),
		owner.SetMeta("www", []byte("{a:1}")))
	link(t, d, "../.regapi", "www/leak")
	link(t, d, "../accounts/index", "www/records")
	for _, p := range []Path{
		".domain/domain.json", ".domain", ".regapi/api/x", "accounts/thing.json", "accounts/index/1.json", "accounts/index",
		"www/.env", "www/.meta.json", "www/leak/api/x", "www/records/1.json", "www/leak",
	} {
		for use, code := range everyUse(api, p) {
			want := "e.io.forbidden"
			switch use {
			case "Stat", "ReadFile", "Open", "List", "Meta":
				want = "e.io.obj.noexists"
			case "AssignID", "SetMeta":
				if code == "e.io.obj.noexists" {
					continue
				}
			}
			if code != want {
				t.Errorf("%s %s: %q", use, p, code)
			}
		}
		id, err := owner.AssignID(p)
		if err != nil {
			continue // metadata has none
		}
		_, err = api.Resolve(Ref{ID: id})
		wantCode(t, err, "e.io.obj.noexists")
		_, err = api.Object(Ref{ID: id})
		wantCode(t, err, "e.io.obj.noexists")
		if e, err := d.entry(p); err == nil && d.engines(e.real) {
			continue // a walk finds no ids there
		}
		_, err = owner.Object(Ref{ID: id})
		ok(t, err)
	}
	for _, p := range []Path{"accounts/data/1/a.png", "www/index/x"} {
		_, err := api.Stat(p)
		ok(t, err)
	}
	wantCode(t, api.WriteFile("new/.hidden", nil), "e.io.forbidden")
	wantCode(t, api.WriteFile("new/thing.json", nil), "e.io.forbidden")
	wantCode(t, api.Remove("accounts", true), "e.io.forbidden")
	wantCode(t, api.Rename("accounts", "b"), "e.io.forbidden")
	names := func(p Path) (out []string) {
		list, err := api.List(p)
		ok(t, err)
		for _, o := range list {
			out = append(out, o.Name)
		}
		return out
	}
	if got := strings.Join(names(""), " "); got != "accounts real.txt www" {
		t.Errorf("~/: %s", got)
	}
	if got := strings.Join(names("accounts"), " "); got != "data" {
		t.Errorf("accounts: %s", got)
	}
	if got := strings.Join(names("www"), " "); got != "index" {
		t.Errorf("www: %s", got)
	}
}

func TestAnotherDomainsIDIsUnknown(t *testing.T) {
	t.Parallel()
	r := testRoot(t, RootOptions{})
	a, b := makeDomain(t, r, "a"), makeDomain(t, r, "b")
	ok(t, a.Tree(Owner).Mkdir("www"))
	id, err := a.Tree(Owner).AssignID("www")
	ok(t, err)
	for _, who := range []Principal{API, Owner} {
		_, err = b.Tree(who).Resolve(Ref{ID: id})
		wantCode(t, err, "e.io.obj.noexists")
		for _, id := range []string{"-", "../a", "", "x\x00", strings.Repeat("x", 1000)} {
			ref, err := ParseRef("id:" + id)
			ok(t, err)
			_, err = b.Tree(who).Object(ref)
			wantCode(t, err, "e.io.obj.noexists")
		}
	}
}

func TestPipesAndSocketsAreNoObjects(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	ok(t, syscall.Mkfifo(filepath.Join(d.Dir(), "pipe"), 0o644))
	for _, p := range []string{".domain/domain.json", ".real.meta.json"} {
		os.Remove(filepath.Join(d.Dir(), p))
		ok(t, syscall.Mkfifo(filepath.Join(d.Dir(), p), 0o644))
	}
	put(t, d, "real", "")
	tr := d.Tree(Owner)
	d.Config()
	d.Root().ByHost("x.example")
	_, err := tr.Stat("real")
	ok(t, err)
	_, err = tr.ReadFile("pipe") // would block for ever
	wantCode(t, err, "e.io.obj.noexists")
	wantCode(t, tr.WriteFile("pipe", nil), "e.io.forbidden")
	wantCode(t, tr.Append("pipe", []byte("x")), "e.io.forbidden")
}

// TestParentSwappedDuringUse turns a folder into a link to the outside and back
// while it is read and written.
func TestParentSwappedDuringUse(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	out := filepath.Join(d.Root().Dir(), "outside")
	ok(t, os.MkdirAll(out, 0o755), os.WriteFile(filepath.Join(out, "f"), []byte("secret"), 0o644))
	put(t, d, "a/f", "inside")
	stop := make(chan struct{})
	var swapping, using sync.WaitGroup
	swapping.Go(func() {
		a, aside := filepath.Join(d.Dir(), "a"), filepath.Join(d.Dir(), "aside")
		for {
			select {
			case <-stop:
				return
			default:
			}
			os.Rename(a, aside)
			os.Symlink("../outside", a)
			os.Remove(a)
			os.Rename(aside, a)
		}
	})
	for range 2 {
		using.Go(func() {
			tr := d.Tree(API)
			for range 150 {
				if b, err := tr.ReadFile("a/f"); err == nil && string(b) == "secret" {
					t.Error("read the outside")
				}
				tr.SetMeta("a/f", []byte("{x:1}"))
				tr.Append("a/g", []byte("x"))
			}
		})
	}
	using.Wait()
	close(stop)
	swapping.Wait()
	entries, err := os.ReadDir(out)
	if err != nil || len(entries) != 1 {
		t.Errorf("written outside: %v %v", entries, err)
	}
}

func FuzzPathNeverClimbs(f *testing.F) {
	for _, s := range []string{"~/a/b", "~", "../x", "a/../b", "/etc", "~root/x", "a//b/./c", "%2e%2e/x", "a\x00b", `..\x`, "～/x", "a/..\u200b"} {
		f.Add(s, s)
	}
	base := f.TempDir()
	f.Fuzz(func(t *testing.T, a, b string) {
		p, err := ParsePath(a)
		if err != nil {
			return
		}
		if q, err := p.Join(b); err == nil {
			if !q.Below(p) {
				t.Fatalf("%q is not below %q", q, p)
			}
			p = q
		}
		if p.check() != nil {
			t.Fatalf("%q is not clean", p)
		}
		if p != "" && !filepath.IsLocal(string(p)) {
			t.Fatalf("%q leaves", p)
		}
		if joined := filepath.Join(base, string(p)); joined != base && !strings.HasPrefix(joined, base+"/") {
			t.Fatalf("%q leaves %q", p, base)
		}
		again, err := ParsePath(p.String())
		if err != nil || again != p {
			t.Fatalf("%q reads back as %q, %v", p, again, err)
		}
	})
}
