package www

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
)

// weixin answers each code with what it stands for: `openid[/unionid]`.
func (w *world) weixin(codes map[string]string) {
	w.t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		who := codes[q.Get("appid")+"/"+q.Get("js_code")+q.Get("code")]
		switch {
		case q.Get("secret") != "s3cret-of-"+q.Get("appid"):
			fmt.Fprint(out, `{"errcode":40125}`)
		case strings.HasPrefix(who, "{"):
			fmt.Fprint(out, who)
		case who == "":
			fmt.Fprint(out, `{"errcode":40029,"errmsg":"invalid code"}`)
		default:
			openid, unionid, _ := strings.Cut(who, "/")
			fmt.Fprintf(out, `{"openid":%q,"unionid":%q,"session_key":"k","nickname":"N"}`, openid, unionid)
		}
	}))
	w.t.Cleanup(srv.Close)
	app := func(id string) string { return `{appid:"` + id + `", secret:"file:secrets/` + id + `"}` }
	w.conf(`{weixin:{base:"` + srv.URL + `", mp:` + app("wx1") + `, gh:{shop:` + app("wx2") + `, news:` + app("wx3") + `}, open:{main:{appid:"wx4",secret:"in the open"}}}}`)
	for _, id := range []string{"wx1", "wx2", "wx3"} {
		w.write(".domain/secrets/"+id, "s3cret-of-"+id)
	}
}

func TestWeChatSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.weixin(map[string]string{
		"wx1/a": "oA/uA", "wx1/b": "oB", "wx1/b2": "oB/uB", "wx2/a": "oA2/uA", "wx3/b": "oB3/uB", "wx2/c": "oC2", "wx3/c": "oC3",
		"wx1/limit": `{"errcode":45011}`, "wx1/busy": `{"errcode":-1}`, "wx1/used": `{"errcode":40163}`, "wx1/bad": `{"errcode":40013}`,
	})
	in := func(line string) gjson.Result {
		t.Helper()
		return gjson.Parse(w.api("").must(`www auth ~/www ` + line + ` -create`))
	}
	a := in(`a -wxcode mp`)
	if a.Get("by_tp").String() != "wx_mp_main" || a.Get("by_val").String() != "oA" || a.Get("me.role").String() != "member" || a.Get("me.nickname").String() != "N" {
		t.Error(a)
	}
	if again := in(`a -wxcode mp`); again.Get("uid").String() != a.Get("uid").String() {
		t.Error("one openid, two accounts")
	}
	merged := in(`a -wxcode gh -wxapp shop`)
	if merged.Get("uid").String() != a.Get("uid").String() || merged.Get("me.wx_gh_shop").String() != "oA2" || merged.Get("me.wx_mp_main").String() != "oA" {
		t.Errorf("one unionid: %s", merged)
	}
	b := in(`b -wxcode mp`)
	if b.Get("uid").String() == a.Get("uid").String() {
		t.Error("two people, one account")
	}
	in(`b2 -wxcode mp`) // now the unionid is told
	if third := in(`b -wxcode gh -wxapp news`); third.Get("uid").String() != b.Get("uid").String() {
		t.Error("a unionid told later does not merge")
	}
	if in(`c -wxcode gh -wxapp shop`).Get("uid").String() == in(`c -wxcode gh -wxapp news`).Get("uid").String() {
		t.Error("two applications without unionid are one account")
	}
	for line, code := range map[string]string{
		`nosuch -wxcode mp`:       "e.auth.login.invalid.wxCode",
		`'' -wxcode mp`:           "e.auth.login.invalid.wxCode",
		`used -wxcode mp`:         "e.auth.login.invalid.wxCode",
		`a -wxcode tv`:            "e.auth.login.invalid.wxCodeType",
		`a -wxcode gh`:            "e.auth.login.invalid.wxCodeType", // which of the two?
		`a -wxcode gh -wxapp a.b`: "e.auth.login.invalid.wxCodeType",
		`limit -wxcode mp`:        "e.weixin.limit",
		`busy -wxcode mp`:         "e.weixin.busy",
		`bad -wxcode mp`:          "e.www.api.auth.fail_login",
		`a -wxcode open`:          "e.www.api.auth.fail_login", // its secret stands in domain.json
	} {
		w.api("").fails(code, `www auth ~/www `+line+` -create`)
	}
	w.owner().must(`www site ~/www -u '{weixin:{gh:"news"}}'`)
	if se := in(`b -wxcode gh`); se.Get("by_tp").String() != "wx_gh_news" {
		t.Error(se)
	}
}

func TestParallelWeChatSignUpsMakeOneAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.weixin(map[string]string{"wx1/a": "oA/uA", "wx2/a": "oA2/uA", "wx3/a": "oA3/uA"})
	var all sync.WaitGroup
	var uids sync.Map
	for n := range 12 {
		kind := []string{"mp", "gh -wxapp shop", "gh -wxapp news"}[n%3]
		all.Go(func() {
			out, err := w.api("").run(`www auth ~/www a -wxcode ` + kind + ` -create`)
			if err != nil {
				t.Error(err)
			}
			uids.Store(gjson.Get(out, "uid").String(), true)
		})
	}
	all.Wait()
	n := 0
	uids.Range(func(uid, _ any) bool { n++; return uid != "" })
	if n != 1 {
		t.Errorf("%d accounts", n)
	}
}

func TestUnboundAndDeletedAccountsDoNotSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.weixin(map[string]string{"wx1/a": "oA"})
	line := `www auth ~/www a -wxcode mp -create`
	first := gjson.Get(w.api("").must(line), "uid").String()
	w.owner().must(`www account ~/www ` + first + ` -u '{wx_mp_main:null}'`)
	w.api("").fails("e.www.api.auth.fail_login", `www auth ~/www a -wxcode mp`)
	second := gjson.Get(w.api("").must(line), "uid").String()
	w.owner().must(`thing ~/accounts delete ` + second)
	third := gjson.Get(w.api("").must(line), "uid").String()
	if first == second || second == third {
		t.Errorf("%s, %s, %s", first, second, third)
	}
}

// write writes a file of demo's.
func (w *world) write(name, text string) {
	w.t.Helper()
	if err := w.d.Tree(domain.Owner).WriteFile(domain.Path(name), []byte(text)); err != nil {
		w.t.Fatal(err)
	}
}
