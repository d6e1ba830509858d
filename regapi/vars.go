package regapi

import (
	"net/textproto"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
)

// Lookup implements shell.Vars.
func (c *call) Lookup(key string) (shell.Value, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if name, ok := strings.CutPrefix(key, "http-"); ok {
		return c.lookupHTTP(name)
	}
	if name, ok := strings.CutPrefix(key, "pvg-"); ok {
		return c.right(name)
	}
	switch {
	case key == "id":
		return text(c.id)
	case key == "args":
		return shell.Value{Text: jsonList(c.match.wild()), JSON: true}, true
	case key == "pvg":
		return c.allRights()
	case strings.HasPrefix(key, "params."):
		return c.wildcard(key[len("params."):])
	}
	if v, ok := c.preloaded(key); ok {
		return v, true
	}
	return c.merged(key)
}

func text(s string) (shell.Value, bool) { return shell.Value{Text: s}, true }

func (c *call) lookupHTTP(name string) (shell.Value, bool) {
	if arg, ok := strings.CutPrefix(name, "qs-"); ok {
		s, ok := c.query(arg)
		return shell.Value{Text: s}, ok
	}
	if arg, ok := strings.CutPrefix(name, "www-"); ok {
		return c.lookupSignIn(arg)
	}
	if arg, ok := strings.CutPrefix(name, "header-"); ok {
		return c.lookupHeader(arg)
	}
	if arg, ok := strings.CutPrefix(name, "cookie-"); ok {
		s, ok := c.cookie(arg, true)
		return shell.Value{Text: s}, ok
	}
	switch name {
	case "method":
		return text(c.method())
	case "uri":
		return text(c.path())
	case "url":
		return text(c.url())
	case "protocol":
		return text(c.r.Proto)
	case "host":
		return text(c.r.Host)
	case "remote":
		return text(c.req.Remote)
	case "api":
		return text(c.ep.api)
	case "qs":
		return text(c.r.URL.RawQuery)
	case "usr", "grp":
		return c.lookupPerson(name)
	}
	return shell.Value{}, false
}

// url is the address as the client sees it.
func (c *call) url() string {
	s := "http://"
	if c.secure {
		s = "https://"
	}
	s += c.r.Host + c.path()
	if c.r.URL.RawQuery != "" {
		s += "?" + c.r.URL.RawQuery
	}
	return s
}

func (c *call) lookupHeader(name string) (shell.Value, bool) {
	if strings.EqualFold(name, "Host") {
		return text(c.r.Host)
	}
	v := c.r.Header[textproto.CanonicalMIMEHeaderKey(name)]
	switch len(v) {
	case 0:
		return shell.Value{}, false
	case 1:
		return text(v[0])
	}
	return text(strings.Join(v, ", "))
}

// headerValue is domain.Request.Header.
func (c *call) headerValue(name string) string {
	v, _ := c.lookupHeader(name)
	return v.Text
}

// lookupSignIn is what http-www- stands before.
func (c *call) lookupSignIn(name string) (shell.Value, bool) {
	switch name {
	case "site":
		if s := c.site(); s.ID != "" {
			return text("id:" + s.ID)
		}
		return text(c.site().String())
	case "ticket":
		t := c.ticket()
		return shell.Value{Text: t}, t != ""
	}
	p := c.signIn().person
	if p == nil {
		return shell.Value{}, false
	}
	switch name {
	case "se-id":
		return text(p.SessionID)
	case "se-ticket":
		return text(p.Ticket)
	case "se-site":
		return text(p.SiteID)
	case "me":
		return shell.Value{Text: string(p.Me), JSON: true}, len(p.Me) > 0
	}
	if field, ok := strings.CutPrefix(name, "me-"); ok {
		return member(p.Me, field)
	}
	return shell.Value{}, false
}

func (c *call) lookupPerson(name string) (shell.Value, bool) {
	p := c.signIn().person
	switch {
	case p == nil:
		return shell.Value{}, false
	case name == "usr":
		return text(p.Name)
	}
	return text(p.Group)
}

// member is a member of a JSON object.
func member(doc []byte, name string) (shell.Value, bool) {
	var out shell.Value
	found := false
	gjson.ParseBytes(doc).ForEach(func(k, v gjson.Result) bool {
		if found = k.Str == name; found {
			out = shell.Value{Text: v.Raw, JSON: true}
		}
		return !found
	})
	return out, found
}

// wildcard is the segment of a named wildcard; a file _ANY has all that is
// left of the address.
func (c *call) wildcard(name string) (shell.Value, bool) {
	if name == "" {
		return shell.Value{}, false
	}
	for i, p := range c.ep.params {
		switch {
		case p != name:
		case i < c.match.n:
			return text(c.match.segs[i])
		default:
			return text(strings.Join(c.match.wild()[c.match.n:], "/"))
		}
	}
	return shell.Value{}, false
}

func jsonList(items []string) string {
	out := []byte{'['}
	for i, s := range items {
		if i > 0 {
			out = append(out, ',')
		}
		out = relaxed.AppendString(out, s)
	}
	return string(append(out, ']'))
}

// merged is a member of the JSON body, or the body itself, with
// http-post-json-merge. It stands for no name that the engine or a preload gives, also
// where that has no value or no such member.
func (c *call) merged(key string) (shell.Value, bool) {
	s := &c.ep.settings
	if !s.jsonMerge || s.jsonName != "" && s.jsonName != key || reserved(key) {
		return shell.Value{}, false
	}
	if _, ok := s.preload[firstStep(key)]; ok {
		return shell.Value{}, false
	}
	if err := c.params(); err != nil || c.form.Doc == nil {
		return shell.Value{}, false
	}
	if s.jsonName != "" {
		return shell.Value{Text: string(c.form.Doc), JSON: true}, true
	}
	raw, ok := c.form.Member(key)
	return shell.Value{Text: string(raw), JSON: true}, ok
}
