package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset/history"
)

// auditOwner writes down what the owner has done on the command line: the names
// of the commands that write, never their words, which may hold a password. The
// verbs of www write their own lines.
func (a *app) auditOwner(d *domain.Domain, writers []string, how error) {
	writers = slices.DeleteFunc(writers, func(s string) bool { return strings.HasPrefix(s, "www ") })
	if len(writers) == 0 {
		return
	}
	b := strconv.AppendBool([]byte(`{"act":"owner","ok":`), how == nil)
	if how != nil {
		b = relaxed.AppendString(append(b, `,"err":`...), domain.CodeOf(how))
	}
	b = relaxed.AppendString(append(b, `,"who":"owner","what":`...), strings.Join(writers, ", "))
	if _, err := history.Of(d).Add(history.Audit, append(b, '}'), 0); err != nil {
		a.log.Error("an event could not be written down", "domain", d.Name(), "act", "owner", "err", err)
	}
}
