package regapi

import (
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
)

// secrets is the one folder below .domain that endpoints read, and only by a path
// that stands in their metadata: keys for signatures, passwords of other servers.
const secrets = domain.Path(".domain/secrets")

func secretPath(p domain.Path) bool { return p != secrets && p.Below(secrets) }

// needs are the names of preloads that the script uses and has no default for.
func (c *compiler) needs() {
	for _, ph := range c.ep.script.Placeholders() {
		if ph.HasDefault || len(ph.Keys) > 1 {
			continue
		}
		first := ph.Keys[0].Steps[0].Name
		if _, ok := c.ep.settings.preload[first]; ok {
			c.ep.needs = append(c.ep.needs, first)
		}
	}
}

// ready reads the preloads that the script cannot do without: a key that is not
// there must not be taken for an empty one.
func (c *call) ready() error {
	for _, key := range c.ep.needs {
		if _, err := c.preload(key); err != nil {
			return domain.Wrap(err, "e.api.load", c.ep.file)
		}
	}
	return nil
}

// preloaded is a file of the metadata's preload.
func (c *call) preloaded(key string) (shell.Value, bool) {
	if _, ok := c.ep.settings.preload[key]; !ok {
		return shell.Value{}, false
	}
	v, err := c.preload(key)
	if err != nil {
		c.h.log.Warn("preload", "domain", c.d.Name(), "endpoint", c.ep.file, "err", err)
	}
	return v, err == nil
}

// preload reads a file once for a request: an object or a list as JSON, all else as
// text without the newlines at its end.
func (c *call) preload(key string) (shell.Value, error) {
	if v, ok := c.loaded[key]; ok {
		return v, nil
	}
	p, who := c.ep.settings.preload[key], c.env.Who
	if secretPath(p) {
		who = domain.Owner
	}
	raw, err := c.env.Domain.Tree(who).ReadFile(p)
	if err != nil {
		return shell.Value{}, err
	}
	v := shell.Value{Text: strings.TrimRight(string(raw), "\r\n")}
	if js, err := relaxed.ToJSON(v.Text); err == nil && (js[0] == '{' || js[0] == '[') {
		v = shell.Value{Text: string(js), JSON: true}
	}
	if c.loaded == nil {
		c.loaded = map[string]shell.Value{}
	}
	c.loaded[key] = v
	return v, nil
}
