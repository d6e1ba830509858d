package regapi

import (
	"regexp"
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell/syntax"
)

// The metadata that adds to a run: placeholders, cache.

func (c *compiler) preload(s setting) string {
	if s.node.Kind != relaxed.Object {
		return "must be an object of names and paths"
	}
	c.ep.settings.preload = map[string]domain.Path{}
	for _, f := range s.node.Fields {
		if f.Value.Kind != relaxed.String {
			return f.Key + " must be a path"
		}
		p, err := domain.ParsePath(f.Value.String())
		if err != nil || p == "" {
			return f.Key + " must be the path of a file"
		}
		if reserved(f.Key) {
			return f.Key + " is a placeholder of the engine"
		}
		if p.Hidden() && !secretPath(p) {
			return p.String() + " is kept from endpoints; what lies below " + secrets.String() + " is not"
		}
		c.ep.settings.preload[f.Key] = p
	}
	return ""
}

func (c *compiler) jsonMerge(s setting) string {
	if name := s.node.String(); s.node.Kind == relaxed.String && name != "" {
		if reserved(name) || strings.Contains(name, ".") {
			return name + " cannot be the body's placeholder"
		}
		c.ep.settings.jsonMerge, c.ep.settings.jsonName = true, name
		return ""
	}
	return s.flag(&c.ep.settings.jsonMerge)
}

func (c *compiler) cacheTest(s setting) string {
	if s.node.Kind != relaxed.String {
		return s.flag(&c.ep.cache.on)
	}
	re, err := regexp.Compile(s.node.String())
	if err != nil {
		return "not a regular expression: " + err.Error()
	}
	c.ep.cache.on, c.ep.cache.test = true, re
	return ""
}

func (c *compiler) cacheDuration(s setting) string { return s.duration(&c.ep.cache.duration) }
func (c *compiler) cacheLazy(s setting) string     { return s.flag(&c.ep.cache.lazy) }

func (c *compiler) cacheRedirect(s setting) string {
	text, ok := s.text()
	p, err := domain.ParsePath(text)
	if !ok || err != nil || p == sites || !p.Below(sites) || p.Hidden() {
		return "must be a folder below ~/www"
	}
	c.ep.cache.redirect = p
	return ""
}

// personal are the placeholders on which no kept answer may depend.
var personal = []string{"id", "http-remote", "http-usr", "http-grp", "http-header-", "http-cookie-", "http-www-"}

// cacheFits turns the cache off for an endpoint that asks who calls.
func (c *compiler) cacheFits() {
	if !c.ep.cache.on {
		return
	}
	if c.ep.asksWho() {
		c.noCache(syntax.Pos{Line: 1, Col: 1}, "the endpoint asks for a session")
		return
	}
	if c.ep.settings.rights != nil {
		c.noCache(syntax.Pos{Line: 1, Col: 1}, "the answer depends on who calls (pvg-setup)")
		return
	}
	for _, ph := range c.ep.script.Placeholders() {
		for _, k := range ph.Keys {
			if k.Name != "http-www-site" && slices.ContainsFunc(personal, func(p string) bool {
				return k.Name == p || strings.HasSuffix(p, "-") && strings.HasPrefix(k.Name, p)
			}) {
				c.noCache(ph.Pos, "the answer depends on ${"+k.Name+"}")
				return
			}
		}
	}
}

func (c *compiler) noCache(at syntax.Pos, why string) {
	c.ep.cache.on = false
	f := faultAt(c.ep.file, at, why+": it is not kept, in spite of cache-test")
	f.Warn = true
	c.faults = append(c.faults, f)
}
