package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/caryahq/carya/cmd/carya/backup"
	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell/progress"
)

func backupVerb(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "backup DOMAIN FILE.tar.zst",
		Short: s.text("备份一个域（运行中也可以）", "save a domain, also a running one, to a file"),
		Args:  cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			job := ctl.Job{Do: "backup", Domain: args[0]}
			if args[1] == "-" {
				return s.dispatch(c, job)
			}
			return intoFile(c, args[1], func() error { return s.dispatch(c, job) })
		},
	}
}

// backup writes a domain to the job's output.
func (a *app) backup(ctx context.Context, job ctl.Job, io ctl.Stdio) error {
	d, err := a.root.Domain(job.Domain)
	if err != nil {
		return err
	}
	defer d.Use()()
	bar := newMeter(job, io, domain.Text{ZH: "条", EN: "saved"})
	done, err := backup.Take(ctx, db(d), io.Out, bar.show, bar.note)
	if err != nil {
		bar.clear()
		return err
	}
	bar.end()
	fmt.Fprintf(io.Err, domain.Text{
		ZH: "%s：修订号 %d，%d 条记录，%d 项\n", EN: "%s: revision %d, %d records, %d entries\n",
	}.In(job.Lang), d.Name(), done.Revision, done.Records, done.Entries)
	return nil
}

// meter shows the progress of a backup, and notes beside it.
type meter struct {
	bar  *progress.Bar
	job  ctl.Job
	io   ctl.Stdio
	unit domain.Text
	last progress.Step
}

func newMeter(job ctl.Job, io ctl.Stdio, unit domain.Text) *meter {
	return &meter{bar: progress.New(io.Err, job.Columns), job: job, io: io, unit: unit}
}

func (m *meter) show(done, total int64, count int) {
	m.last = progress.Step{Done: done, Total: total, Count: count, Unit: m.unit}
	m.bar.Show(m.last, m.job.Lang)
}

func (m *meter) note(path string, why domain.Text) {
	m.bar.Clear()
	fmt.Fprintf(m.io.Err, "%s: %s\n", path, why.In(m.job.Lang))
}

func (m *meter) clear() { m.bar.Clear() }
func (m *meter) end()   { m.bar.Done(m.last, m.job.Lang) }
