package regapi

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

// recordsTest keeps records in memory; its tests know exact members only.
type recordsTest struct {
	mu   sync.Mutex
	kept map[string][]string
}

func (r *recordsTest) Record(_ context.Context, d *domain.Domain, history string, record []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !gjson.ValidBytes(record) {
		return domain.E("e.json")
	}
	r.kept[history] = append(r.kept[history], string(record))
	return nil
}

func (r *recordsTest) CompileTest(m *relaxed.Node) (func([]byte) bool, error) {
	if len(m.Fields) == 0 {
		return nil, domain.E("e.thing.match", "empty")
	}
	return func(record []byte) bool {
		for _, f := range m.Fields {
			if gjson.GetBytes(record, f.Key).String() != f.Value.String() {
				return false
			}
		}
		return true
	}, nil
}

func (r *recordsTest) of(name string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.kept[name], "\n")
}

func TestHistoryKeepsALineForEachSuccess(t *testing.T) {
	t.Parallel()
	rec := &recordsTest{kept: map[string][]string{}}
	w := newWorld(t, func(o *Options) { o.Recorder = rec })
	w.api(
		"buy", meta(`{history:{opt:"buy", n:1, "what of it":"${http-qs-what?none} ${http-method}"}, hismetas:["http-qs"], hisname:"orders"}`, "echo ok"),
		"fails", meta(`{history:{}}`, "fail e.thing.noexists"),
		"plain", meta(`{history:{}}`, "echo ok"),
		"some", meta(`{history:{kind:"${http-qs-kind}"}, histest:{kind:"a"}, hisname:"some"}`, "echo ok"),
	)
	w.get("/api/demo/buy?what=a%22b&ticket=T-bai&x=1")
	w.get("/api/demo/fails")
	w.get("/api/demo/plain")
	w.get("/api/demo/some?kind=a")
	w.get("/api/demo/some?kind=b")
	w.get("/api/demo/some?kind=a%22%7D")
	const buy = `{"opt":"buy","n":1,"what of it":"a\"b GET","http-qs":"what=a%22b&ticket=***&x=1","uid":"U-bai","unm":"bai","api":"api/buy","method":"GET","status":200,"from":"192.0.2.1"}`
	if got := rec.of("orders"); got != buy {
		t.Errorf("orders:\n%s", got)
	}
	if got := rec.of("_history"); strings.Count(got, "\n") != 0 || gjson.Get(got, "api").String() != "api/plain" {
		t.Errorf("_history:\n%s", got)
	}
	if got := rec.of("some"); strings.Count(got, "\n") != 0 || gjson.Get(got, "kind").String() != "a" {
		t.Errorf("some:\n%s", got)
	}
}

func TestHistoryTakesNoSecrets(t *testing.T) {
	t.Parallel()
	rec := &recordsTest{kept: map[string][]string{}}
	w := newWorld(t, func(o *Options) { o.Recorder = rec })
	for _, m := range []string{
		`{history:{x:"${http-qs-ticket}"}}`, `{history:{x:"a ${http-qs-passwd?}"}}`, `{history:{}, hismetas:["http-header-COOKIE"]}`,
		`{history:{}, hismetas:["http-header-AUTHORIZATION"]}`, `{history:{x:"${a|http-www-ticket}"}}`, `{history:{x:"${http-www-se-ticket}"}}`,
		`{history:{x:"${http-cookie-SID}"}}`, `{history:{x:"${http-qs-a?@body.oldpwd}"}}`, `{history:{}, hisname:"audit"}`, `{history:{}, hisname:"../x"}`,
		`{history:{}, histest:{}}`,
	} {
		w.api("x", meta(m, "echo"))
		if faults := w.h.Check(w.domain("demo")); !broken(faults) {
			t.Errorf("%s is taken", m)
		}
	}
	w.api("x", meta(`{history:{at:"${http-url}",from:"${http-header-REFERER}"}}`, "echo"))
	w.h.Check(w.domain("demo"))
	w.do(request{url: "/api/demo/x?ticket=T-bai", header: []string{"Referer: https://u:pw@a.example/p?code=77&q=1#T-bai"}})
	got := rec.of("_history")
	if strings.Contains(got, "T-bai") || strings.Contains(got, "77") || strings.Contains(got, "pw") || !strings.Contains(got, "a.example/p?code=***&q=1") {
		t.Errorf("%s", got)
	}
}
