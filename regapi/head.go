package regapi

import (
	"bytes"
	"net/textproto"
	"strconv"
	"strings"

	"github.com/caryahq/carya/domain"
)

var errNoHead = domain.E("e.api.head")

// takeHead reads the HTTP head that the output begins with as soon as it is
// there: an optional status line, headers, an empty line.
func (a *answer) takeHead() error {
	end, skip := headEnd(a.buf)
	if end < 0 {
		if len(a.buf) > headMax {
			return domain.E("e.api.head", domain.Text{ZH: "超过 32 KiB", EN: "it is longer than 32 KiB"})
		}
		return nil
	}
	a.waiting = false
	head := string(a.buf[:end])
	a.buf = append(a.buf[:0], a.buf[end+skip:]...)
	first := true
	for line := range strings.SplitSeq(head, "\n") {
		line = strings.TrimSuffix(line, "\r")
		if first && strings.HasPrefix(line, "HTTP/") {
			if err := a.statusLine(line); err != nil {
				return err
			}
		} else if line != "" {
			if err := a.headLine(line); err != nil {
				return err
			}
		}
		first = false
	}
	return nil
}

// headEnd is where the head ends and how long the empty line is; -1 while it is
// not there yet.
func headEnd(b []byte) (end, skip int) {
	for i := 0; i < len(b); {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			return -1, 0
		}
		if line := b[i : i+n]; len(line) == 0 || len(line) == 1 && line[0] == '\r' {
			return i, n + 1
		}
		i += n + 1
	}
	return -1, 0
}

func (a *answer) statusLine(line string) error {
	fields := strings.Fields(line)
	if len(fields) < 2 {
		return domain.E("e.api.head", domain.Text{ZH: "状态行", EN: "the status line"})
	}
	n, err := strconv.Atoi(fields[1])
	if err != nil || n < 200 || n > 599 {
		return domain.E("e.api.head", domain.Text{ZH: "状态行", EN: "the status line"})
	}
	a.status = n
	return nil
}

// headLine sets one header. A length counts once the output is streamed. The engine's own and those of the connection are
// left out.
func (a *answer) headLine(line string) error {
	name, value, ok := strings.Cut(line, ":")
	name, value = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name)), strings.TrimSpace(value)
	if !ok || !isToken(name) || !isHeaderValue(value) {
		return domain.E("e.api.head", domain.Text{ZH: "有一行不是响应头", EN: "a line is no header"})
	}
	h := a.c.w.Header()
	switch {
	case name == "Content-Length":
		if n, err := strconv.ParseInt(value, 10, 64); err == nil && n >= 0 {
			a.promised = n + 1
		}
	case a.c.mayNotSet(name):
		a.c.h.log.Warn("header refused", "domain", a.c.d.Name(), "endpoint", a.ep.file, "header", name)
	case name == "Content-Type":
		h["Content-Type"] = []string{withCharset(value)}
	case name == "Status":
		return a.statusLine("HTTP/1.1 " + value)
	case name == "Set-Cookie":
		h[name] = append(h[name][:len(h[name]):len(h[name])], a.c.hardened(value))
	case name == "Vary" || name == "Link":
		h[name] = append(h[name][:len(h[name]):len(h[name])], value)
	default:
		h[name] = []string{value}
	}
	return nil
}
