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
	return h.somewhere(ctx, dir, job, io)
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
	return errors.Join(h.jobs.Drain(jobsPatience), h.app.close())
}

// leaveJob is what a server that starts asks a session that holds the root.
const leaveJob = "leave"

// busyCode is the exit code of a session that does not leave now.
const busyCode = 1

// leaveTime is how long a server waits for a session to end what it is doing.
const leaveTime = 2 * time.Second

// leave lets go of the root when the session does nothing at the moment; from
// then on its jobs go to the server. It is 0 when that is so, else busyCode.
func (h *holder) leave() int {
	for end := time.Now().Add(leaveTime); !h.busy.TryLock(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			return busyCode
		}
	}
	a, jobs := h.app, h.jobs
	h.app, h.jobs, h.left = nil, nil, true
	go func() { // the socket waits for this very job
		defer h.busy.Unlock()
		if err := errors.Join(jobs.Drain(jobsPatience), a.close()); err != nil {
			a.log.Warn("the root was not closed well", "err", err)
		}
	}()
	return 0
}

// endOfVerbs is how long a server that starts lets verbs that hold the root come and
// go: each of them may take it first, however many there are.
const endOfVerbs = time.Minute

// openAsServer opens the root, also when a verb or a session at a terminal holds it
// and lets go soon.
func (a *app) openAsServer(ctx context.Context, dir string) error {
	nowhere := ctl.Stdio{In: eofReader{}, Out: io.Discard, Err: io.Discard}
	retry := time.NewTicker(10 * time.Millisecond)
	defer retry.Stop()
	silent, told := time.Now().Add(silentWait), false
	for end := time.Now().Add(endOfVerbs); ; {
		err := a.open(dir)
		if domain.CodeOf(err) != "e.domain.locked" || time.Now().After(end) {
			return err
		}
		code, e := ctl.Do(ctx, socketPath(dir), ctl.Job{Do: leaveJob}, nowhere)
		_, lost := errors.AsType[*ctl.Lost](e)
		if !lost && !errors.Is(e, ctl.ErrNoServer) && (e != nil || code > busyCode) {
			return err // a server
		}
		if !told && time.Now().After(silent) {
			told = true
			a.log.Warn("another process holds the root: waiting for it", "err", err)
		}
		select {
		case <-retry.C:
		case <-ctx.Done():
			return err
		}
	}
}
