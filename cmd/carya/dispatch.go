package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/caryahq/carya/cmd/carya/ctl"
)

// dispatch does a job where the root is: in the server that holds it, else in
// this process under the root's lock.
func (s *settings) dispatch(c *cobra.Command, job ctl.Job) error {
	job.Lang = s.lang
	if job.Domain == "" {
		job.Domain = s.domain
	}
	io := ctl.Stdio{In: c.InOrStdin(), Out: c.OutOrStdout(), Err: c.ErrOrStderr()}
	code, err := s.do(c.Context(), job, io)
	switch {
	case err != nil:
		return err
	case code != 0:
		return exitError(code)
	}
	return nil
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
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}
