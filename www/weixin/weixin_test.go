package weixin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
)

const secret = "app s3cret"

// tencent is a server that speaks the documented protocol: what a code or a token
// stands for is looked up, and a code is good once.
type tencent struct {
	t     *testing.T
	codes map[string]string // code -> answer
	infos map[string]string // access_token/openid -> answer
	users map[string]string // openid -> answer of cgi-bin/user/info
	token int               // how many tokens were given; the last one is good
	calls []string
}

func (s *tencent) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s.calls = append(s.calls, r.URL.Path)
	key := map[string]string{"/sns/jscode2session": "js_code", "/sns/oauth2/access_token": "code"}[r.URL.Path]
	switch {
	case r.URL.Path == "/sns/userinfo":
		fmt.Fprint(w, or(s.infos[q.Get("access_token")+"/"+q.Get("openid")], `{"errcode":40001,"errmsg":"invalid credential"}`))
	case r.URL.Path == "/cgi-bin/stable_token":
		s.stableToken(w, r)
	case r.URL.Path == "/cgi-bin/user/info" && q.Get("access_token") != fmt.Sprint("T", s.token):
		fmt.Fprint(w, `{"errcode":42001,"errmsg":"access_token expired"}`)
	case r.URL.Path == "/cgi-bin/user/info":
		fmt.Fprint(w, or(s.users[q.Get("openid")], `{"errcode":40003,"errmsg":"invalid openid"}`))
	case key == "" || r.Method != http.MethodGet:
		http.NotFound(w, r)
	case q.Get("appid") != "wx1" || q.Get("secret") != secret || q.Get("grant_type") != "authorization_code":
		fmt.Fprint(w, `{"errcode":40125,"errmsg":"invalid appsecret"}`)
	default:
		fmt.Fprint(w, or(s.codes[q.Get(key)], `{"errcode":40029,"errmsg":"invalid code"}`))
		s.codes[q.Get(key)] = `{"errcode":40163,"errmsg":"code been used"}`
	}
}

func (s *tencent) stableToken(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Type   string `json:"grant_type"`
		ID     string `json:"appid"`
		Secret string `json:"secret"`
		Force  *bool  `json:"force_refresh"`
	}
	err := json.NewDecoder(r.Body).Decode(&q)
	if err != nil || r.Method != http.MethodPost || q.Type != "client_credential" || q.ID != "wx1" || q.Secret != secret || q.Force == nil || *q.Force {
		fmt.Fprint(w, `{"errcode":40125,"errmsg":"invalid appsecret"}`)
		return
	}
	s.token++
	fmt.Fprintf(w, `{"access_token":"T%d","expires_in":7200}`, s.token)
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func serve(t *testing.T, h http.Handler) *Client {
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return &Client{Base: srv.URL, HTTP: srv.Client()}
}

