package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
)

func checkVerb(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "check [DOMAIN]",
		Short: s.text("检查脚本、元数据与 thing.json，列出接口", "check scripts, metadata and thing.json; list the routes"),
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			job := ctl.Job{Do: "check"}
			if len(args) > 0 {
				job.Domain = args[0]
			}
			return s.dispatch(c, job)
		},
	}
}

// check prints the routes and the faults of a domain, or of all; any fault that
// is more than a warning is exit 1.
func (a *app) check(_ context.Context, job ctl.Job, io ctl.Stdio) error {
	names := []string{job.Domain}
	if job.Domain == "" {
		var err error
		if names, err = a.root.Names(); err != nil {
			return err
		}
	}
	broken := 0
	for _, name := range names {
		d, err := a.root.Domain(name)
		if err != nil {
			return err
		}
		n, err := a.checkDomain(io.Out, d)
		if err != nil {
			return err
		}
		broken += n
	}
	if broken > 0 {
		fmt.Fprintf(io.Err, domain.Text{ZH: "%d 处错误\n", EN: "%d fault(s)\n"}.In(job.Lang), broken)
		return exitError(1)
	}
	return nil
}

// checkDomain prints one domain's routes and faults and counts the latter but
// for warnings.
func (a *app) checkDomain(w io.Writer, d *domain.Domain) (broken int, err error) {
	tw := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, r := range a.handler().Routes(d) {
		fmt.Fprintf(tw, "%s\t%s\t%s\n", r.Path, r.Methods, r.File)
	}
	if err := tw.Flush(); err != nil {
		return 0, err
	}
	for _, f := range a.faults(d) {
		if !f.Warn {
			broken++
		}
		fmt.Fprintf(w, "%s: %s\n", d.Name(), f)
	}
	return broken, nil
}

// faults are all that is wrong in a domain, by place, each once.
func (a *app) faults(d *domain.Domain) []domain.Fault {
	list := slices.Concat(d.Check(), a.handler().Check(d), db(d).Check())
	slices.SortFunc(list, func(x, y domain.Fault) int {
		return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line), cmp.Compare(x.Col, y.Col), cmp.Compare(x.Msg, y.Msg))
	})
	return slices.Compact(list)
}
