package regapi

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// replayed sends a request as its owner and gives the trace and the answer.
func (w *world) replayed(q request) (*Trace, *httptest.ResponseRecorder) {
	rec := httptest.NewRecorder()
	return w.h.Replay(rec, q.make()), rec
}

func TestReplayTellsWhatHappened(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api("_ANY/show", meta(`{"api-param-name":"who"}`, "echo -n ${params.who?} ${http-qs-a?none} ${nothere?x} | cat"))
	w.api("_ANY/.meta.json", `{"api-param-name":"who"}`)
	tr, rec := w.replayed(request{url: "/api/demo/anna/show?a=1"})
	if rec.Body.String() != "anna 1 x" || tr.File != "~/.regapi/api/_ANY/show" || tr.Status != 200 || tr.Bytes != 8 {
		t.Fatalf("%q %+v", rec.Body, tr)
	}
	bound := fmt.Sprint(tr.Bound)
	if want := "[{params.who anna true false} {http-qs-a 1 true false} {nothere  false false}]"; bound != want {
		t.Errorf("bound %s, want %s", bound, want)
	}
	if len(tr.Stages) != 2 || tr.Stages[0].Command != "echo" || tr.Stages[0].Out != 8 || tr.Stages[1].In != 8 {
		t.Errorf("stages %+v", tr.Stages)
	}
	if at := tr.Stages[1].At; at != "~/.regapi/api/_ANY/show:3:57" {
		t.Errorf("the second stage is at %s", at)
	}
	if got := fmt.Sprint(tr.Stages[0].Words); got != "[{WORD anna false false} {WORD 1 false false} {WORD x false false} {-n  true false}]" {
		t.Errorf("words %s", got)
	}
}

// A replay runs what is saved now, and when that is broken it says so.
func TestReplayNamesTheFaultsOfTheFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api("x", "echo one")
	w.replayed(request{url: "/api/demo/x"})
	w.api("x", "echo two")
	if tr, rec := w.replayed(request{url: "/api/demo/x"}); !strings.Contains(rec.Body.String(), "two") || tr.Faults != nil {
		t.Fatalf("%q %+v", rec.Body, tr)
	}
	w.api("x", "ehco three")
	tr, rec := w.replayed(request{url: "/api/demo/x"})
	if want := "[~/.regapi/api/x:1:1: e.cmd.noexists : ehco; did you mean echo?]"; fmt.Sprint(tr.Faults) != want || !strings.Contains(rec.Body.String(), "two") {
		t.Errorf("%q %+v, want faults %s", rec.Body, tr, want)
	}
}

func TestReplayOfWhatFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api("bad", "echo a | fail e.io.obj.noexists", "panic", "panic", "closed", meta(`{"http-www-auth":true}`, "echo"))
	for _, tt := range []struct {
		url, file, err string
		status         int
	}{
		{"bad", "~/.regapi/api/bad", "e.io.obj.noexists : a detail", 200},
		{"panic", "~/.regapi/api/panic", "the secret of the panic", 500},
		{"closed", "~/.regapi/api/closed", "e.www.api.auth.nologin", 403},
		{"nothing", "", "e.api.noexists", 404},
	} {
		tr, _ := w.replayed(request{url: "/api/demo/" + tt.url})
		if tr.File != tt.file || tr.Status != tt.status || !strings.Contains(tr.Err, tt.err) {
			t.Errorf("%s: %+v", tt.url, tr)
		}
	}
	if tr, _ := w.replayed(request{url: "/api/demo/cloesd"}); tr.Near != "/api/demo/closed" {
		t.Errorf("no hint: %+v", tr)
	}
	if tr, _ := w.replayed(request{url: "/api/demo/bad", method: "BREW"}); tr.Allow == "" || tr.File != "" {
		t.Errorf("no methods: %+v", tr)
	}
	tr, _ := w.replayed(request{url: "/api/demo/bad"})
	if len(tr.Stages) != 2 || tr.Stages[1].Err != "e.io.obj.noexists : a detail" {
		t.Errorf("stages %+v", tr.Stages)
	}
}

func TestReplayIsNotLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) { o.Limits = true })
	w.api("once", meta(`{"http-rate":"1/1h"}`, "echo"))
	for range 3 {
		if tr, _ := w.replayed(request{url: "/api/demo/once"}); tr.Status != 200 {
			t.Errorf("%+v", tr)
		}
	}
}

// Whatever way a secret travels, no trace shows it.
func TestTraceShowsNoSecret(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t-Value"
	w := newWorld(t)
	w.api(
		"words", meta(`{"http-trace":true,"http-post-json-merge":true,"http-www-ticket":"ticket"}`,
			"echo a${http-qs-ticket?}b ${passwd?} ${http-qs?} ${http-url} ${http-cookie-SID?} ${http-header-AUTHORIZATION?} ${http-qs-alias?} ${http-www-ticket?} | cat"),
		"body", meta(`{"http-trace":true}`, "form | fail e.internal"))
	for _, q := range []request{
		{url: "/api/demo/words?ticket=" + secret + "&alias=" + secret},
		{url: "/api/demo/words?x=1", header: []string{"Cookie: sid=" + secret, "Authorization: Bearer " + secret, "Referer: http://x/?ticket=" + secret}},
		{method: "POST", url: "/api/demo/words", header: []string{"Content-Type: application/json"}, body: `{"passwd":"` + secret + `","again":"` + secret + `"}`},
		{method: "POST", url: "/api/demo/body", header: []string{"Content-Type: application/x-www-form-urlencoded"}, body: "name=a&passwd=" + secret},
	} {
		w.do(q)
		tr, rec := w.replayed(q)
		raw, _ := json.Marshal(tr)
		if strings.Contains(string(raw), secret) {
			t.Errorf("%s %s: %s", q.method, q.url, raw)
		}
		if got := tr.Mask(rec.Body.String()); strings.Contains(got, secret) {
			t.Errorf("%s %s: the answer: %s", q.method, q.url, got)
		}
	}
	filepath.WalkDir(filepath.Join(w.root.Dir(), "demo", ".domain"), func(name string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if raw, _ := os.ReadFile(name); strings.Contains(string(raw), secret) {
			t.Errorf("%s: %s", name, raw)
		}
		return nil
	})
	if list, err := Traces(w.domain("demo")); err != nil || len(list) != 4 {
		t.Errorf("%d kept, %v", len(list), err)
	}
}

func TestTraceKeepsTheLastFifty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api("kept", meta(`{"http-trace":true}`, "echo ${http-qs-n}"), "not", "echo")
	if list, err := Traces(w.domain("demo")); err != nil || len(list) != 0 {
		t.Fatalf("%v %v", list, err)
	}
	for n := range 60 {
		w.get(fmt.Sprintf("/api/demo/kept?n=%d", n))
		w.get("/api/demo/not")
	}
	list, err := Traces(w.domain("demo"))
	if err != nil || len(list) != traceKeep || list[0].Request.URL != "/api/demo/kept?n=59" || list[49].Request.URL != "/api/demo/kept?n=10" {
		t.Fatalf("%d %v %+v", len(list), err, list[0])
	}
	w.replayed(request{url: "/api/demo/kept"})
	if again, _ := Traces(w.domain("demo")); again[0].ID != list[0].ID {
		t.Error("a replay was kept")
	}
}

func TestMaskJSON(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{`{"ok":false,"errCode":"e.x","msg":"m"}`, `{"ok":false,"errCode":"e.x","msg":"m"}`},
		{`{"data":{"ticket":"abcd1","uid":"u","n":1.50}}`, `{"data":{"ticket":"***","uid":"u","n":1.50}}`},
		{`[{"passwd":""},{"vcode":1234},"1234"]`, `[{"passwd":""},{"vcode":"***"},"***"]`},
		{`plain`, `plain`}, {`{broken`, `{broken`}, {`[]`, `[]`}, {`{"a":[1,2,[]]}`, `{"a":[1,2,[]]}`},
	} {
		if got := (&mask{}).json(tt.in); got != tt.want {
			t.Errorf("%s: got %s", tt.in, got)
		}
	}
}
