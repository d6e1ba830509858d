package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// What becomes of a job while a server stops or starts: it waits for the one that
// comes, or for the root. What a server has taken and not ended is done again when it
// only reads; of one that writes nobody knows whether it was done.

// endOfServer is how long a server that stops or starts may hold its root without
// taking jobs.
const endOfServer = 10 * time.Second

// silentWait is how long a person is not told that a job waits.
const silentWait = time.Second

// somewhere does a job in the server, or here when there is none, and exactly once.
func (h *holder) somewhere(ctx context.Context, dir string, job ctl.Job, io ctl.Stdio) (int, error) {
	patience, silent := time.After(endOfServer), time.After(silentWait)
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	for {
		code, err := h.once(ctx, dir, job, io)
		lost, isLost := errors.AsType[*ctl.Lost](err)
		switch {
		case isLost && !mayRepeat(lost, job):
			return 0, lostError(lost, job)
		case !isLost && domain.CodeOf(err) != "e.domain.locked":
			return code, err
		}
		select {
		case <-retry.C:
		case <-silent:
			fmt.Fprintln(io.Err, h.s.text("服务进程正在停止或启动，等待中……", "a server is stopping or starting: waiting for it"))
		case <-patience:
			if isLost {
				err = lostError(lost, job)
			}
			return 0, err
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// mayRepeat reports whether a job that was lost can be done again. One of a session
// cannot: its variables are gone.
func mayRepeat(lost *ctl.Lost, job ctl.Job) bool {
	return job.Session == "" && (!lost.Taken || !lost.Begun && readsOnly(job))
}

// jobsPatience is what jobs are left when whoever does them stops.
var jobsPatience = ctl.Patience{All: 5 * time.Second, Brief: 500 * time.Millisecond, IsBrief: readsOnly}

// readingJobs change nothing, whatever they are told.
func readingJobs() []string {
	return []string{"backup", "check", "client", "complete", "cron", "domain", "packdiff"}
}

// readsOnly reports whether a job changes nothing. What cannot be read is not said
// to.
func readsOnly(job ctl.Job) bool {
	var script *shell.Script
	var err error
	switch reg := newApp(slog.New(slog.DiscardHandler)).registry; job.Do {
	case "run":
		script, err = reg.CompileArgv(job.Argv)
	case "script":
		script, err = reg.CompileText(job.Text, shell.CompileOptions{File: job.File})
	case "doctor":
		return job.Vars["repair"] == ""
	case "trace":
		var ask traceJob
		return json.Unmarshal([]byte(job.Text), &ask) == nil && (ask.List || ask.Show != "")
	default:
		return slices.Contains(readingJobs(), job.Do)
	}
	return err == nil && script.Repeatable()
}

// lostError tells what to do now.
func lostError(lost *ctl.Lost, job ctl.Job) error {
	if !lost.Taken || readsOnly(job) {
		return domain.Wrap(lost, "e.server.lost", domain.Text{
			ZH: "没有改动任何数据，请再执行一次",
			EN: "nothing was changed; do it again",
		})
	}
	return domain.Wrap(lost, "e.server.lost", domain.Text{
		ZH: "命令可能已经执行，也可能没有：先查看结果（obj、thing get、history），再决定是否重做",
		EN: "the command may or may not have been done; look first (obj, thing get, history), then do it again if it was not",
	})
}
