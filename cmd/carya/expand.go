package main

import (
	"bytes"
	"context"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// lookup is init variables as the shell asks for them.
type lookup func(key string) (string, bool)

// Lookup implements shell.Vars.
func (f lookup) Lookup(key string) (shell.Value, bool) {
	text, ok := f(key)
	return shell.Value{Text: text}, ok
}

// expand fills the placeholders of a %TMPL: content: it is one word of echo, so
// that init scripts have the shell's whole placeholder language.
func (a *app) expand(text string, vars func(key string) (string, bool)) (string, error) {
	script, err := a.registry.CompileArgv([]string{"echo", "-n", "--", text})
	if err != nil {
		return "", bare(err)
	}
	var out bytes.Buffer
	err = script.Run(context.Background(), &shell.Env{Who: domain.Owner, Vars: lookup(vars), Out: &out})
	return out.String(), bare(err)
}
