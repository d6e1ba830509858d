package weixin

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
)

// Tokens keeps the tokens by which official accounts call WeChat, as long as they
// are good: WeChat counts how often one is asked for. It may be used from many
// goroutines. The zero value is ready.
type Tokens struct {
	mu sync.Mutex
	of map[string]*token // by appid: a domain's few
}

// token is one application's; its lock makes many that need it ask once.
type token struct {
	mu     sync.Mutex
	secret string
	text   string
	until  time.Time
}

// early is how long before its end a token is not used any more.
const early = 5 * time.Minute

func (t *Tokens) find(id string) *token {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[string]*token{}
	}
	if t.of[id] == nil {
		t.of[id] = &token{}
	}
	return t.of[id]
}

// Follows reports whether somebody follows an official account, and fills in the
// unionid that WeChat tells of those who do. Source: developers.weixin.qq.com,
// "获取用户基本信息(UnionID机制)" (cgi-bin/user/info: subscribe is 0 or 1, and of who
// does not follow nothing else is told) and "获取稳定版接口调用凭据"
// (cgi-bin/stable_token, which leaves the tokens of others good). Errors: as Person's.
func (c *Client) Follows(ctx context.Context, app App, p *Person) (bool, error) {
	if app.Kind != GH || c.Tokens == nil {
		return false, domain.E("e.weixin.failed", domain.Text{ZH: "只有公众号可以关注", EN: "only official accounts are followed"})
	}
	a, err := c.userInfo(ctx, app, p.OpenID)
	if err != nil {
		return false, err
	}
	if a.Subscribe == nil || a.OpenID != p.OpenID || p.UnionID != "" && a.UnionID != "" && a.UnionID != p.UnionID {
		return false, domain.E("e.weixin.failed", domain.Text{ZH: "应答没有说明是否关注", EN: "the answer does not tell whether they follow"})
	}
	if p.UnionID == "" && goodID.MatchString(a.UnionID) {
		p.UnionID = a.UnionID
	}
	return *a.Subscribe == 1, nil
}

// userInfo asks with the token that is known, and once more with a new one when
// WeChat does not take that any longer.
func (c *Client) userInfo(ctx context.Context, app App, openid string) (*answer, error) {
	tok := c.Tokens.find(app.ID)
	for n := 0; ; n++ {
		text, err := tok.get(ctx, c, app)
		if err != nil {
			return nil, err
		}
		a, err := c.get(ctx, "/cgi-bin/user/info", url.Values{"access_token": {text}, "openid": {openid}, "lang": {"zh_CN"}})
		if a == nil || n > 0 || a.ErrCode != 40001 && a.ErrCode != 40014 && a.ErrCode != 42001 {
			return a, err
		}
		tok.drop(text)
	}
}

// get is the token, asked for when there is none that is good.
func (t *token) get(ctx context.Context, c *Client, app App) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.text != "" && t.secret == app.Secret && time.Now().Before(t.until) {
		return t.text, nil
	}
	body, err := json.Marshal(map[string]any{"grant_type": "client_credential", "appid": app.ID, "secret": app.Secret, "force_refresh": false})
	if err != nil {
		return "", failed(err, "no question")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Base+"/cgi-bin/stable_token", bytes.NewReader(body))
	if err != nil {
		return "", failed(err, "no such address")
	}
	req.Header.Set("Content-Type", "application/json")
	a, err := c.do(req)
	if err == nil && a.AccessToken == "" {
		err = domain.E("e.weixin.failed", domain.Text{ZH: "没有 access_token", EN: "no access_token"})
	}
	if err != nil {
		return "", err
	}
	t.text, t.secret = a.AccessToken, app.Secret
	t.until = time.Now().Add(time.Duration(a.ExpiresIn)*time.Second - early)
	return t.text, nil
}

// drop forgets a token that is good no longer, unless another one has come.
func (t *token) drop(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.text == text {
		t.text = ""
	}
}
