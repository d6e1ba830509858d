// Package weixin asks WeChat who sent a sign-in code: of a mini-program
// (code2session), of an official account or of a website or app (oauth2).
//
// Sources: developers.weixin.qq.com, "auth.code2Session" and "网页授权"
// (sns/oauth2/access_token, sns/userinfo); follow.go names its own.
package weixin

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/caryahq/carya/domain"
)

// DefaultBase is WeChat's own server.
const DefaultBase = "https://api.weixin.qq.com"

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 64 << 10

// Kind is a kind of application.
type Kind string

// The kinds.
const (
	MP   Kind = "mp"   // mini-program
	GH   Kind = "gh"   // official account, in WeChat's own browser
	Open Kind = "open" // website or app, by the open platform
)

// App is an application of WeChat's.
type App struct {
	Kind   Kind
	ID     string // appid
	Secret string
}

// Person is who a code stands for.
type Person struct {
	OpenID  string // who they are in this application
	UnionID string // who they are in all applications of one owner; "" when WeChat does not tell

	// What they show of themselves; "" when WeChat does not tell.
	Nickname, Country, Province, City, Picture string
	Sex                                        int // 0 unknown, 1 male, 2 female
}

// Client speaks to one server. It may be used from many goroutines.
type Client struct {
	Base   string // without a slash at its end
	HTTP   *http.Client
	Tokens *Tokens // of Follows only
}

// Person asks who a code stands for. Errors: e.auth.login.invalid.wxCode (40029,
// 40163: unknown, expired or used), e.weixin.limit (45011), e.weixin.busy (-1),
// e.weixin.failed (anything else). None holds the code or the secret.
func (c *Client) Person(ctx context.Context, app App, code string) (*Person, error) {
	if code == "" || len(code) > 512 {
		return nil, domain.E("e.auth.login.invalid.wxCode")
	}
	if app.Kind == MP {
		return c.session(ctx, app, code)
	}
	return c.oauth2(ctx, app, code)
}

// answer is every answer's common part, and all that is read of any.
type answer struct {
	ErrCode int `json:"errcode"`

	OpenID  string `json:"openid"`
	UnionID string `json:"unionid"`

	AccessToken string `json:"access_token"`
	Scope       string `json:"scope"`
	ExpiresIn   int    `json:"expires_in"` // seconds
	Subscribe   *int   `json:"subscribe"`

	Nickname   string `json:"nickname"`
	Sex        int    `json:"sex"`
	Country    string `json:"country"`
	Province   string `json:"province"`
	City       string `json:"city"`
	HeadImgURL string `json:"headimgurl"`
}

// session is code2session of a mini-program.
func (c *Client) session(ctx context.Context, app App, code string) (*Person, error) {
	a, err := c.get(ctx, "/sns/jscode2session", url.Values{
		"appid": {app.ID}, "secret": {app.Secret}, "js_code": {code}, "grant_type": {"authorization_code"},
	})
	if err != nil {
		return nil, err
	}
	return a.person()
}

// oauth2 exchanges a code for a token, and looks at the person's profile where
// they have allowed it.
func (c *Client) oauth2(ctx context.Context, app App, code string) (*Person, error) {
	a, err := c.get(ctx, "/sns/oauth2/access_token", url.Values{
		"appid": {app.ID}, "secret": {app.Secret}, "code": {code}, "grant_type": {"authorization_code"},
	})
	if err != nil {
		return nil, err
	}
	p, err := a.person()
	if err != nil || !strings.Contains(a.Scope, "snsapi_userinfo") && !strings.Contains(a.Scope, "snsapi_login") {
		return p, err
	}
	info, err := c.get(ctx, "/sns/userinfo", url.Values{"access_token": {a.AccessToken}, "openid": {p.OpenID}, "lang": {"zh_CN"}})
	if err != nil {
		return p, nil // who they are is known; the code is used up, what they look like can wait
	}
	if info.OpenID != p.OpenID || p.UnionID != "" && info.UnionID != "" && info.UnionID != p.UnionID {
		return nil, domain.E("e.weixin.failed", domain.Text{ZH: "资料属于另一个人", EN: "the profile is another person's"})
	}
	if info.UnionID == "" {
		info.UnionID = p.UnionID
	}
	return info.person()
}

// goodID is what an openid and a unionid look like.
var goodID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (a *answer) person() (*Person, error) {
	if !goodID.MatchString(a.OpenID) || a.UnionID != "" && !goodID.MatchString(a.UnionID) {
		return nil, domain.E("e.weixin.failed", domain.Text{ZH: "应答没有说明是谁", EN: "the answer names nobody"})
	}
	p := &Person{OpenID: a.OpenID, UnionID: a.UnionID, Nickname: a.Nickname, Country: a.Country,
		Province: a.Province, City: a.City, Picture: a.HeadImgURL}
	if a.Sex == 1 || a.Sex == 2 {
		p.Sex = a.Sex
	}
	return p, nil
}

// get asks one question.
func (c *Client) get(ctx context.Context, path string, query url.Values) (*answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Base+path+"?"+query.Encode(), nil)
	if err != nil {
		return nil, failed(err, "no such address")
	}
	return c.do(req)
}

// do sends a question. The answer is there, too, when it holds an error's code.
func (c *Client) do(req *http.Request) (*answer, error) {
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return nil, failed(err, "no answer")
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, domain.E("e.weixin.failed", domain.Textf("状态码 %v", "status %v", resp.StatusCode))
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, failed(err, "half an answer")
	}
	var a answer
	if len(body) > maxAnswer || json.Unmarshal(body, &a) != nil {
		return nil, domain.E("e.weixin.failed", domain.Text{ZH: "应答不是 JSON，或过大", EN: "the answer is not JSON, or too large"})
	}
	return &a, fault(a.ErrCode)
}

// failed is a fault of the connection. What net/http says of one holds the address,
// and that holds the secret.
func failed(err error, what string) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return domain.Wrap(err, "e.weixin.failed", what)
}

// fault maps the codes that WeChat documents.
func fault(code int) error {
	switch code {
	case 0:
		return nil
	case 40029, 40163, 41008: // not valid, used before, none
		return domain.E("e.auth.login.invalid.wxCode", code)
	case 45011:
		return domain.E("e.weixin.limit", code)
	case -1:
		return domain.E("e.weixin.busy", code)
	}
	return domain.E("e.weixin.failed", domain.Textf("错误码 %v", "errcode %v", code))
}
