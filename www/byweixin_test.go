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
	operator "github.com/caryahq/carya/domain/grant"
)

// weixin answers each code with what it stands for: `openid[/unionid]`, and who
// follows the official accounts: those whose openid ends in F.
func (w *world) weixin(codes map[string]string) {
	w.t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		switch openid := q.Get("openid"); r.URL.Path {
		case "/cgi-bin/stable_token":
			fmt.Fprint(out, `{"access_token":"T","expires_in":7200}`)
			return
		case "/cgi-bin/user/info":
			subscribe := 0
			if strings.HasSuffix(openid, "F") {
				subscribe = 1
			}
			fmt.Fprintf(out, `{"subscribe":%d,"openid":%q}`, subscribe, openid)
			return
		}
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
	if _, err := w.root.Grant(w.d.Name(), operator.Change{Kind: "network", Value: strings.TrimPrefix(srv.URL, "http://")}); err != nil {
		w.t.Fatal(err)
	}
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

func TestOnlyFollowersSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.weixin(map[string]string{"wx1/a": "oAF", "wx2/a": "oAF/uA", "wx2/b": "oB/uB"})
	people := gjson.Get(w.owner().must(`www account ~/www -list -limit 100`), "#").Int()
	w.api("").fails("e.auth.login.NoFollower", `www auth ~/www b -wxcode gh -wxapp shop -subscribe -create`)
	for _, kind := range []string{"mp", "open"} { // of whom WeChat does not tell
		w.api("").fails("e.auth.login.invalid.wxCodeType", `www auth ~/www a -wxcode `+kind+` -subscribe -create`)
	}
	w.api("").fails("e.cmd.usage", `www auth ~/www xiaobai -p '`+passwd+`' -subscribe`)
	if n := gjson.Get(w.owner().must(`www account ~/www -list -limit 100`), "#").Int(); n != people {
		t.Errorf("%d accounts, and %d before", n, people)
	}
	w.api("").must(`www auth ~/www a -wxcode gh -wxapp shop -subscribe -create`)
	w.api("").must(`www auth ~/www b -wxcode gh -wxapp shop -create`)
	w.api("").fails("e.auth.login.NoFollower", `www auth ~/www b -wxcode gh -wxapp shop -subscribe -ticket `+w.signIn("xiaobai"))
}

func TestBindingWeChatToAnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.weixin(map[string]string{"wx1/a": "oA/uA", "wx2/a": "oA2/uA", "wx3/a": "oA3/uA", "wx1/b": "oB/uB", "wx1/c": "oC", "wx2/d": "oD"})
	bind := func(ticket, line string) gjson.Result {
		t.Helper()
		return gjson.Parse(w.request("", ticket).must(`www auth ~/www ` + line + ` -ticket ` + ticket))
	}
	old := w.signIn("xiaobai")
	se := bind(old, `a -wxcode mp`)
	uid, ticket := se.Get("uid").String(), se.Get("ticket").String()
	if se.Get("unm").String() != "xiaobai" || ticket == old || se.Get("me.wx_mp_main").String() != "oA" || se.Get("me.wx_unionid").String() != "uA" {
		t.Error(se)
	}
	w.api("").fails("e.auth.ticked.noexist", `www checkme ~/www `+old)
	is := func(line string) bool {
		t.Helper()
		return gjson.Get(w.api("").must(`www auth ~/www `+line+` -create`), "uid").String() == uid
	}
	if !is(`a -wxcode mp`) || !is(`a -wxcode gh -wxapp shop`) {
		t.Error("the bound person signs in to another account")
	}
	if is(`b -wxcode mp`) { // has an account of their own from now on
		t.Error("a stranger signs in")
	}
	w.request("", ticket).fails("e.auth.account.taken", `www auth ~/www b -wxcode mp -ticket `+ticket)
	w.request("", ticket).must(`www checkme ~/www ` + ticket)
	ticket = bind(ticket, `d -wxcode gh -wxapp shop`).Get("ticket").String() // no unionid, but another openid of the same application
	se = bind(ticket, `c -wxcode mp`)
	for key, want := range map[string]string{"wx_mp_main": "oC", "wx_gh_shop": "oD", "wx_unionid": "", "phone": "13900000001"} {
		if got := se.Get("me." + key).String(); got != want {
			t.Errorf("%s is %q", key, got)
		}
	}
	if !is(`c -wxcode mp`) || is(`a -wxcode mp`) || is(`a -wxcode gh -wxapp news`) {
		t.Error("who was bound before still signs in, or who is bound now does not")
	}
	for line, code := range map[string]string{
		`c -wxcode mp -ticket -nil-`:                       "e.www.api.auth.nologin",
		`c -wxcode mp -ticket nosuch`:                      "e.auth.ticked.noexist",
		`nosuch -wxcode mp -ticket ` + w.signIn("xiaobai"): "e.auth.login.invalid.wxCode",
		`c -wxcode tv -ticket ` + w.signIn("xiaobai"):      "e.auth.login.invalid.wxCodeType",
		`c -wxcode mp -v 1 -ticket ` + w.signIn("xiaobai"): "e.cmd.usage",
		`c -wxcode mp -p 1`:                                "e.cmd.usage",
	} {
		w.api("").fails(code, `www auth ~/www `+line)
	}
}

