package thingset

import (
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/tidwall/gjson"
)

// uniqueKey is one of uniqueKeys.
type uniqueKey struct {
	names    []string
	required bool
}

func (k uniqueKey) check(doc []byte) error {
	given := 0
	for _, name := range k.names {
		v := Field(doc, name)
		if v.Type == gjson.JSON {
			return k.fail("e.thing.ukey.scalar")
		}
		if scalarText(v) != "" {
			given++
		}
	}
	switch {
	case given == len(k.names):
		return nil
	case given > 0:
		return k.fail("e.thing.ukey.partly")
	case k.required:
		return k.fail("e.thing.ukey.required")
	}
	return nil
}

func (k uniqueKey) fail(code string) error {
	return domain.E(code, strings.Join(k.names, "+")).With(k.names)
}
