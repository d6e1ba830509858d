package domain

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tidwall/gjson"
)

func TestSetMetaPatchesInOrder(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	tr := d.Tree(API)
	put(t, d, "www/.meta.json", "// by hand\n{title:'A', 'b-c': [1, 2,], gone: 1, ct: 5}")
	ok(t, tr.SetMeta("www", []byte(`{"b-c":{x:null}, gone:null, "new":"好", absent:null}`)))
	raw, err := os.ReadFile(filepath.Join(d.Dir(), "www/.meta.json"))
	ok(t, err)
	want := "{\n  \"title\": \"A\",\n  \"b-c\": {\n    \"x\": null\n  },\n  \"ct\": 5,\n  \"new\": \"好\"\n}\n"
	if string(raw) != want {
		t.Errorf("%s", raw)
	}
	m, err := tr.Meta("www")
	if err != nil || string(m) != `{"title":"A","b-c":{"x":null},"ct":5,"new":"好"}` {
		t.Errorf("%s %v", m, err)
	}
	before, _ := os.Stat(filepath.Join(d.Dir(), "www/.meta.json"))
	ok(t, tr.SetMeta("www", []byte(`{title:"A"}`)))
	if after, _ := os.Stat(filepath.Join(d.Dir(), "www/.meta.json")); !os.SameFile(before, after) {
		t.Error("written though nothing changed")
	}
	for _, patch := range []string{"{id:'x'}", "{nm:1}", "{lm:1}", "{len:null}", "{ct:'x'}", "[]", "1"} {
		wantCode(t, tr.SetMeta("www", []byte(patch)), "e.io.meta")
	}
	wantCode(t, tr.SetMeta("www", []byte("{")), "e.json")
	wantCode(t, tr.SetMeta("no", []byte("{a:1}")), "e.io.obj.noexists")
	_, err = tr.Meta("no")
	wantCode(t, err, "e.io.obj.noexists")
	if m, err := tr.Meta("www"); err != nil || !strings.Contains(string(m), "title") {
		t.Errorf("%s %v", m, err)
	}
	if m, err := d.Tree(Owner).Meta(""); err != nil || string(m) != "{}" {
		t.Errorf("%s %v", m, err)
	}
	wantCode(t, d.Tree(Owner).SetMeta("www/.meta.json", []byte("{a:1}")), "e.io.forbidden")
}

func TestSetMetaOfManyAtOnceLosesNothing(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	tr := d.Tree(Owner)
	ok(t, tr.WriteFile("f", nil))
	var all sync.WaitGroup
	ids := make([]string, 20)
	for i := range ids {
		all.Go(func() {
			if err := tr.SetMeta("f", fmt.Appendf(nil, `{k%d:%d}`, i, i)); err != nil {
				t.Error(err)
			}
			ids[i], _ = tr.AssignID("f")
		})
	}
	all.Wait()
	m, err := tr.Meta("f")
	ok(t, err)
	for i := range ids {
		if gjson.GetBytes(m, fmt.Sprint("k", i)).Int() != int64(i) || ids[i] != ids[0] {
			t.Errorf("k%d is lost, or another id: %s %v", i, m, ids)
		}
	}
}

func TestBrokenMetadataLeavesTheLastGood(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	tr := d.Tree(Owner)
	put(t, d, "f", "x")
	put(t, d, ".f.meta.json", "{id:'good', a:1}")
	o, err := tr.Stat("f")
	if err != nil || o.ID != "good" {
		t.Fatalf("%+v %v", o, err)
	}
	put(t, d, ".f.meta.json", "{id:'good', a:")
	for range 2 {
		if m, err := tr.Meta("f"); err != nil || string(m) != `{"id":"good","a":1}` {
			t.Errorf("%s %v", m, err)
		}
	}
	wantCode(t, tr.SetMeta("f", []byte("{b:1}")), "e.io.meta")
	put(t, d, "g", "x")
	put(t, d, ".g.meta.json", "{\n  a:")
	_, err = tr.Stat("g")
	ok(t, err)
	_, err = tr.Meta("g")
	wantCode(t, err, "e.io.meta")
	if !strings.Contains(err.Error(), "~/.g.meta.json:2:") {
		t.Error(err)
	}
	put(t, d, ".f.meta.json", "{a:22}")
	if m, err := tr.Meta("f"); err != nil || string(m) != `{"a":22}` {
		t.Errorf("%s %v", m, err)
	}
}

func TestObjectJSON(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	tr := d.Tree(API)
	put(t, d, "www/a \"b\".HTML", "12345")
	ok(t, tr.SetMeta("www", []byte(`{title:"T"}`)))
	parent, err := tr.AssignID("www")
	ok(t, err)
	put(t, d, "www/.a \"b\".HTML.meta.json", `{ct:7, nm:'not mine', len:-1, tags:["x"], id:"own"}`)
	o, err := tr.Stat(`www/a "b".HTML`)
	ok(t, err)
	got := string(o.AppendJSON([]byte("x")))
	want := fmt.Sprintf(`x{"id":"own","nm":"a \"b\".HTML","ph":"~/www/a \"b\".HTML","pid":%q,"race":"FILE","tp":"html","mime":"text/html","len":5,"ct":7,"lm":%d,"tags":["x"]}`, parent, o.Modified)
	if got != want {
		t.Errorf("%s\n%s", got, want)
	}
	o, err = tr.Stat("")
	ok(t, err)
	got = string(o.AppendJSON(nil))
	want = fmt.Sprintf(`{"id":null,"nm":"demo","ph":"~/","race":"DIR","tp":null,"mime":null,"len":0,"ct":%d,"lm":%d}`, o.Modified, o.Modified)
	if got != want || !gjson.Valid(got) {
		t.Errorf("%s\n%s", got, want)
	}
}

func TestMimeOf(t *testing.T) {
	t.Parallel()
	for ext, want := range map[string]string{
		"js": "text/javascript", "json": "application/json", "png": "image/png", "": "application/octet-stream",
		"no-such-extension": "application/octet-stream",
	} {
		if got := MimeOf(ext); got != want {
			t.Errorf("%s: %s", ext, got)
		}
	}
	for ext, m := range webMimes {
		if ext != strings.ToLower(ext) || strings.ContainsAny(m, "; ") || strings.Count(m, "/") != 1 {
			t.Errorf("%s: %s", ext, m)
		}
	}
}