func TestPersonOfACode(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind  Kind
		code  string
		infos string
		want  Person
		calls int
	}{
		"mini-program":    {MP, `{"openid":"o1","session_key":"k","unionid":"u1"}`, "", Person{OpenID: "o1", UnionID: "u1"}, 1},
		"without unionid": {MP, `{"openid":"o1","session_key":"k"}`, "", Person{OpenID: "o1"}, 1},
		"silent":          {GH, `{"access_token":"T","openid":"o1","scope":"snsapi_base"}`, "", Person{OpenID: "o1"}, 1},
		"profile": {GH, `{"access_token":"T","openid":"o1","scope":"snsapi_userinfo"}`,
			`{"openid":"o1","nickname":"小白","sex":2,"city":"深圳","headimgurl":"https://x/0","privilege":[],"unionid":"u1"}`,
			Person{OpenID: "o1", UnionID: "u1", Nickname: "小白", Sex: 2, City: "深圳", Picture: "https://x/0"}, 2},
		"website": {Open, `{"access_token":"T","openid":"o1","scope":"snsapi_login","unionid":"u1"}`,
			`{"openid":"o1","nickname":"N","sex":9}`, Person{OpenID: "o1", UnionID: "u1", Nickname: "N"}, 2},
		"profile refused": {Open, `{"access_token":"X","openid":"o1","scope":"snsapi_login","unionid":"u1"}`, "", Person{OpenID: "o1", UnionID: "u1"}, 2},
	} {
		s := &tencent{t: t, codes: map[string]string{"c": c.code}, infos: map[string]string{"T/o1": c.infos}}
		client := serve(t, s)
		app := App{Kind: c.kind, ID: "wx1", Secret: secret}
		p, err := client.Person(t.Context(), app, "c")
		if err != nil || *p != c.want || len(s.calls) != c.calls {
			t.Errorf("%s: %+v, %v, %v", name, p, err, s.calls)
		}
		if _, err := client.Person(t.Context(), app, "c"); domain.CodeOf(err) != "e.auth.login.invalid.wxCode" {
			t.Errorf("%s: the code is good twice: %v", name, err)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	say := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
	}
	for name, c := range map[string]struct {
		h    http.HandlerFunc
		want string
	}{
		"40029":       {say(`{"errcode":40029}`), "e.auth.login.invalid.wxCode"},
		"40163":       {say(`{"errcode":40163}`), "e.auth.login.invalid.wxCode"},
		"45011":       {say(`{"errcode":45011}`), "e.weixin.limit"},
		"-1":          {say(`{"errcode":-1}`), "e.weixin.busy"},
		"40013":       {say(`{"errcode":40013}`), "e.weixin.failed"},
		"not JSON":    {say(`<html>`), "e.weixin.failed"},
		"empty":       {say(``), "e.weixin.failed"},
		"nobody":      {say(`{}`), "e.weixin.failed"},
		"strange id":  {say(`{"openid":"a\"b"}`), "e.weixin.failed"},
		"wrong types": {say(`{"openid":5}`), "e.weixin.failed"},
		"huge":        {say(`{"openid":"o1","x":"` + strings.Repeat("x", maxAnswer) + `"}`), "e.weixin.failed"},
		"status 500":  {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, "e.weixin.failed"},
		"hangs up":    {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "e.weixin.failed"},
		"half": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, `{"openid":`)
		}, "e.weixin.failed"},
		"another's profile": {func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "userinfo") {
				fmt.Fprint(w, `{"openid":"o2","unionid":"u2"}`)
				return
			}
			fmt.Fprint(w, `{"openid":"o1","access_token":"T","scope":"snsapi_login"}`)
		}, "e.weixin.failed"},
	} {
		client := serve(t, c.h)
		for _, kind := range []Kind{MP, GH, Open} {
			if name == "another's profile" && kind == MP {
				continue
			}
			_, err := client.Person(t.Context(), App{kind, "wx1", secret}, "c0de")
			if domain.CodeOf(err) != c.want {
				t.Errorf("%s, %s: %v", name, kind, err)
			}
			for e := err; e != nil; e = unwrap(e) {
				if strings.Contains(e.Error(), "s3cret") || strings.Contains(e.Error(), "c0de") {
					t.Errorf("%s tells a secret: %v", name, e)
				}
			}
		}
	}
	client := serve(t, say(`{"openid":"o1"}`))
	for _, code := range []string{"", strings.Repeat("x", 513)} {
		if _, err := client.Person(t.Context(), App{MP, "wx1", secret}, code); domain.CodeOf(err) != "e.auth.login.invalid.wxCode" {
			t.Error(err)
		}
	}
}

func unwrap(err error) error {
	if u, ok := err.(interface{ Unwrap() error }); ok {
		return u.Unwrap()
	}
	return nil
}

func TestSilenceEnds(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	client := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-gate }))
	defer close(gate)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := client.Person(ctx, App{MP, "wx1", secret}, "c"); domain.CodeOf(err) != "e.weixin.failed" || strings.Contains(err.Error(), "s3cret") {
		t.Error(err)
	}
}

func TestFollowers(t *testing.T) {
	t.Parallel()
	s := &tencent{t: t, users: map[string]string{
		"yes":     `{"subscribe":1,"openid":"yes","unionid":"u1","language":"zh_CN"}`,
		"no":      `{"subscribe":0,"openid":"no"}`,
		"another": `{"subscribe":1,"openid":"yes"}`,
		"silent":  `{"openid":"silent"}`,
		"busy":    `{"errcode":-1}`,
	}}
	client := serve(t, s)
	client.Tokens = new(Tokens)
	app := App{GH, "wx1", secret}
	for _, c := range []struct {
		openid, union, code string
		follows             bool
	}{
		{"yes", "u1", "", true}, {"no", "", "", false}, {"another", "", "e.weixin.failed", false},
		{"silent", "", "e.weixin.failed", false}, {"nobody", "", "e.weixin.failed", false}, {"busy", "", "e.weixin.busy", false},
	} {
		p := &Person{OpenID: c.openid}
		follows, err := client.Follows(t.Context(), app, p)
		if follows != c.follows || domain.CodeOf(err) != c.code || p.UnionID != c.union {
			t.Errorf("%s: %v, %v, %+v", c.openid, follows, err, p)
		}
	}
	if s.token != 1 {
		t.Errorf("%d tokens were asked for", s.token)
	}
	if ok, err := client.Follows(t.Context(), app, &Person{OpenID: "yes", UnionID: "u2"}); ok || domain.CodeOf(err) != "e.weixin.failed" {
		t.Errorf("another's unionid: %v, %v", ok, err)
	}
	s.token++ // WeChat has taken the token back
	if ok, err := client.Follows(t.Context(), app, &Person{OpenID: "yes"}); !ok || err != nil || s.token != 3 {
		t.Errorf("%v, %v, %d tokens", ok, err, s.token)
	}
	for _, app := range []App{{GH, "wx1", "wrong"}, {MP, "wx1", secret}} {
		if ok, err := client.Follows(t.Context(), app, &Person{OpenID: "yes"}); ok || domain.CodeOf(err) != "e.weixin.failed" {
			t.Errorf("%v: %v, %v", app.Kind, ok, err)
		}
	}
}
