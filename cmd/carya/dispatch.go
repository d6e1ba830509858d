package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain/relaxed"
)

// dispatch does a job where the root is: in the server that holds it, else in
// this process under the root's lock.
func (s *settings) dispatch(c *cobra.Command, job ctl.Job) error {
	job.Lang = s.lang
	if job.Domain == "" {
		job.Domain = s.domain
	}
	if err := checkText(job); err != nil {
		return err
	}
	io := ctl.Stdio{In: c.InOrStdin(), Out: visibleOn(c.OutOrStdout()), Err: &visible{w: c.ErrOrStderr()}}
	job.Columns = columnsOf(c.ErrOrStderr())
	code, err := s.do(c.Context(), job, io)
	switch {
	case err != nil:
		return err
	case code != 0:
		return exitError(code)
	}
	return nil
}

// checkText refuses a job that is not UTF-8: on its way to the server the rest would
// be replaced.
func checkText(job ctl.Job) error {
	if at := relaxed.BadByte(job.Text); at >= 0 {
		line, col := relaxed.LineCol(job.Text, at)
		return usagef("%s:%d:%d：文本不是 UTF-8", "%s:%d:%d: the text is not UTF-8", cmp.Or(job.File, job.Do), line, col)
	}
	for _, word := range slices.Concat(job.Argv, slices.Collect(maps.Values(job.Vars))) {
		if at := relaxed.BadByte(word); at >= 0 {
			return usagef("%q 在第 %d 字节处不是 UTF-8", "%q is not UTF-8 at byte %d", word, at)
		}
	}
	return nil
}

// columnsOf is the width of the terminal that w is, 0 when it is none.
func columnsOf(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	n, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return n
}

// do does one job and lets go of the root.
func (s *settings) do(ctx context.Context, job ctl.Job, io ctl.Stdio) (int, error) {
	h := &holder{s: s, errs: io.Err}
	code, err := h.do(ctx, job, io)
	return code, errors.Join(err, h.close())
}

func socketPath(dir string) string { return filepath.Join(dir, ".carya", "ctl.sock") }

// logger writes warnings, and more with -v, for a person.
func (s *settings) logger(w interface{ Write([]byte) (int, error) }) *slog.Logger {
	level := slog.LevelWarn
	if s.verbose {
		level = slog.LevelDebug
	}
	return slog.New(newBoundedLog(w, level))
}
