package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/filestore"
)

func doctorVerb(s *settings) *cobra.Command {
	var repair bool
	c := &cobra.Command{
		Use:   "doctor [DOMAIN]",
		Short: s.text("检查（并修复）日志与记录", "verify the journal and the records, and repair them"),
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			job := ctl.Job{Do: "doctor", Vars: map[string]string{}}
			if len(args) > 0 {
				job.Domain = args[0]
			}
			if repair {
				job.Vars["repair"] = "true"
			}
			return s.dispatch(c, job)
		},
	}
	c.Flags().BoolVar(&repair, "repair", false, s.text("修复；移开的内容都会保留并列出", "repair; whatever is set aside is kept and named"))
	return c
}

// doctor verifies a domain, or all, also while others use it: only to repair it is
// it closed, and opened again. Any fault that is left is exit 1.
func (a *app) doctor(_ context.Context, job ctl.Job, io ctl.Stdio) error {
	names := []string{job.Domain}
	if job.Domain == "" {
		var err error
		if names, err = a.root.Names(); err != nil {
			return err
		}
	}
	left := 0
	for _, name := range names {
		if err := a.doctorOne(name, job, io, &left); err != nil {
			return err
		}
	}
	if left > 0 {
		return exitError(1)
	}
	return nil
}

func (a *app) doctorOne(name string, job ctl.Job, io ctl.Stdio, left *int) error {
	if err := domain.CheckName(name); err != nil {
		return err
	}
	if !isDir(a.root.Dir(), name) {
		return domain.E("e.domain.noexists", name)
	}
	faults := 0
	err := a.store.Verify(name, job.Vars["repair"] == "true", func(f filestore.Fault) {
		faults++
		if !f.Repaired {
			*left++
		}
		fmt.Fprintf(io.Out, "%s: %s\n", name, f.In(job.Lang))
	})
	if err == nil && faults == 0 {
		fmt.Fprintf(io.Out, "%s: %s\n", name, domain.Text{ZH: "正常", EN: "ok"}.In(job.Lang))
	}
	return err
}
