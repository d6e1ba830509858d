package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"
	"time"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
)

// holder does jobs for a session of many: in the server when one runs, else in
// this process, which then keeps the root open and takes other terminals' jobs
// as a server would.
type holder struct {
	s    *settings
	errs io.Writer
	app  *app
	jobs *ctl.Server
	busy sync.RWMutex // held for reading while a job of the session runs here
	left bool         // a server has taken over, and nobody was told
}

func (h *holder) do(ctx context.Context, job ctl.Job, io ctl.Stdio) (int, error) {
	h.busy.RLock()
	defer h.busy.RUnlock()
	if h.app != nil {
		return h.app.do(ctx, job, io), nil
	}
	if h.left && job.Do == "script" {
		h.left = false
		fmt.Fprintln(io.Err, h.s.text("服务进程已接管，此前设置的变量没有了", "a server has taken over; variables that were set are gone"))
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
	jobs, err := ctl.Listen(socketPath(dir), func(ctx context.Context, job ctl.Job, io ctl.Stdio) int {
		if job.Do == leaveJob {
			return h.leave()
		}
		return a.do(ctx, job, io)
	})
	if err != nil && !errors.Is(err, syscall.EROFS) { // else nobody else has a job for us
		return errors.Join(err, a.close())
	}
	h.app, h.jobs = a, jobs
	return nil
}

func (h *holder) close() error {
	h.busy.Lock()
	defer h.busy.Unlock()
	if h.app == nil {
		return nil
	}
	if h.jobs == nil {
		return h.app.close()
	}
	return errors.Join(h.jobs.Close(), h.app.close())
}

// leaveJob is what a server that starts asks a session that holds the root.
const leaveJob = "leave"

// leaveTime is how long a server waits for a session to end what it is doing.
const leaveTime = 2 * time.Second

// leave lets go of the root when the session does nothing at the moment; from
// then on its jobs go to the server. It is 0 when that is so.
func (h *holder) leave() int {
	for end := time.Now().Add(leaveTime); !h.busy.TryLock(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			return 1
		}
	}
	a, jobs := h.app, h.jobs
	h.app, h.jobs, h.left = nil, nil, true
	go func() { // the socket waits for this very job
		defer h.busy.Unlock()
		if err := errors.Join(jobs.Close(), a.close()); err != nil {
			a.log.Warn("the root was not closed well", "err", err)
		}
	}()
	return 0
}

// openAsServer opens the root, also when a session at a terminal holds it and has
// nothing to do.
func (a *app) openAsServer(ctx context.Context, dir string) error {
	err := a.open(dir)
	if domain.CodeOf(err) != "e.domain.locked" {
		return err
	}
	nowhere := ctl.Stdio{In: eofReader{}, Out: io.Discard, Err: io.Discard}
	code, e := ctl.Do(ctx, socketPath(dir), ctl.Job{Do: leaveJob}, nowhere)
	if _, gone := errors.AsType[*ctl.Lost](e); !gone && (e != nil || code != 0) {
		return err
	}
	for end := time.Now().Add(leaveTime); domain.CodeOf(err) == "e.domain.locked" && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		err = a.open(dir)
	}
	return err
}
