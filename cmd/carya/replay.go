package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
)

// replay sends a request through the engine, in a copy of its domain when
// nothing may change, and prints what happened. An answer of 400 and above is
// exit 1.
func (a *app) replay(ctx context.Context, ask traceJob, job ctl.Job, std ctl.Stdio) (err error) {
	req, err := ask.request(ctx, job.Lang)
	if err != nil {
		return err
	}
	on := a
	if ask.DryRun {
		d, err := a.domainOf(req)
		if err != nil {
			return err
		}
		copied, done, err := a.scratch(d, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, done()) }()
		on = copied
	}
	rec := &answered{header: http.Header{}}
	t := on.handler().Replay(rec, req)
	if err := printTrace(std.Out, t, t.Mask(rec.shown()), ask.JSON, job.Lang); err != nil {
		return err
	}
	if t.Status >= 400 {
		return exitError(1)
	}
	return nil
}

// request is the job as the engine takes it.
func (j traceJob) request(ctx context.Context, lang domain.Lang) (*http.Request, error) {
	method := j.Method
	switch {
	case method == "" && j.HasBody:
		method = http.MethodPost
	case method == "":
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://localhost"+j.URL, bytes.NewReader(j.Body))
	if err != nil {
		return nil, wrongUsage(err)
	}
	req.RemoteAddr, req.RequestURI = "127.0.0.1:0", j.URL
	for _, line := range j.Header {
		name, value, ok := strings.Cut(line, ":")
		if value = strings.TrimSpace(value); !ok {
			return nil, usagef("-H %q：应写作 NAME: VALUE", "-H %q: want NAME: VALUE", line)
		}
		if strings.EqualFold(name, "Host") {
			req.Host = value
			continue
		}
		req.Header.Add(name, value)
	}
	if req.Header.Get("Accept-Language") == "" {
		req.Header.Set("Accept-Language", string(lang))
	}
	if len(j.Body) > 0 && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", guessType(j.Body))
	}
	return req, nil
}

// guessType tells JSON from a form.
func guessType(body []byte) string {
	if b := bytes.TrimSpace(body); len(b) > 0 && (b[0] == '{' || b[0] == '[') {
		return "application/json"
	}
	return "application/x-www-form-urlencoded"
}

// domainOf is the domain that a request is for: its host's, or the one that the
// address names.
func (a *app) domainOf(req *http.Request) (*domain.Domain, error) {
	if d, ok := a.root.ByHost(req.Host); ok {
		return d, nil
	}
	_, rest, _ := strings.Cut(strings.TrimPrefix(req.URL.Path, "/"), "/")
	name, _, _ := strings.Cut(rest, "/")
	if name == "" {
		return nil, domain.E("e.api.noexists", req.URL.Path)
	}
	return a.root.Domain(name)
}

// answered keeps an answer.
type answered struct {
	header http.Header
	status int
	body   bytes.Buffer
	cut    bool
}

// maxShown is how much of an answer is kept to be shown.
const maxShown = 1 << 20

// Header implements http.ResponseWriter.
func (r *answered) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *answered) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// Write implements http.ResponseWriter.
func (r *answered) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	if room := maxShown - r.body.Len(); room < len(p) {
		r.cut = true
		r.body.Write(p[:max(room, 0)])
	} else {
		r.body.Write(p)
	}
	return len(p), nil
}

// shown is the answer's body when a person can read it.
func (r *answered) shown() string {
	kind := r.header.Get("Content-Type")
	if strings.HasPrefix(kind, "text/") || strings.Contains(kind, "json") || strings.Contains(kind, "xml") {
		return r.body.String()
	}
	return ""
}

var _ http.ResponseWriter = (*answered)(nil)
