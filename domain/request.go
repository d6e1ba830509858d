package domain

import (
	"context"
	"io"
	"time"
)

// Request is what a run knows of the HTTP call that started it. A nil Request
// is a run without one: the command line, cron.
type Request struct {
	ID       string // the request object's id: `cat id:${id}` is the body
	Method   string
	Path     string // of the URL, as sent
	RawQuery string
	Remote   string                   // the client's address without port
	Header   func(name string) string // canonical or any case; "" when absent
	Len      int64                    // of the body in bytes, known once it was read

	// Body opens the body from its start; it may be called again. A large
	// body lies on disk and is removed when the request ends.
	Body func() (io.ReadSeekCloser, error)

	// Form gives the decoded query and the decoded body parameters, in
	// order of appearance; body values come after query values.
	Form func() ([]Param, error)

	// Device is the device tokens that the request carries (see www), "" when none.
	// SetDevice has the caller's browser keep them for a time; where that
	// cannot be it does nothing. Both may be nil.
	Device    func() string
	SetDevice func(tokens string, age time.Duration)

	// Identity is the signed-in person, nil when nobody is. It is
	// looked up on first use.
	Identity func() (*Identity, error)

	// Lasting gives a context for what lasts, as a watch does: it ends, with the reason
	// as its cause, soon after what let the caller in has ended. It may be nil.
	Lasting func(ctx context.Context) (context.Context, context.CancelFunc)
}

// Param is one parameter of a request as it was sent, untrimmed. Body tells
// whether it came in the body; JSON is its raw JSON when the body was JSON.
type Param struct {
	Name, Value string
	Body        bool
	JSON        []byte
}
