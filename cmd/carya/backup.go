package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/caryahq/carya/cmd/carya/backup"
	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell/progress"
)

func backupVerb(s *settings) *cobra.Command {
	var verify bool
	c := &cobra.Command{
		Use:   "backup DOMAIN FILE.tar.zst [--verify]",
		Short: s.text("备份一个域（运行中也可以）", "save a domain, also a running one, to a file"),
		Args:  cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			job := ctl.Job{Do: "backup", Domain: args[0]}
			switch {
			case args[1] != "-":
			case verify:
				return usagef("--verify 需要文件", "--verify needs a file")
			default:
				return s.dispatch(c, job)
			}
			return intoFile(c, args[1], func() error {
				err := s.dispatch(c, job)
				if err == nil && verify {
					err = s.verifyBackup(c, filepath.Dir(args[1]))
				}
				return err
			})
		},
	}
	c.Flags().BoolVar(&verify, "verify", false, s.text("写完后重读一遍，并在旁边试恢复", "read the file again, and restore it aside, before it gets its name"))
	return c
}

// verifyBackup reads the file that was written, and lays it out in a folder below
// dir that goes again.
func (s *settings) verifyBackup(c *cobra.Command, dir string) error {
	f, ok := c.OutOrStdout().(*os.File)
	if !ok {
		return usagef("--verify 需要文件", "--verify needs a file")
	}
	fi, err := f.Stat()
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return err
	}
	errs := c.ErrOrStderr()
	bar := newMeter(ctl.Job{Lang: s.lang, Columns: columnsOf(errs)}, ctl.Stdio{Err: errs}, domain.Text{ZH: "项已核对", EN: "verified"})
	done, err := backup.Try(c.Context(), f, dir, backup.Options{Engine: layer, Size: fi.Size(), Progress: bar.show})
	if err != nil {
		bar.clear()
		return err
	}
	bar.end()
	fmt.Fprintln(errs, s.text(fmt.Sprintf("已核对：%d 条记录，%d 项，可以恢复", done.Records, done.Entries),
		fmt.Sprintf("verified: %d records, %d entries can be restored", done.Records, done.Entries)))
	return nil
}

// backup writes a domain to the job's output.
func (a *app) backup(ctx context.Context, job ctl.Job, std ctl.Stdio) error {
	d, err := a.root.Domain(job.Domain)
	if err != nil {
		return err
	}
	defer d.Use()()
	bar := newMeter(job, std, domain.Text{ZH: "条", EN: "saved"})
	done, err := backup.Take(ctx, db(d), std.Out, bar.show, bar.note)
	if err != nil {
		bar.clear()
		return err
	}
	bar.end()
	fmt.Fprintf(std.Err, domain.Text{
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
	io.Err = &visible{w: io.Err}
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
