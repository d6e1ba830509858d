package regapi

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/regapi/share"
)

const (
	answerHold  = 32 << 10 // output that is held back, so that an error can still be answered
	contentHold = 2 << 20  // of pictures and the like: they get an ETag and ranges
	headMax     = 32 << 10 // of http-dynamic-header and locations
	answerKeep  = 64 << 10 // of a buffer, for the next request
)

// answer is a script's output on its way to the client. What fits into the
// buffer is sent with its length, or dropped for an error; what does not is
// streamed.
type answer struct {
	c       *call
	ep      *endpoint
	buf     []byte
	hold    int
	held    share.Hold // of the domain's memory, by a long buffer
	status  int
	waiting bool // for the end of the HTTP head
	place   bool // the output is a location
	started bool // the status is on its way
	size    int64

	keep     cacheKey // where the answer is kept; without an endpoint it is not
	promised int64    // one more than the length that the head names; 0: none
}

// open makes ready for a script's output.
func (a *answer) open(ep *endpoint) {
	a.ep, a.status, a.hold = ep, ep.status, answerHold
	a.held = a.c.share().Hold()
	a.waiting, a.place = ep.head, isRedirect(ep.status) && !ep.head
	if !ep.isJSON() && !ep.head && a.c.r.Method != http.MethodPost {
		a.hold = contentHold
	}
	if a.shapes() {
		a.hold = shapeHold
	}
	h := a.c.w.Header()
	for _, kv := range ep.headers {
		if a.c.mayNotSet(kv.name) {
			continue
		}
		h[kv.name] = kv.values
		if kv.name == "Set-Cookie" {
			h[kv.name] = nil
			for _, v := range kv.values {
				h[kv.name] = append(h[kv.name], a.c.hardened(v))
			}
		}
	}
	if ep.ctype != nil {
		h["Content-Type"] = ep.ctype
	}
}

// shapes reports whether the output is wrapped.
func (a *answer) shapes() bool { return a.ep != nil && a.ep.envelope.on() && a.ep.isJSON() }

func (a *answer) reset() {
	buf := a.buf[:0]
	if cap(buf) > answerKeep {
		buf = nil
	}
	*a = answer{c: a.c, buf: buf}
}

