package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"sync"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/regapi/scenario"
	"github.com/caryahq/carya/shell"
)

// scratchHost is a host name that is a scratch copy's own: addresses need not
// name the domain there, and cookies count.
const scratchHost = "carya.test"

// scenarioRunner runs scenarios in this scratch copy. Requests are not limited
// per address.
func (a *app) scenarioRunner(dom string, lang domain.Lang) *scenario.Runner {
	return &scenario.Runner{
		Handler: a.serveHTTP(false),
		Host:    scratchHost,
		Lang:    lang,
		Vars:    map[string]string{"domain": dom},
		Shell: func(ctx context.Context, line string, vars shell.Vars, out io.Writer) error {
			script, err := a.registry.CompileText(line, shell.CompileOptions{})
			if err != nil {
				return err
			}
			return a.runWith(ctx, ctl.Job{Domain: dom, Lang: lang}, ctl.Stdio{In: eofReader{}, Out: out, Err: io.Discard}, script, vars)
		},
	}
}

// testLog keeps what a copy's server logs: the cause of a 500 stands nowhere
// else.
type testLog struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *testLog) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelError}))
}

// Write implements io.Writer.
func (l *testLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// take gives what was logged since the last time.
func (l *testLog) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.buf.Reset()
	return l.buf.String()
}
