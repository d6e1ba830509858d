package domain

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// deep is a path of n segments.
func deep(n int) string { return strings.TrimSuffix(strings.Repeat("x/", n), "/") }

func TestNoPathIsDeeperThanTheBound(t *testing.T) {
	t.Parallel()
	p, err := ParsePath(deep(MaxDepth))
	ok(t, err)
	_, err = ParsePath(deep(MaxDepth + 1))
	wantCode(t, err, "e.io.path")
	_, err = p.Join("x")
	wantCode(t, err, "e.io.path")
	d := testDomain(t)
	wantCode(t, d.Tree(Owner).WriteFile(Path(deep(MaxDepth+1)), nil), "e.io.path")
}

// What somebody lays deeper by hand costs no walk: nobody looks there.
func TestFoldersBelowTheBoundAreNotThere(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	put(t, d, deep(MaxDepth-1)+"/.meta.json", "{id:'high'}")
	put(t, d, deep(MaxDepth)+"/.meta.json", "{id:'low'}")
	put(t, d, deep(MaxDepth+10)+"/f", "")
	resolves(t, d, "high", Path(deep(MaxDepth-1)))
	resolves(t, d, "low", "-")
	_, err := d.Tree(Owner).List(Path(deep(MaxDepth)))
	wantCode(t, err, "e.io.path")
	list, err := d.Tree(Owner).List(Path(deep(MaxDepth - 1)))
	if err != nil || len(list) != 2 {
		t.Errorf("%d objects, %v", len(list), err)
	}
	ok(t, d.Tree(Owner).Remove("x", true))
	if _, err := os.Lstat(filepath.Join(d.Dir(), "x")); err == nil {
		t.Error("it was not removed")
	}
}
