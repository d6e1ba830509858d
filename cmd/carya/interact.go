package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/ergochat/readline"
	"github.com/spf13/cobra"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/shell/syntax"
)

// session is one interactive `carya sh`.
type session struct {
	*holder
	id  string // of its variables
	ctx context.Context
	job ctl.Job
	io  ctl.Stdio
	rl  *readline.Instance
	out tally
}

// interact reads lines and runs them until the person leaves. Ctrl-C ends the
// line or the running command; Ctrl-D, exit and quit leave.
func (s *settings) interact(c *cobra.Command, job ctl.Job) error {
	ctx, stop := signal.NotifyContext(context.WithoutCancel(c.Context()), syscall.SIGTERM)
	defer stop()
	job.Lang = s.lang
	x := &session{
		id:     domain.NewID(),
		holder: &holder{s: s, errs: c.ErrOrStderr()},
		ctx:    ctx,
		job:    job,
		io:     ctl.Stdio{In: eofReader{}, Out: visibleOn(c.OutOrStdout()), Err: &visible{w: c.ErrOrStderr()}},
	}
	x.io.Out, x.io.Err = x.out.writer(x.io.Out), x.out.writer(x.io.Err)
	defer x.close()
	name, err := x.domainName()
	if err != nil {
		return err
	}
	x.job.Domain = name
	tty := &console{in: os.Stdin, out: os.Stdout}
	x.rl, err = readline.NewFromConfig(&readline.Config{
		Prompt:       name + ":~> ",
		HistoryFile:  historyFile(),
		HistoryLimit: 2000,
		AutoComplete: x,
		Stdin:        tty,
		Stdout:       tty,
	})
	if err != nil {
		return err
	}
	defer x.rl.Close()
	defer context.AfterFunc(ctx, func() { x.rl.Close() })()
	fmt.Fprintln(x.io.Out, s.text("输入 man 查看命令，Tab 补全，Ctrl-D 退出。", "man lists the commands, Tab completes, Ctrl-D leaves."))
	return x.loop(name)
}

// domainName opens the domain, so that a wrong name is said before the prompt.
func (x *session) domainName() (string, error) {
	var out bytes.Buffer
	job := x.job
	job.Do = "domain"
	code, err := x.do(x.ctx, job, ctl.Stdio{Out: &out, Err: x.io.Err})
	if err == nil && code != 0 {
		err = exitError(code)
	}
	return strings.TrimSpace(out.String()), err
}

func (x *session) loop(name string) error {
	for {
		text, err := x.readPipeline(name)
		switch {
		case errors.Is(err, readline.ErrInterrupt):
			continue
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		switch strings.TrimSpace(text) {
		case "":
			continue
		case "exit", "quit":
			return nil
		}
		if err := x.runLine(text); err != nil {
			return err
		}
	}
}

// readPipeline reads a line, and further ones while it is incomplete.
func (x *session) readPipeline(name string) (string, error) {
	x.out.end(x.io.Out)
	x.rl.SetPrompt(name + ":~> ")
	text, err := x.rl.ReadLine()
	for err == nil && incomplete(text) {
		var more string
		x.rl.SetPrompt(strings.Repeat(" ", len(name)) + "  > ")
		more, err = x.rl.ReadLine()
		text += "\n" + more
	}
	return text, err
}

func incomplete(text string) bool {
	_, err := syntax.Parse(text, syntax.Pos{})
	var fault *syntax.Error
	return errors.As(err, &fault) && fault.Incomplete
}

// runLine runs one text; Ctrl-C cancels it. Only a lost server ends the session.
func (x *session) runLine(text string) error {
	ctx, stop := signal.NotifyContext(x.ctx, os.Interrupt)
	defer stop()
	job := x.job
	job.Do, job.Text, job.Session = "script", text, x.id
	_, err := x.do(ctx, job, x.io)
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(x.io.Err, domain.E("e.canceled").In(job.Lang))
		return nil
	}
	return err
}

// Do completes the word at pos, for readline: it gives what is to be added.
func (x *session) Do(line []rune, pos int) (added [][]rune, shared int) {
	var out bytes.Buffer
	job := x.job
	job.Do, job.Text, job.Pos = "complete", string(line), len(string(line[:pos]))
	if code, err := x.do(x.ctx, job, ctl.Stdio{Out: &out, Err: io.Discard}); err != nil || code != 0 {
		return nil, 0
	}
	var found shell.Completion
	if json.Unmarshal(out.Bytes(), &found) != nil {
		return nil, 0
	}
	typed := string(line[:pos])[found.From:]
	for _, cand := range found.Candidates {
		rest, ok := strings.CutPrefix(cand.Text, typed)
		if ok && !strings.HasSuffix(rest, "/") {
			rest += " "
		}
		if ok {
			added = append(added, []rune(rest))
		}
	}
	return added, len([]rune(typed))
}

// historyFile is where lines are kept between sessions, "" when there is no
// place for it.
func historyFile() string {
	dir := os.Getenv("XDG_STATE_HOME")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(home, ".local", "state")
	}
	dir = filepath.Join(dir, "carya")
	if os.MkdirAll(dir, 0o700) != nil {
		return ""
	}
	return filepath.Join(dir, "history")
}