func TestParallelBindingsOfOneWeChatPersonMakeOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.weixin(map[string]string{"wx1/a": "oA/uA"})
	var all sync.WaitGroup
	var mu sync.Mutex
	codes := map[string]int{}
	for n := range 8 {
		name := fmt.Sprint("p", n)
		w.owner().must(`www account ~/www -new '{nm:"` + name + `"}'`)
		ticket := w.signIn(name)
		all.Go(func() {
			_, err := w.request("", ticket).run(`www auth ~/www a -wxcode mp -ticket ` + ticket)
			mu.Lock()
			defer mu.Unlock()
			codes[domain.CodeOf(err)]++
		})
	}
	all.Wait()
	if codes[""] != 1 || codes["e.auth.account.taken"] != 7 {
		t.Error(codes)
	}
}

// write writes a file of demo's.
func (w *world) write(name, text string) {
	w.t.Helper()
	if err := w.d.Tree(domain.Owner).WriteFile(domain.Path(name), []byte(text)); err != nil {
		w.t.Fatal(err)
	}
}

// A domain without any application says so, whatever kind is asked for.
func TestWeChatThatIsNotSetUp(t *testing.T) {
	t.Parallel()
	for _, conf := range []string{`{}`, `{weixin:{}}`, `{weixin:{base:"https://wx.example", mp:{}}}`} {
		w := newWorld(t)
		w.conf(conf)
		for _, kind := range []string{"mp", "gh", "open"} {
			_, err := w.api("").run(`www auth ~/www a -wxcode ` + kind + ` -create`)
			e := domain.AsError(err)
			if e.Code != "e.www.api.auth.fail_login" || e.DetailIn(domain.EN) != "WeChat is not set up for the site" || e.DetailIn(domain.ZH) != "站点没有设置微信登录" {
				t.Errorf("%s, %s: %v", conf, kind, err)
			}
		}
		w.api("").fails("e.auth.login.invalid.wxCodeType", `www auth ~/www a -wxcode tv -create`)
	}
}

func TestCheckTellsOfWeChatApplicationsThatCannotWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for conf, want := range map[string]string{
		`{}`: ``,
		`{weixin:{mp:{appid:"wx1",secret:"file:secrets/no"}}}`:  `:1:33: file:secrets/no cannot be opened`,
		`{weixin:{mp:{appid:"wx1"}}}`:                           `:1:13: a secret does not stand in the settings`,
		`{weixin:{gh:{shop:{secret:"env:WX"}}}}`:                `:1:19: appid is missing`,
		`{weixin:{gh:{"Shop":{appid:"wx1",secret:"env:WX"}}}}`:  `"Shop" is no name of an application`,
		`{weixin:{gh:{shop:{appid:"wx1",secret:"env:WX"}}}}`:    `:1:39: the operator has not granted the variable WX: carya grant demo env WX`,
		`{weixin:{base:"ftp://x"}}`:                             `:1:15: want https`,
		`{weixin:{web:{appid:"wx1",secret:"file:secrets/no"}}}`: `:1:14: weixin has no "web"`,
	} {
		if err := w.d.Tree(domain.Owner).WriteFile(".domain/domain.json", []byte(conf)); err != nil {
			t.Fatal(err)
		}
		var all string
		for _, f := range w.s.CheckSettings(w.d) {
			if all += f.String() + "\n"; f.MsgZH == "" {
				t.Errorf("in one language: %s", f)
			}
		}
		if !strings.Contains(all, want) || (all == "") != (want == "") {
			t.Errorf("%s: %s, want %s", conf, all, want)
		}
	}
}
