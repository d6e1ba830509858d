package regapi

import (
	"github.com/caryahq/carya/domain"
	"slices"
	"strings"

	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/shell/syntax"
)

// needed are keys that do nothing without another one.
var needed = map[string]string{
	"cache-duration": "cache-test", "cache-lazy": "cache-test", "cache-redirect": "cache-test",
	"http-envelope-table": "http-envelope",
	"histest":             "history", "hismetas": "history", "hisname": "history",
}

// adviseKeys tells of keys that do nothing. A folder's defaults may be for others.
func (c *compiler) adviseKeys(all []setting, own ...*metaText) {
	has := func(key string) bool { return slices.ContainsFunc(all, func(s setting) bool { return s.key == key }) }
	for _, s := range all {
		other, ok := needed[s.key]
		if ok && slices.Contains(own, s.from) && !has(other) {
			f := s.from.fault(s.node.Offset, domain.Textf("没有 %[2]s，%[1]s 不起作用", "%s does nothing without %s", s.key, other))
			f.Warn = true
			c.faults = append(c.faults, f)
		}
	}
}

// adviseParam tells where the name of a wildcard belongs.
func (c *compiler) adviseParam(s setting) {
	msg := domain.Textf("%s 在此不起作用：它用于命名文件 _ANY 的通配段", "%s does nothing here: it names the wildcard of a file _ANY", s.key)
	if at := strings.LastIndex(c.ep.api, "/"+anyName+"/"); at >= 0 {
		msg = domain.Textf("%s 在此不起作用：通配段属于目录，名字要写在 %s 里", "%s does nothing here: the wildcard is a folder's, and its name stands in %s", s.key, "~/"+folder+"/"+c.ep.api[:at+1]+anyName+"/"+metaName)
	}
	f := s.from.fault(s.node.Offset, msg)
	f.Warn = true
	c.faults = append(c.faults, f)
}

// unknownKey is a key of the engine's kind that the engine does not know.
func unknownKey(key string, keys keyTable) domain.Text {
	var names []string
	for name := range keys {
		names = append(names, name)
	}
	slices.Sort(names)
	hint := domain.Text{}
	if near := shell.Nearest(key, names); near != "" {
		hint = domain.Textf("，是不是 %s？", "; did you mean %s?", near)
	}
	return domain.Textf("未知的键 %q%s", "unknown key %q%s", key, hint)
}

// adviseTokens tells of access tokens that stand in the metadata.
func (c *compiler) adviseTokens(s setting) {
	if list, msg := s.list(); msg.Empty() && slices.ContainsFunc(list, func(t string) bool { return !strings.HasPrefix(t, "~") }) {
		f := s.from.fault(s.node.Offset, domain.Text{ZH: "元数据里写有机密：`~/.domain/NAME` 可从文件读取", EN: "a secret stands in the metadata: `~/.domain/NAME` reads it from a file"})
		f.Warn = true
		c.faults = append(c.faults, f)
	}
}

// adviseRoutes tells of endpoints that no request reaches: others answer at their
// place before.
func (l *loader) adviseRoutes(t *table) {
	reached := map[*endpoint]bool{}
	winner := map[*endpoint]*endpoint{}
	t.root.leaves(func(f *leaf) {
		for _, ep := range f.by {
			reached[ep] = true
		}
	})
	l.shadowed = nil
	for _, ep := range t.endpoints {
		if reached[ep] || ep.script == nil {
			continue
		}
		for other := range reached {
			if other != nil && other.route("") == ep.route("") && (winner[ep] == nil || other.file < winner[ep].file) {
				winner[ep] = other
			}
		}
		msg := domain.Text{ZH: "没有请求能到达它", EN: "no request reaches it"}
		if w := winner[ep]; w != nil {
			msg = domain.Textf("没有请求能到达它：%s 先应答", "no request reaches it: %s answers before", w.file)
		}
		f := faultAt(ep.file, syntax.Pos{Line: 1, Col: 1}, msg)
		f.Warn = true
		l.shadowed = append(l.shadowed, f)
	}
}

// leaves calls f for everything that answers at n and below.
func (n *node) leaves(f func(*leaf)) {
	for _, l := range []*leaf{n.leaf, n.rest} {
		if l != nil {
			f(l)
		}
	}
	for _, k := range n.kids {
		k.leaves(f)
	}
	if n.any != nil {
		n.any.leaves(f)
	}
}
