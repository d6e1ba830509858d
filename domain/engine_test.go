package domain

import (
	"os"
	"path/filepath"
	"testing"
)

// No verb writes where the store keeps records: an owner's edit of a record's own
// file is all that counts there.
func TestTheStoresFilesAreNobodysToWrite(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	put(t, d, "orders/thing.json", "{}")
	put(t, d, "orders/index/a.json", `{"id":"a"}`)
	put(t, d, "orders/data/a/thing.json", "an upload")
	put(t, d, "stage/pack-1.jsonl", "{}")
	put(t, d, "www/index.html", "")
	ok(t, os.Symlink("orders/index", filepath.Join(d.Dir(), "link")))
	tree := d.Tree(Owner)
	for _, p := range []Path{
		"orders/index/pack-1.jsonl", "orders/index/pack-1.keys", "orders/index/.pack-1.jsonl", "orders/index/pack-2.gone",
		"orders/index/.tmp-1", "orders/index/x/a.json", "orders/index/index/a.json", "link/pack-1.jsonl", "link/.pack-3.keys",
		".domain/journal/1.log", ".domain/journal/state", ".domain/session/x/pack-1.jsonl", ".domain/seq/.pack-1.keys",
	} {
		wantCode(t, tree.WriteFile(p, []byte("x")), "e.io.forbidden")
		wantCode(t, tree.Append(p, []byte("x")), "e.io.forbidden")
		wantCode(t, tree.Mkdir(p), "e.io.forbidden")
		wantCode(t, tree.Rename("stage/pack-1.jsonl", p), "e.io.forbidden")
		wantCode(t, tree.Remove(p, true), "e.io.forbidden")
	}
	for _, p := range []Path{"orders/index", "link/x", ".domain/journal"} {
		wantCode(t, tree.Remove(p, true), "e.io.forbidden")
		wantCode(t, tree.Rename(p, "away"), "e.io.forbidden")
	}
	for _, p := range []Path{
		"orders/index/b.json", "orders/index/pack-1.json", "link/c.json", "orders/data/a/index/pack-1.jsonl", "orders/data/index/x",
		"www/index/pack-1.jsonl", "stage/index/x", ".domain/session/x/abc", "orders/pack-1.jsonl", ".domain/journals",
	} {
		ok(t, tree.WriteFile(p, []byte(`{"id":"b"}`)))
		ok(t, tree.Remove(p, false))
	}
	ok(t, tree.Rename("orders", "orders2"), tree.Remove("orders2", true))
}

// Nor does an init script, whatever the order of its blocks.
func TestInitLeavesTheStoresFilesAlone(t *testing.T) {
	t.Parallel()
	for src, code := range map[string]string{
		"@THING orders\n@FILE orders/index/pack-1.jsonl\n%COPY:\nx\n%END%\n":                                             "e.domain.init",
		"@FILE orders/index/.pack-1.jsonl\n%COPY:\nx\n%END%\n@THING orders\n":                                            "e.domain.init",
		"@FILE orders/index/pack-1.keys\n%COPY:\nx\n%END%\n@FILE orders/thing.json\n%COPY:\n{}\n%END%\n":                 "e.domain.init",
		"@DIR orders/index/x\n@THING orders\n":                                                                           "e.domain.init",
		"@FILE .domain/journal/1.log\n%COPY:\nx\n%END%\n":                                                                "e.domain.init",
		"@THING orders\n@FILE orders/index/a.json\n%COPY:\n{\"id\":\"a\"}\n%END%\n":                                      "",
		"@FILE www/index/pack-1.jsonl\n%COPY:\nx\n%END%\n@THING orders\n@FILE orders/data/a/index/x\n%COPY:\nx\n%END%\n": "",
	} {
		d := testDomain(t)
		s, err := ParseInit([]byte(src), "test.init")
		ok(t, err)
		_, err = s.Apply(d, InitOptions{})
		if got := CodeOf(err); got != code {
			t.Errorf("%s\ngot %q (%v), want %q", src, got, err, code)
		}
	}
}
