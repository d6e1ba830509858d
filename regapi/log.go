package regapi

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/caryahq/carya/domain/form"
)

// logAccess writes the request's line: to the access log when there is one, to
// the log for those who debug otherwise.
func (c *call) logAccess() {
	log, level := c.h.opt.Access, slog.LevelInfo
	if log == nil {
		log, level = c.h.log, slog.LevelDebug
	}
	ctx := context.Background()
	if !log.Enabled(ctx, level) {
		return
	}
	dom, api := "", ""
	if c.d != nil {
		dom = c.d.Name()
	}
	if c.ep != nil {
		api = c.ep.api
	}
	log.LogAttrs(ctx, level, "request",
		slog.String("request", c.id),
		slog.String("remote", c.req.Remote),
		slog.String("method", c.r.Method),
		slog.String("path", c.path()),
		slog.String("query", redact(c.r.URL.RawQuery)),
		slog.Int("status", c.out.status),
		slog.Int64("bytes", c.out.size),
		slog.Duration("took", time.Since(c.begun)),
		slog.String("domain", dom),
		slog.String("api", api),
	)
}

// redact masks what a query holds that no log may.
func redact(query string) string {
	if query == "" {
		return ""
	}
	var b strings.Builder
	for i, pair := range strings.Split(query, "&") {
		if i > 0 {
			b.WriteByte('&')
		}
		name, value, ok := strings.Cut(pair, "=")
		b.WriteString(name)
		if ok {
			b.WriteByte('=')
		}
		if value != "" && (isSecret(form.Unescape(name)) || strings.Contains(value, "=") && isSecret(value)) { // a=1;ticket=…
			value = "***"
		}
		b.WriteString(value)
	}
	return b.String()
}

// isSecret reports whether a parameter of that name holds a password, a ticket
// or a code: rather one too many.
func isSecret(name string) bool {
	name = strings.ToLower(name)
	for _, s := range []string{"pass", "pwd", "ticket", "code", "captcha", "token", "secret", "session", "auth", "key", "sign", "device"} {
		if strings.Contains(name, s) {
			return true
		}
	}
	return false
}
