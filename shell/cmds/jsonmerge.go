package cmds

import (
	"strings"

	"github.com/caryahq/carya/shell"
)

func jsonUpdate(c *shell.Call, raw string) (string, error) {
	for _, way := range []struct {
		name  string
		merge func(o, patch *object)
	}{{"u", (*object).merge}, {"a", (*object).complete}} {
		if !c.Has(way.name) {
			continue
		}
		patch, err := objectArg(c, way.name)
		if err != nil {
			return "", err
		}
		by := objectOf(patch)
		raw, err = eachObject(c, raw, len(patch), func(o *object) (*object, error) {
			way.merge(o, by)
			return o, nil
		})
		if err != nil {
			return "", err
		}
	}
	return raw, nil
}

// merged is a JSON value with a patch over it: objects are merged at any depth,
// null removes a member (RFC 7386), anything else replaces.
func merged(raw, patch string) string {
	if !strings.HasPrefix(patch, "{") {
		return patch
	}
	out := objectOf(raw)
	out.merge(objectOf(patch)) // a key of the patch that stands twice counts once
	return out.json()
}

// merge puts a patch over an object.
func (o *object) merge(patch *object) {
	for _, m := range patch.list {
		if m.raw == "null" {
			o.put(m.key, "")
			continue
		}
		old, _ := o.get(m.key)
		o.put(m.key, merged(old, m.raw))
	}
}

// completed is a JSON value with the members of more that it lacks, at any
// depth. A member that is null is there.
func completed(raw, more string) string {
	if !strings.HasPrefix(raw, "{") || !strings.HasPrefix(more, "{") {
		return raw
	}
	out := objectOf(raw)
	out.complete(objectOf(more))
	return out.json()
}

// complete adds the members of another object that an object lacks.
func (o *object) complete(more *object) {
	for _, m := range more.list {
		raw := m.raw
		if old, ok := o.get(m.key); ok {
			raw = completed(old, raw)
		}
		o.put(m.key, raw)
	}
}
