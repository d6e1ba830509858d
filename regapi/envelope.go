package regapi

import (
	"errors"
	"net/http"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
)

// fail answers with an error of the engine.
func (c *call) fail(err error) { c.envelope(err, false) }

// failScript answers with an error of the script.
func (c *call) failScript(err error) {
	c.envelope(err, c.ep.isJSON() && !overLimit(err))
}

// overLimit reports whether the request broke a limit of the engine, whoever
// met it.
func overLimit(err error) bool {
	switch domain.CodeOf(err) {
	case "e.api.body.toolarge", "e.api.params":
		return true
	}
	return false
}

// envelope sends {"ok":false,…} in place of all output. An error of the server
// is told by its code and the request's id only; the cause goes to the log.
func (c *call) envelope(err error, spoken bool) {
	c.faulty(err)
	e := domain.AsError(err)
	status := statusOf(e, spoken)
	var shaped []byte
	if c.rule().on() {
		shaped, status = c.shaped(nil, e, status)
	}
	c.logError(e, err, status)
	h := c.w.Header()
	for _, name := range []string{"Location", "Etag", "Set-Cookie", "Content-Length", "Content-Disposition", "Last-Modified"} {
		delete(h, name)
	}
	h["Content-Type"], h["Cache-Control"] = jsonType, noStore
	switch {
	case status == http.StatusMethodNotAllowed && h["Allow"] == nil:
		h["Allow"] = []string{""}
	case status == http.StatusServiceUnavailable && h["Retry-After"] == nil:
		h["Retry-After"] = number(2)
	case status == http.StatusTooManyRequests && h["Retry-After"] == nil:
		h["Retry-After"] = number(1)
	case status == http.StatusRequestEntityTooLarge:
		h["Connection"] = []string{"close"} // the rest is not read
	}
	b := shaped
	if b == nil {
		b = shell.AppendEnvelope(c.out.buf[:0], e, c.lang)
	}
	if status >= 400 && shaped == nil {
		b = append(b[:len(b)-1], `,"requestId":`...)
		b = append(relaxed.AppendString(b, c.id), '}')
	}
	c.out.buf, c.out.started, c.out.status = b, true, status
	c.out.size = int64(len(b))
	c.w.WriteHeader(status)
	c.w.Write(b)
}

// broken ends an answer that has begun: the client must see that it is not
// whole.
func (c *call) broken(err error) {
	c.faulty(err)
	if e := domain.AsError(err); e.Code != "e.canceled" {
		c.logError(e, err, http.StatusInternalServerError)
	}
	panic(http.ErrAbortHandler)
}

// logError logs what is the server's fault with its cause and place.
func (c *call) logError(e *domain.Error, err error, status int) {
	if status < 500 || errors.Is(err, c.r.Context().Err()) && c.r.Context().Err() != nil {
		return
	}
	args := []any{"request", c.id, "status", status, "err", err}
	if c.d != nil {
		args = append(args, "domain", c.d.Name())
	}
	if e.Kind == domain.Busy {
		if c.h.mayTellBusy(c.begun) {
			c.h.log.Warn("busy", args...)
		}
		return
	}
	c.h.log.Error("request failed", args...)
}

// busyPause is the least time between two lines of the log about a busy server: in a
// flood they would be one for each request. /metrics counts all.
const busyPause = time.Second

// mayTellBusy reports whether the log may have such a line now.
func (h *Handler) mayTellBusy(now time.Time) bool {
	last, at := h.busyTold.Load(), now.UnixNano()
	return at-last > int64(busyPause) && h.busyTold.CompareAndSwap(last, at)
}
