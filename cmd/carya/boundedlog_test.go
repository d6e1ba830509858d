package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// One domain has the log say so much in a minute and no more, in lines that are not long;
// what there is of others is told.
func TestNoDomainFillsTheLog(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := &settings{}
	h := s.logger(&out).Handler()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	say := func(at time.Time, dom string) {
		r := slog.NewRecord(at, slog.LevelError, "request failed", 0)
		r.Add("domain", dom, "err", errors.New(strings.Repeat("x", 100_000)), "text", strings.Repeat("é", 100_000))
		if err := h.Handle(context.Background(), r); err != nil {
			t.Fatal(err)
		}
	}
	lines := func(dom string) int { return strings.Count(out.String(), "domain="+dom) }
	for range 5_000 {
		say(at, "greedy")
	}
	say(at, "other")
	if n := lines("greedy"); n != logLines || lines("other") != 1 {
		t.Errorf("%d lines of one domain, %d of another", n, lines("other"))
	}
	if n := out.Len(); n > (logLines+1)*3*logText {
		t.Errorf("%d bytes", n)
	}
	say(at.Add(time.Minute), "greedy")
	if n := lines("greedy"); n != logLines+1 {
		t.Errorf("a minute later: %d lines", n)
	}
}
