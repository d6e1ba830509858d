package cmds

import (
	"strings"

	"github.com/caryahq/carya/shell"
)

func jsonUpdate(c *shell.Call, raw string) (string, error) {
	for _, way := range []struct {
		name  string
		merge func(raw, patch string) string
	}{{"u", merged}, {"a", completed}} {
		if !c.Has(way.name) {
			continue
		}
		patch, err := objectArg(c, way.name)
		if err != nil {
			return "", err
		}
		raw, err = eachObject(c, raw, len(patch), func(o *object) (*object, error) {
			return objectOf(way.merge(o.json(), patch)), nil
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
	for _, m := range objectOf(patch).list { // a key of the patch that stands twice counts once
		old, _ := out.get(m.key)
		if m.raw == "null" {
			out.put(m.key, "")
		} else {
			out.put(m.key, merged(old, m.raw))
		}
	}
	return out.json()
}

// completed is a JSON value with the members of more that it lacks, at any
// depth. A member that is null is there.
func completed(raw, more string) string {
	if !strings.HasPrefix(raw, "{") || !strings.HasPrefix(more, "{") {
		return raw
	}
	out := objectOf(raw)
	for _, m := range objectOf(more).list {
		raw := m.raw
		if old, ok := out.get(m.key); ok {
			raw = completed(old, raw)
		}
		out.put(m.key, raw)
	}
	return out.json()
}
