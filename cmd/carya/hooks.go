package main

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/shell/syntax"
	"github.com/caryahq/carya/thingset"
)

// Scripts of thing.json run as the domain's owner. Their placeholders are the
// thing's fields (before it was deleted, when it is gone), and th_event and
// th_old, the thing before; their pipe is the thing. Passwords' hashes and other
// secrets are not among them.

// hooks compiles the scripts of a domain's thing.json files.
func (a *app) hooks(d *domain.Domain) thingset.Compiler {
	return func(s thingset.Script) (thingset.Hook, []domain.Fault) {
		script, err := a.hookScript(s)
		if err != nil {
			return nil, scriptFaults(s, err)
		}
		return func(ctx context.Context, c thingset.Call) error { return a.runHook(ctx, d, script, c) }, nil
	}
}

func (a *app) hookScript(s thingset.Script) (*shell.Script, error) {
	at := syntax.Pos{Line: s.Line, Col: s.Col + 1} // behind the quote
	return a.registry.CompileText(s.Text, shell.CompileOptions{File: s.File, At: at})
}

func scriptFaults(s thingset.Script, err error) (out []domain.Fault) {
	for _, e := range shell.Faults(err) {
		out = append(out, domain.FaultAt(s.File, e.Pos.Line, e.Pos.Col, domain.TextOf(e.Err)))
	}
	return out
}

// hookLimits bound a script of thing.json, whoever set it off.
var hookLimits = shell.Limits{Time: 30e9, Output: 1 << 20, Stages: 10_000}

func (a *app) runHook(ctx context.Context, d *domain.Domain, script *shell.Script, c thingset.Call) error {
	now := c.New
	if now == nil {
		now = c.Old
	}
	pipe := withoutSecrets(now)
	vars, err := hookVars(pipe, c)
	if err != nil {
		return err
	}
	return script.Run(ctx, &shell.Env{
		Domain: d, Who: domain.Owner, Vars: shell.DataVars(vars),
		In: bytes.NewReader(pipe), Out: io.Discard, Limits: hookLimits,
	})
}

func hookVars(pipe []byte, c thingset.Call) ([]byte, error) {
	vars, err1 := sjson.SetBytes(pipe, "th_event", string(c.Event))
	old := []byte("null")
	if c.Old != nil {
		old = withoutSecrets(c.Old)
	}
	vars, err2 := sjson.SetRawBytes(vars, "th_old", old)
	return vars, errors.Join(err1, err2)
}

// withoutSecrets is a thing without passwords' hashes and private members.
func withoutSecrets(body []byte) []byte {
	out := append(make([]byte, 0, len(body)), '{')
	gjson.ParseBytes(body).ForEach(func(key, v gjson.Result) bool {
		if k := key.Str; k == "passwd" || k == "salt" || len(k) > 1 && k[:2] == "__" {
			return true
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(relaxed.AppendString(out, key.Str), ':'), v.Raw...)
		return true
	})
	return append(out, '}')
}