// Write implements io.Writer for the script's last stage.
func (a *answer) Write(p []byte) (int, error) {
	if a.started {
		a.size += int64(len(p))
		return a.send(p)
	}
	if a.waiting || a.place {
		if len(a.buf)+len(p) > headMax+contentHold {
			return 0, domain.E("e.cmd.limit.output", domain.Text{ZH: "HTTP 头或跳转地址过长", EN: "the HTTP head or the location is too long"})
		}
	}
	now, rest := p, []byte(nil)
	if over := len(a.buf) + len(p) - a.hold; over > 0 && !a.waiting && !a.place {
		if a.shapes() {
			return 0, domain.E("e.cmd.limit.output", domain.Textf("成型的应答最多 %v 字节", "an answer in a shape may have %v bytes", a.hold))
		}
		now, rest = p[:len(p)-over+1], p[len(p)-over+1:]
	}
	if err := a.put(now); err != nil {
		return 0, err
	}
	if len(rest) > 0 {
		a.size += int64(len(rest))
		if _, err := a.send(rest); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// put adds to the buffer, and begins to send what is more than is held back.
func (a *answer) put(p []byte) error {
	if err := a.grow(len(p)); err != nil {
		return err
	}
	a.buf = append(a.buf, p...)
	if a.waiting {
		if err := a.takeHead(); err != nil {
			return err
		}
	}
	if !a.waiting && !a.place && len(a.buf) > a.hold {
		return a.stream()
	}
	return nil
}

// grow makes room for n more bytes in the buffer; what is long counts for the domain.
func (a *answer) grow(n int) error {
	size := len(a.buf) + n
	if size <= cap(a.buf) {
		return nil
	}
	if size > answerKeep {
		size = max(size, 2*cap(a.buf))
		if !a.held.Memory(int64(size - cap(a.buf))) {
			return a.held.Refuse()
		}
	}
	a.buf = slices.Grow(a.buf, size-len(a.buf))
	return nil
}

// Promise implements shell.Promiser: a file that is sent as it is read is no
// output that anything holds. Only a replay gathers its answer.
func (a *answer) Promise(int64) bool {
	return a.ep != nil && !a.place && !a.shapes() && (a.c.trace == nil || !a.c.trace.replay)
}

// Flush lets the client see what there is.
func (a *answer) Flush() error {
	if a.waiting || a.place || a.ep == nil || a.shapes() {
		return nil
	}
	if !a.started {
		if err := a.stream(); err != nil {
			return err
		}
	}
	a.c.hurry()
	a.c.breathe()
	return gone(a.c.lend(http.NewResponseController(a.c.w).Flush))
}

// stream sends the head and what was held back; the rest follows as it comes.
func (a *answer) stream() error {
	a.headers()
	if a.promised > 0 {
		a.c.w.Header()["Content-Length"] = []string{strconv.FormatInt(a.promised-1, 10)}
	}
	a.begin()
	_, err := a.send(a.buf)
	a.size += int64(len(a.buf))
	return err
}

// send gives the client a part of an answer that lasts. It has a while to take it, and
// as long as it does not the slot is another's.
func (a *answer) send(p []byte) (n int, err error) {
	a.c.hurry()
	a.c.breathe()
	err = a.c.lend(func() error {
		n, err = a.c.w.Write(p)
		return err
	})
	return n, gone(err)
}

// gone tells an error of the connection, which is nobody's fault here: the client is gone,
// or takes nothing. What the endpoint does wrong stays as it is.
func gone(err error) error {
	if err == nil {
		return nil
	}
	for _, ours := range []error{http.ErrContentLength, http.ErrBodyNotAllowed, http.ErrNotSupported} {
		if errors.Is(err, ours) {
			return err
		}
	}
	if _, ok := errors.AsType[*domain.Error](err); ok {
		return err // while waiting for the slot
	}
	return domain.Wrap(err, "e.canceled", domain.Text{ZH: "调用方已断开", EN: "the client is gone"})
}

// headers sets what depends on the output.
func (a *answer) headers() {
	h := a.c.w.Header()
	if h["Content-Type"] == nil && bodyAllowed(a.status) {
		h["Content-Type"] = a.contentType()
	}
	if !isJSONType(h.Get("Content-Type")) {
		a.c.sandbox()
	}
}

func (a *answer) begin() {
	a.started = true
	a.c.w.WriteHeader(a.status)
}

// contentType tells JSON from other text; a declared family of types is
// compared with what the output really is.
func (a *answer) contentType() []string {
	if a.ep.sniff != nil {
		t := http.DetectContentType(a.buf)
		for _, f := range a.ep.sniff {
			if f == "application/json" && looksJSON(a.buf) {
				return jsonType
			}
			if prefix, ok := strings.CutSuffix(f, "*"); t == f || ok && strings.HasPrefix(t, prefix) {
				return []string{t}
			}
		}
		return []string{"application/octet-stream"}
	}
	if looksJSON(a.buf) {
		return jsonType
	}
	return textType
}

func looksJSON(b []byte) bool {
	b = bytes.TrimLeft(b, " \t\r\n")
	if len(b) == 0 {
		return true // an endpoint is JSON unless it says otherwise
	}
	switch b[0] {
	case '{', '[', '"':
		return true
	}
	switch string(bytes.TrimRight(b, " \t\r\n")) {
	case "null", "true", "false":
		return true
	}
	return false
}

func bodyAllowed(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified
}

// finish sends what the script has left, or its error.
func (a *answer) finish(err error) {
	if err == nil && a.waiting {
		err = errNoHead
	}
	if over := cmp.Or(a.c.body.err, a.c.form.err); over != nil && !a.started && overLimit(over) {
		err = over
	}
	if err == nil && !a.started && a.shapes() {
		err = a.wrap()
	}
	switch {
	case err != nil && a.started:
		a.c.broken(err)
	case err != nil:
		a.c.failScript(err)
	case a.started && a.promised > 0 && a.size != a.promised-1:
		a.c.broken(domain.E("e.api.head", domain.Text{ZH: "长度不对", EN: "the length is wrong"}))
	case a.started:
	case a.place:
		a.redirect()
	case a.hold == contentHold && a.status == http.StatusOK && a.keep.ep == nil:
		a.headers()
		a.content()
	default:
		a.whole()
	}
}

// whole sends an output that was held back to its end.
func (a *answer) whole() {
	a.headers()
	if k := a.remember(); k != nil && k.file != "" {
		a.started = true
		a.c.toFile(k.file)
		return
	}
	h := a.c.w.Header()
	if len(a.buf) > 2000 && bodyAllowed(a.status) { // net/http counts what is shorter
		h["Content-Length"] = number(len(a.buf))
	}
	a.begin()
	a.size = int64(len(a.buf))
	if bodyAllowed(a.status) {
		a.c.w.Write(a.buf)
	}
}

// content sends a picture or the like: a client that has it already gets 304,
// and one that wants a part gets that.
func (a *answer) content() {
	sum := sha256.Sum256(a.buf)
	h := a.c.w.Header()
	if h["Etag"] == nil {
		h["Etag"] = []string{`"` + hex.EncodeToString(sum[:12]) + `"`}
	}
	a.started, a.size = true, int64(len(a.buf))
	http.ServeContent(a.c.w, a.c.r, "", time.Time{}, bytes.NewReader(a.buf))
}

// redirect sends the output as a location.
func (a *answer) redirect() {
	to := strings.TrimSpace(string(a.buf))
	if to == "" || !isHeaderValue(to) || len(to) > headMax {
		a.c.failScript(domain.E("e.api.location"))
		return
	}
	a.c.w.Header()["Location"] = []string{asciiLocation(to)}
	a.begin()
}

// asciiLocation escapes what a header cannot carry.
func asciiLocation(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
