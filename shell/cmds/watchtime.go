package cmds

import (
	"context"

	"github.com/caryahq/carya/shell"
)

// watchTime is the run's context, with the end that -wait sets.
func watchTime(c *shell.Call) (context.Context, context.CancelFunc, error) {
	if !c.Has("wait") {
		ctx, cancel := context.WithCancel(c.Context())
		return ctx, cancel, nil
	}
	wait, err := c.Opt("wait").Duration()
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(c.Context(), wait)
	return ctx, cancel, nil
}
