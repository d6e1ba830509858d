package regapi

import (
	"regexp"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

// The metadata that adds to a run: placeholders, history, cache.

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

func (c *compiler) history(s setting) string {
	if s.node.Kind != relaxed.Object {
		return "must be an object"
	}
	c.ep.settings.history.record = s.node
	return ""
}

func (c *compiler) histest(s setting) string {
	if s.node.Kind != relaxed.Object && s.node.Kind != relaxed.Array {
		return "must be a match"
	}
	c.ep.settings.history.test = s.node
	return ""
}

func (c *compiler) hismetas(s setting) (msg string) {
	c.ep.settings.history.metas, msg = s.list()
	return msg
}

func (c *compiler) hisname(s setting) string {
	text, ok := s.text()
	if !ok || text == "" {
		return "must be a name"
	}
	c.ep.settings.history.name = text
	return ""
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
func (c *compiler) cacheRedirect(s setting) string { return s.flag(&c.ep.cache.redirect) }
