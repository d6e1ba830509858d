package main

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// Who has a script that fails, and asks it over and over, fills no disk by way of the log.
const (
	logLines = 300  // of one domain, a minute
	logText  = 2000 // bytes of one text
)

// boundedLog is a handler that bounds how much of one domain the log tells. What is told to who
// debugs is not bounded.
type boundedLog struct {
	slog.Handler
	told *toldLines
}

func newBoundedLog(w io.Writer, level slog.Level) boundedLog {
	return boundedLog{slog.NewTextHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: cutAttr}), &toldLines{}}
}

// Handle implements slog.Handler.
func (q boundedLog) Handle(ctx context.Context, r slog.Record) error {
	name := domainOf(r)
	if name == "" || r.Level < slog.LevelInfo {
		return q.Handler.Handle(ctx, r)
	}
	switch n := q.told.count(name, r.Time); {
	case n > logLines:
		return nil
	case n == logLines:
		r = slog.NewRecord(r.Time, slog.LevelWarn, "the log leaves out what else there is of this domain, for a minute", r.PC)
		r.AddAttrs(slog.String("domain", name))
	}
	return q.Handler.Handle(ctx, r)
}

func domainOf(r slog.Record) (name string) {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "domain" {
			name = a.Value.String()
		}
		return name == ""
	})
	return name
}

// cutAttr cuts a text that is long, but for a stack.
func cutAttr(_ []string, a slog.Attr) slog.Attr {
	if a.Key == "stack" {
		return a
	}
	text := ""
	switch v := a.Value.Any().(type) {
	case string:
		text = v
	case error:
		text = v.Error()
	}
	if len(text) > logText {
		a.Value = slog.StringValue(strings.ToValidUTF8(text[:logText], "") + "…")
	}
	return a
}

// toldLines counts the lines of each domain within a minute.
type toldLines struct {
	mu     sync.Mutex
	minute time.Time
	of     map[string]int
}

func (t *toldLines) count(name string, now time.Time) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if minute := now.Truncate(time.Minute); t.of == nil || !minute.Equal(t.minute) {
		t.minute, t.of = minute, map[string]int{}
	}
	t.of[name]++
	return t.of[name]
}
