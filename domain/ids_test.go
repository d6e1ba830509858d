package domain

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func resolves(t testing.TB, d *Domain, id string, want Path) {
	t.Helper()
	p, err := d.Tree(Owner).Resolve(Ref{ID: id})
	if want == "-" {
		wantCode(t, err, "e.io.obj.noexists")
	} else if err != nil || p != want {
		t.Errorf("%s: %q %v, want %q", id, p, err, want)
	}
}

// TestIDsAfterEditsWithoutAWatch edits by hand: hits are verified, misses looked
// for again.
func TestIDsAfterEditsWithoutAWatch(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	put(t, d, "a/.meta.json", "// by hand\n{id:'one'}")
	put(t, d, "f", "")
	put(t, d, ".f.meta.json", "{id:'two'}")
	put(t, d, ".gone.meta.json", "{id:'orphan'}")
	resolves(t, d, "one", "a")
	resolves(t, d, "two", "f")
	resolves(t, d, "orphan", "-")
	ok(t, os.Rename(filepath.Join(d.Dir(), "a"), filepath.Join(d.Dir(), "b")))
	d.ids.next = time.Time{}
	resolves(t, d, "one", "b")
	put(t, d, "b/.meta.json", "{id:'three'}")
	d.ids.next = time.Time{}
	resolves(t, d, "one", "-")
	d.ids.next = time.Time{}
	resolves(t, d, "three", "b")
	ok(t, d.Tree(Owner).Remove("b", true))
	resolves(t, d, "three", "-")
}

func TestMissesAreLookedForNowAndThenOnly(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	resolves(t, d, "none", "-")
	d.ids.next = time.Time{}
	resolves(t, d, "none", "-")
	next := d.ids.next
	if next.IsZero() {
		t.Fatal("not looked for")
	}
	resolves(t, d, "none", "-")
	if d.ids.next != next {
		t.Error("looked for at once again")
	}
}

func TestIDsInEnginesFoldersAreNotTheTrees(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	put(t, d, "set/thing.json", "{}")
	put(t, d, "set/.meta.json", "{id:'set'}")
	put(t, d, "set/index/.meta.json", "{id:'index'}")
	put(t, d, ".domain/session/.meta.json", "{id:'session'}")
	resolves(t, d, "set", "set")
	resolves(t, d, "index", "-")
	resolves(t, d, "session", "-")
}

func TestCopiedFolderLeavesTheIDWithTheNearest(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	put(t, d, "backup/www/.meta.json", "{id:'site'}")
	put(t, d, "www/.meta.json", "{id:'site'}")
	put(t, d, "zzz/.meta.json", "{id:'site'}")
	resolves(t, d, "site", "www")
	ok(t, d.Tree(Owner).Remove("www", true))
	resolves(t, d, "site", "zzz")
	ok(t, d.Tree(Owner).Remove("zzz", true))
	resolves(t, d, "site", "backup/www")
}

func TestResolversAreAskedLast(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	put(t, d, "www/.meta.json", "{id:'mine'}")
	put(t, d, "hidden/.x", "")
	d.AddResolver(func(id string) (Path, bool) { return "accounts/data", id == "thing" || id == "mine" })
	d.AddResolver(func(id string) (Path, bool) { return "hidden/.x", true })
	resolves(t, d, "mine", "www")
	resolves(t, d, "thing", "accounts/data")
	resolves(t, d, "other", "hidden/.x")
	_, err := d.Tree(API).Resolve(Ref{ID: "other"})
	wantCode(t, err, "e.io.obj.noexists")
}
