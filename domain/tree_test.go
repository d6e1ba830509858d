package domain

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTreeWritesAndReads(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	tr := d.Tree(Owner)
	ok(t, tr.WriteFile("www/a/index.html", []byte("<p>")), tr.Append("log/x.log", []byte("1\n")), tr.Append("log/x.log", []byte("2\n")))
	b, err := tr.ReadFile("log/x.log")
	if err != nil || string(b) != "1\n2\n" {
		t.Errorf("log: %q, %v", b, err)
	}
	f, err := tr.Open("www/a/index.html")
	ok(t, err)
	defer f.Close()
	if _, is := f.(interface {
		io.ReadSeeker
		io.ReaderAt
	}); !is {
		t.Error("a file is no ReadSeeker and ReaderAt")
	}
	o, err := tr.Stat("www/a/index.html")
	ok(t, err)
	if o.Race != FILE || o.Type != "html" || o.Mime != "text/html" || o.Len != 3 || o.Name != "index.html" || o.Modified == 0 {
		t.Errorf("%+v", o)
	}
	list, err := tr.List("www")
	if err != nil || len(list) != 1 || list[0].Path != "www/a" || list[0].Race != DIR {
		t.Errorf("%v, %v", list, err)
	}
}

func TestErrorsOfTheTree(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	tr := d.Tree(Owner)
	ok(t, tr.WriteFile("dir/file", []byte("x")))
	_, err := tr.Stat("no/such")
	wantCode(t, err, "e.io.obj.noexists")
	_, err = tr.Stat("dir/file/below")
	wantCode(t, err, "e.io.obj.noexists")
	_, err = tr.ReadFile("dir")
	wantCode(t, err, "e.io.obj.isdir")
	_, err = tr.List("dir/file")
	wantCode(t, err, "e.io.obj.isfile")
	wantCode(t, tr.WriteFile("dir", nil), "e.io.obj.isdir")
	wantCode(t, tr.WriteFile("dir/file/below", nil), "e.io.obj.isfile")
	wantCode(t, tr.Mkdir("dir/file"), "e.io.obj.isfile")
	wantCode(t, tr.Remove("dir", false), "e.io.obj.notempty")
	wantCode(t, tr.Remove("", true), "e.io.forbidden")
	wantCode(t, tr.Remove("no", true), "e.io.obj.noexists")
	wantCode(t, tr.Rename("dir", "dir/sub"), "e.io.path")
	ok(t, tr.Mkdir("other"), tr.Mkdir("other"))
	wantCode(t, tr.Rename("dir", "other"), "e.io.obj.exists")
	long := Path(strings.Repeat("n", 300))
	wantCode(t, tr.WriteFile(long, nil), "e.io.path")
	_, err = tr.Stat(long)
	wantCode(t, err, "e.io.path")
	for _, p := range []Path{"../x", "a/../b", "/etc/passwd", "a//b", "a/", "./a", "a\x00b", `a\b`} {
		if _, err := tr.Stat(p); CodeOf(err) != "e.io.path" && CodeOf(err) != "e.io.path.outside" {
			t.Errorf("Stat(%q): %v", p, err)
		}
		if err := tr.WriteFile(p, nil); CodeOf(err) != "e.io.path" && CodeOf(err) != "e.io.path.outside" {
			t.Errorf("WriteFile(%q): %v", p, err)
		}
	}
}

func TestMetadataGoesAlong(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	tr := d.Tree(Owner)
	ok(t, tr.WriteFile("a.txt", nil), tr.SetMeta("a.txt", []byte(`{title:"A", n:1}`)))
	id, err := tr.AssignID("a.txt")
	ok(t, err)
	ok(t, tr.Rename("a.txt", "sub/b.txt"))
	if p, err := tr.Resolve(Ref{ID: id}); err != nil || p != "sub/b.txt" {
		t.Errorf("%q, %v", p, err)
	}
	o, err := tr.Stat("sub/b.txt")
	ok(t, err)
	if string(o.Meta) != `{"title":"A","n":1}` || o.ID != id {
		t.Errorf("%s %s", o.ID, o.Meta)
	}
	ok(t, tr.Remove("sub/b.txt", false))
	left, err := os.ReadDir(filepath.Join(d.Dir(), "sub"))
	if err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	_, err = tr.Resolve(Ref{ID: id})
	wantCode(t, err, "e.io.obj.noexists")
}
