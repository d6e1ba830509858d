package main

import (
	"strings"
	"testing"
)

// What an endpoint with http-trace answered is listed, shown and sent again,
// beside the running server.
func TestKeptRequestsAreListedAndSentAgain(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo")
	r.write("demo", ".regapi/api/hi", "{\"http-trace\":true}\n%COPY:\nhttpparam -in id:${id}\n%END%\n")
	s := r.serve()
	s.get("demo/hi", "n", "1")
	s.post("demo/hi", []string{"n", "2"}, "passwd", "my-pass-word")
	list := strings.Split(strings.TrimSpace(r.must("trace", "--list")), "\n")
	if len(list) != 2 || !strings.Contains(list[0], "POST /api/demo/hi?n=2") || !strings.Contains(list[1], "GET /api/demo/hi?n=1") {
		t.Fatalf("%q", list)
	}
	shown := r.must("trace", "--show", "1")
	again := r.must("trace", "--saved", "1")
	for name, out := range map[string]string{"shown": shown, "again": again} {
		if !strings.Contains(out, "httpparam") || strings.Contains(out, "my-pass-word") {
			t.Errorf("%s:\n%s", name, out)
		}
	}
	if !strings.Contains(again, `{"n":"2","passwd":"***"}`) {
		t.Errorf("again:\n%s", again)
	}
	if out := r.must("trace", "--saved", "1", "-d", "passwd=other&n=3"); !strings.Contains(out, `"n":"3"`) {
		t.Errorf("with other data:\n%s", out)
	}
	if list := r.must("trace", "--list"); strings.Count(list, "\n") != 2 {
		t.Errorf("replays were kept:\n%s", list)
	}
}

// A JSON null is told from an empty text, and from the text "null".
func TestTraceShowsNullAsNull(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo")
	r.write("demo", ".regapi/api/hi", `{"http-post-json-merge":true}
%COPY:
echo '{}' | json -u '{a:${x},t:"${x}"}' | json -u '{b:${y}}' | json -put ${x} | echo ${x} ${z} ${y}
%END%
`)
	out := r.must("trace", "/api/demo/hi", "-d", `{"x":null,"y":"null","z":""}`, "-H", "Content-Type: application/json")
	for _, want := range []string{"x = null\n", `y = "\"null\""`, `z = "\"\""`, `{a:null,t:\"\"}`, `{b:\"null\"}`, "-put null\n", "WORD null\n", "WORD \"\"\n", "WORD \"null\"\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
}
