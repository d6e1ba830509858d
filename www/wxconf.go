package www

import (
	"regexp"
	"slices"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/secret"
	"github.com/caryahq/carya/www/send"
	"github.com/caryahq/carya/www/weixin"
)

// Applications of WeChat's stand in domain.json, several of each kind by name; a
// single one needs none:
//
//	weixin: {
//	  mp:   {appid:"wx1…", secret:"env:WX_MP"},
//	  gh:   {shop: {appid:"wx2…", secret:"file:secrets/wx_shop"}, news: {…}},
//	  base: "https://api.weixin.qq.com",     // a relay, or a test's server
//	}
//
// A site's metadata may pick one of several: {weixin: {gh:"shop"}}.
type wxApp struct {
	weixin.App
	name string
	base string
}

// field is the account's member that holds who the person is in this application.
func (a *wxApp) field() string { return "wx_" + string(a.Kind) + "_" + a.name }

// goodApp bounds the names of applications, as accounts' members hold them.
var goodApp = regexp.MustCompile(`^[a-z0-9]{1,16}$`)

// noWeixin is said where signing in by WeChat is not set up, or not properly.
func noWeixin(cause error) error {
	return domain.Wrap(cause, "e.www.api.auth.fail_login", domain.Text{ZH: "站点没有设置微信登录", EN: "WeChat is not set up for the site"})
}

// hasWeixin reports whether domain.json names any application.
func hasWeixin(conf gjson.Result) bool {
	return slices.ContainsFunc([]weixin.Kind{weixin.MP, weixin.GH, weixin.Open}, func(k weixin.Kind) bool {
		return len(conf.Get(string(k)).Map()) > 0
	})
}

// wxApp finds an application: e.auth.login.invalid.wxCodeType, and
// e.www.api.auth.fail_login in a domain without any.
func (s *Service) wxApp(d *domain.Domain, site *Site, kind, name string) (*wxApp, error) {
	none := domain.E("e.auth.login.invalid.wxCodeType", clip(kind))
	if kind != string(weixin.MP) && kind != string(weixin.GH) && kind != string(weixin.Open) {
		return nil, none
	}
	conf := gjson.ParseBytes(d.Config().Weixin)
	if !hasWeixin(conf) {
		return nil, noWeixin(nil)
	}
	apps := conf.Get(kind).Map()
	if _, single := apps["appid"]; single {
		apps = map[string]gjson.Result{"main": conf.Get(kind)}
	}
	name = firstOf(name, gjson.GetBytes(site.obj.Meta, "weixin."+kind).String())
	if name == "" {
		name = "main"
		if len(apps) == 1 {
			for only := range apps {
				name = only
			}
		}
	}
	app, ok := apps[name]
	if !ok || !goodApp.MatchString(name) || app.Get("appid").String() == "" {
		return nil, none
	}
	key, err := secret.Read(d, app.Get("secret").String())
	if err != nil {
		return nil, noWeixin(err)
	}
	base, err := send.ServiceURL(firstOf(conf.Get("base").String(), weixin.DefaultBase))
	if err != nil {
		return nil, noWeixin(err)
	}
	return &wxApp{weixin.App{Kind: weixin.Kind(kind), ID: app.Get("appid").String(), Secret: key}, name, base}, nil
}

// weixinFaults tells of applications that nobody can sign in by.
func weixinFaults(d *domain.Domain) (out []domain.Fault) {
	conf := gjson.ParseBytes(d.Config().Weixin)
	fault := func(why domain.Text, at ...any) {
		out = append(out, d.SettingFault(why, append([]any{"weixin"}, at...)...))
	}
	conf.ForEach(func(kind, apps gjson.Result) bool {
		switch kind.Str {
		case "base":
			if _, err := send.ServiceURL(apps.String()); err != nil {
				fault(domain.AsError(err).Said(), "base")
			}
		case string(weixin.MP), string(weixin.GH), string(weixin.Open):
			if apps.Get("appid").Exists() {
				appFault(d, apps, func(why domain.Text, key string) { fault(why, kind.Str, key) })
				return true
			}
			apps.ForEach(func(name, app gjson.Result) bool {
				if !goodApp.MatchString(name.Str) {
					fault(domain.Textf("%q 不是应用的名字：小写字母与数字，最多 16 个", "%q is no name of an application: want small letters and digits, at most 16", name.Str), kind.Str, name.Str)
				}
				appFault(d, app, func(why domain.Text, key string) { fault(why, kind.Str, name.Str, key) })
				return true
			})
		default:
			fault(domain.Textf("weixin 没有 %q：只有 mp、gh、open、base", "weixin has no %q: want mp, gh, open or base", kind.Str), kind.Str)
		}
		return true
	})
	return out
}

// appFault tells what an application lacks.
func appFault(d *domain.Domain, app gjson.Result, fault func(why domain.Text, key string)) {
	if app.Get("appid").String() == "" {
		fault(domain.Text{ZH: "缺少 appid", EN: "appid is missing"}, "appid")
	}
	if _, err := secret.Read(d, app.Get("secret").String()); err != nil {
		fault(domain.AsError(err).Said(), "secret")
	}
}
