package thingset

import (
	"context"
	"errors"
	"strings"

	"github.com/caryahq/carya/domain"
)

// The errors that every engine has to make.

// Duplicated says that the values of a unique key are taken. It names the key,
// never the value.
func Duplicated(names []string) error {
	return domain.E("e.thing.ukey.duplicated", strings.Join(names, "+")).With(names)
}

// NoThing says that a set holds no record of that id, or of those values of a
// unique key.
func NoThing(set, what string) error { return domain.E("e.thing.noexists", set, what) }

// NoSet says that a set was not defined.
func NoSet(set string) error { return domain.E("e.thing.set.noexists", set) }

// Canceled makes an error of the project of a context's. It is nil while the
// context lives.
func Canceled(ctx context.Context) error {
	switch err := ctx.Err(); {
	case err == nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		return domain.Wrap(err, "e.timeout")
	default:
		return domain.Wrap(err, "e.canceled")
	}
}
