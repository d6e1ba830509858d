package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/caryahq/carya/cmd/carya/backup"
	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/filestore"
)

func restoreVerb(s *settings) *cobra.Command {
	var as string
	c := &cobra.Command{
		Use:   "restore FILE.tar.zst [--as NAME]",
		Short: s.text("从备份恢复一个域，绝不覆盖已有的域", "lay out a domain from a backup; never over one that is there"),
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.restore(c, args[0], as)
		},
	}
	c.Flags().StringVar(&as, "as", "", s.text("恢复为这个名字", "the domain's new name"))
	return c
}

// restore reads the whole file here before anything is asked of the server.
func (s *settings) restore(c *cobra.Command, path, as string) error {
	f, err := os.Open(path)
	if err != nil {
		return wrongUsage(err)
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil || !fi.Mode().IsRegular() {
		return usagef("%s 不是文件", "%s is no file", path)
	}
	errs := c.ErrOrStderr()
	job := ctl.Job{Do: "restore", Lang: s.lang, Columns: columnsOf(errs), Vars: map[string]string{
		"as": as, "size": strconv.FormatInt(fi.Size(), 10),
	}}
	bar := newMeter(job, ctl.Stdio{Err: errs}, domain.Text{ZH: "项已核对", EN: "verified"})
	header, _, err := backup.Verify(c.Context(), f, s.root, fi.Size(), bar.show)
	if err != nil {
		bar.clear()
		return err
	}
	bar.end()
	if as == "" {
		job.Vars["as"] = header.Domain
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	defer c.SetIn(c.InOrStdin())
	c.SetIn(f)
	return s.dispatch(c, job)
}

// restore lays a domain out from the job's input.
func (a *app) restore(ctx context.Context, job ctl.Job, io ctl.Stdio) error {
	size, err := strconv.ParseInt(job.Vars["size"], 10, 64)
	if err != nil {
		return usagef("restore：%v", "restore: %v", err)
	}
	bar := newMeter(job, io, domain.Text{ZH: "项", EN: "restored"})
	name, done, err := backup.Restore(ctx, io.In, backup.Options{
		Root: a.root, Engine: layer, Name: job.Vars["as"], Size: size, Progress: bar.show, Note: bar.note,
	})
	if err != nil {
		bar.clear()
		return err
	}
	bar.end()
	fmt.Fprintf(io.Out, domain.Text{
		ZH: "%s：修订号 %d，%d 条记录，%d 项\n", EN: "%s: revision %d, %d records, %d entries\n",
	}.In(job.Lang), name, done.Revision, done.Records, done.Entries)
	a.tellGrantsBefore(name, job.Lang, io.Err)
	return a.tellWishes(name, job.Lang, io.Err)
}

// layer lays out the sets of a domain in its folder.
func layer(dir string) (backup.Layer, error) { return filestore.Build(dir) }
