package domain

import "context"

// PaceKey is the key of a func() error in the context of work that shares the processors
// with that of other domains: what takes long calls it now and then, and waits in it for
// its turn. Its error ends the work.
type PaceKey struct{}

// PaceOf is the pace of a context's work, nil when it need not wait.
func PaceOf(ctx context.Context) func() error {
	pace, _ := ctx.Value(PaceKey{}).(func() error)
	return pace
}
