package regapi

import (
	"strings"

	"github.com/caryahq/carya/domain/form"
)

// query is the query string with the cookies that stand in for parameters.
func (c *call) query(name string) (string, bool) {
	if v, ok := c.sentQuery(name); ok {
		return v, true
	}
	if c.ep == nil || !c.mapped {
		return "", false
	}
	for _, cc := range c.ep.settings.copyCookie {
		if strings.EqualFold(cc.param, name) {
			return c.cookie(cc.cookie, false)
		}
	}
	return "", false
}

// longQuery is from how many bytes on a query string is taken apart once, and not
// looked through for every name.
const longQuery = 2 << 10

// sentQuery is the first value of a name in the query string, without case.
func (c *call) sentQuery(name string) (string, bool) {
	raw := c.r.URL.RawQuery
	if len(raw) < longQuery {
		return form.Lookup(raw, name, true)
	}
	if c.queryAt == nil {
		c.queryAt = map[string]string{}
		for k, v := range form.Pairs(raw) {
			k = folded(k)
			if _, seen := c.queryAt[k]; !seen {
				c.queryAt[k] = v
			}
		}
	}
	v, ok := c.queryAt[folded(name)]
	return v, ok
}

// folded is a name in the one form that all its spellings by case have.
func folded(name string) string { return strings.ToLower(strings.ToUpper(name)) }

// cookie is the first cookie of a name. They are read once.
func (c *call) cookie(name string, fold bool) (string, bool) {
	if c.r.Header["Cookie"] == nil {
		return "", false
	}
	if c.cookies == nil {
		c.cookies = c.r.Cookies()
	}
	for _, k := range c.cookies {
		if k.Name == name || fold && strings.EqualFold(k.Name, name) {
			return k.Value, true
		}
	}
	return "", false
}
