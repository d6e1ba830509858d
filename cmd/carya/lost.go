package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// What becomes of a job whose server goes away while it works: one that only reads
// is done again; of one that writes nobody knows whether it was done.

// endOfServer is how long a server that stops may hold its root after it has let
// its jobs go.
const endOfServer = 10 * time.Second

// again does a job that the server lost before it began to answer.
func (h *holder) again(ctx context.Context, dir string, job ctl.Job, io ctl.Stdio) (int, error) {
	patience := time.After(endOfServer)
	retry := time.NewTicker(50 * time.Millisecond)
	defer retry.Stop()
	for {
		code, err := h.once(ctx, dir, job, io)
		lost, isLost := errors.AsType[*ctl.Lost](err)
		switch {
		case isLost && lost.Begun:
			return 0, lostError(lost, job)
		case !isLost && domain.CodeOf(err) != "e.domain.locked":
			return code, err
		}
		select {
		case <-retry.C:
		case <-patience:
			return 0, err
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

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
	if readsOnly(job) {
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
