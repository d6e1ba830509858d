package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset/history"
)

// maxActs is how many commands of one line are written down.
const maxActs = 50

// auditOwner writes down what the owner has done on the command line: the commands
// that write with the paths and ids that they name, never their other words, which
// may hold a password. The verbs of www write their own lines.
func (a *app) auditOwner(d *domain.Domain, acts []string, how error) {
	acts = slices.DeleteFunc(acts, func(s string) bool { return strings.HasPrefix(s, "www ") })
	if len(acts) == 0 {
		return
	}
	acts = acts[:min(len(acts), maxActs)]
	b := strconv.AppendBool([]byte(`{"act":"owner","ok":`), how == nil)
	if how != nil {
		b = relaxed.AppendString(append(b, `,"err":`...), domain.CodeOf(how))
	}
	b = relaxed.AppendString(append(b, `,"who":"owner","what":`...), strings.Join(acts, ", "))
	if _, err := history.Of(d).Add(history.Audit, append(b, '}'), 0); err != nil {
		a.log.Error("an event could not be written down", "domain", d.Name(), "act", "owner", "err", err)
	}
}
