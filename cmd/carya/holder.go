package main

import (
	"context"
	"errors"
	"io"

	"github.com/caryahq/carya/cmd/carya/ctl"
)

// holder does jobs for a session of many: in the server when one runs, else in
// this process, which then keeps the root open and takes other terminals' jobs
// as a server would.
type holder struct {
	s    *settings
	errs io.Writer
	app  *app
	jobs *ctl.Server
}

func (h *holder) do(ctx context.Context, job ctl.Job, io ctl.Stdio) (int, error) {
	if h.app != nil {
		return h.app.do(ctx, job, io), nil
	}
	dir, err := h.s.rootDir()
	if err != nil {
		return 0, err
	}
	code, err := h.once(ctx, dir, job, io)
	lost, isLost := errors.AsType[*ctl.Lost](err)
	switch {
	case !isLost:
		return code, err
	case lost.Begun || job.Session != "" || !readsOnly(job):
		return 0, lostError(lost, job)
	}
	return h.again(ctx, dir, job, io)
}

// once does a job in the server, or here when there is none.
func (h *holder) once(ctx context.Context, dir string, job ctl.Job, io ctl.Stdio) (int, error) {
	code, err := ctl.Do(ctx, socketPath(dir), job, io)
	if !errors.Is(err, ctl.ErrNoServer) {
		return code, err
	}
	if err := h.open(dir); err != nil {
		return 0, err
	}
	return h.app.do(ctx, job, io), nil
}

func (h *holder) open(dir string) error {
	a := newApp(h.s.logger(h.errs))
	if err := a.open(dir); err != nil {
		return err
	}
	jobs, err := ctl.Listen(socketPath(dir), a.do)
	if err != nil {
		return errors.Join(err, a.close())
	}
	h.app, h.jobs = a, jobs
	return nil
}

func (h *holder) close() error {
	if h.app == nil {
		return nil
	}
	return errors.Join(h.jobs.Close(), h.app.close())
}
