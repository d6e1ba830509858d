package regapi

import (
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/pattern"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell/syntax"
)

// The metadata that adds to a run: placeholders, cache.

func (c *compiler) preload(s setting) domain.Text {
	if s.node.Kind != relaxed.Object {
		return domain.Text{ZH: "必须是由名字与路径组成的对象", EN: "must be an object of names and paths"}
	}
	c.ep.settings.preload = map[string]domain.Path{}
	for _, f := range s.node.Fields {
		if f.Value.Kind != relaxed.String {
			return domain.Textf("%s 必须是路径", "%s must be a path", f.Key)
		}
		p, err := domain.ParsePath(f.Value.String())
		if err != nil || p == "" {
			return domain.Textf("%s 必须是文件的路径", "%s must be the path of a file", f.Key)
		}
		if reserved(f.Key) {
			return domain.Textf("%s 是引擎的占位符", "%s is a placeholder of the engine", f.Key)
		}
		if p.Hidden() && !secretPath(p) {
			return domain.Textf("接口不能读取 %v；%v 下的文件可以", "%v is kept from endpoints; what lies below %v is not", p, secrets)
		}
		c.ep.settings.preload[f.Key] = p
	}
	return domain.Text{}
}

func (c *compiler) jsonMerge(s setting) domain.Text {
	if name := s.node.String(); s.node.Kind == relaxed.String && name != "" {
		if reserved(name) || strings.Contains(name, ".") {
			return domain.Textf("%s 不能用作请求体的占位符", "%s cannot be the body's placeholder", name)
		}
		c.ep.settings.jsonMerge, c.ep.settings.jsonName = true, name
		return domain.Text{}
	}
	return s.flag(&c.ep.settings.jsonMerge)
}

func (c *compiler) cacheTest(s setting) domain.Text {
	if s.node.Kind != relaxed.String {
		return s.flag(&c.ep.cache.on)
	}
	re, err := pattern.Compile(s.node.String())
	if err != nil {
		return domain.Textf("不是正则表达式：%s", "not a regular expression: %s", pattern.Why(err))
	}
	c.ep.cache.on, c.ep.cache.test = true, re
	return domain.Text{}
}

func (c *compiler) cacheDuration(s setting) domain.Text { return s.duration(&c.ep.cache.duration) }
func (c *compiler) cacheLazy(s setting) domain.Text     { return s.flag(&c.ep.cache.lazy) }

func (c *compiler) cacheRedirect(s setting) domain.Text {
	text, ok := s.text()
	p, err := domain.ParsePath(text)
	if !ok || err != nil || p == sites || !p.Below(sites) || p.Hidden() {
		return domain.Text{ZH: "必须是 ~/www 下的目录", EN: "must be a folder below ~/www"}
	}
	c.ep.cache.redirect = p
	return domain.Text{}
}

// personal are the placeholders on which no kept answer may depend.
var personal = []string{"id", "http-remote", "http-usr", "http-grp", "http-header-", "http-cookie-", "http-www-"}

// cacheFits turns the cache off for an endpoint that asks who calls.
func (c *compiler) cacheFits() {
	if !c.ep.cache.on {
		return
	}
	if c.ep.asksWho() {
		c.noCache(syntax.Pos{Line: 1, Col: 1}, domain.Text{ZH: "接口要求登录", EN: "the endpoint asks for a session"})
		return
	}
	if c.ep.settings.rights != nil {
		c.noCache(syntax.Pos{Line: 1, Col: 1}, domain.Text{ZH: "应答取决于调用者（pvg-setup）", EN: "the answer depends on who calls (pvg-setup)"})
		return
	}
	for _, ph := range c.ep.script.Placeholders() {
		for _, k := range ph.Keys {
			if k.Name != "http-www-site" && slices.ContainsFunc(personal, func(p string) bool {
				return k.Name == p || strings.HasSuffix(p, "-") && strings.HasPrefix(k.Name, p)
			}) {
				c.noCache(ph.Pos, domain.Textf("应答取决于 ${%s}", "the answer depends on ${%s}", k.Name))
				return
			}
		}
	}
}

func (c *compiler) noCache(at syntax.Pos, why domain.Text) {
	c.ep.cache.on = false
	f := faultAt(c.ep.file, at, domain.Textf("%s：虽有 cache-test 也不缓存", "%s: it is not kept, in spite of cache-test", why))
	f.Warn = true
	c.faults = append(c.faults, f)
}
