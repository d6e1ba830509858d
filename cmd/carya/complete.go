package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// complete prints the candidates for a place in a line, as JSON.
func (a *app) complete(_ context.Context, job ctl.Job, io ctl.Stdio) error {
	d, err := a.pick(job.Domain)
	if err != nil {
		return err
	}
	return json.NewEncoder(io.Out).Encode(shell.Complete(a.registry, job.Text, job.Pos, &shell.Env{Domain: d, Who: domain.Owner, Lang: job.Lang}))
}

// domainName prints the name of the domain that a session without one gets.
func (a *app) domainName(_ context.Context, job ctl.Job, io ctl.Stdio) error {
	d, err := a.pick(job.Domain)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(io.Out, d.Name())
	return err
}
