package domain

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Kind says what sort of failure an error is. The map from Kind to HTTP status
// stands in regapi, the one to exit codes in cmd/carya.
type Kind uint8

// The kinds. Internal is the zero value: a cause that nobody classified.
const (
	Internal     Kind = iota
	Invalid           // the caller's data is wrong
	Usage             // a command or script is written wrong
	Unauthorized      // nobody is signed in
	Forbidden         // somebody is, and may not
	NotFound          // the object does not exist
	Method            // the object exists and does not take this method
	Conflict          // the object changed or exists already
	TooLarge          // over a size limit
	TooMany           // over a rate limit
	Busy              // the server has no capacity now; try again
	Timeout           // the deadline passed
)

// Error is the error of every room: a stable code for programs, a kind for the
// outside maps, a detail for people. Its text is `code : detail`.
type Error struct {
	Code   string // dotted, e.g. "e.io.obj.noexists"
	Kind   Kind
	Detail string // what exactly; holds no secret; may be shown to the caller
	Data   any    // what the envelope shows as data, e.g. seconds to wait
	Err    error  // the cause; goes to the log, never to the caller

	DetailZH string // Detail in Chinese; "" is Detail
}

// E makes an error of a code of the catalogue; the kind comes from there.
// The details are joined by one blank; a Text among them is said in the language of
// whoever gets to read it (DetailIn).
func E(code string, detail ...any) *Error {
	e := &Error{Code: code, Kind: kindOf(code)}
	if len(detail) == 0 {
		return e
	}
	e.Detail = joined(detail, EN)
	if zh := joined(detail, ZH); zh != e.Detail {
		e.DetailZH = zh
	}
	return e
}

// joined is details in a language.
func joined(detail []any, l Lang) string {
	s := fmt.Sprintln(spoken(detail, l)...)
	return s[:len(s)-1]
}

// DetailIn is the detail in a language.
func (e *Error) DetailIn(l Lang) string {
	if l != EN && e.DetailZH != "" {
		return e.DetailZH
	}
	return e.Detail
}

// Said is the detail in both languages, for the detail of another error.
func (e *Error) Said() Text { return Text{ZH: e.DetailIn(ZH), EN: e.Detail} }

// Wrap is E with a cause that errors.Is and errors.As can see.
func Wrap(err error, code string, detail ...any) *Error {
	e := E(code, detail...)
	e.Err = err
	return e
}

// With returns a copy of e that carries data for the envelope.
func (e *Error) With(data any) *Error {
	c := *e
	c.Data = data
	return &c
}

func (e *Error) Error() string { return e.In(EN) }

// In is the error's text in a language. In Chinese a code without detail, or with a
// detail that is no more than a name, comes with what it means.
func (e *Error) In(l Lang) string {
	s := e.Code
	if what := e.What(l); what != "" {
		s += " : " + what
	}
	if e.Err != nil && !e.says(e.Err) {
		s += ": " + Say(e.Err, l)
	}
	return s
}

// What is the detail for a person at a terminal, who does not see the catalogue's
// text beside it: in Chinese a detail that is only a name comes with that text.
func (e *Error) What(l Lang) string {
	switch {
	case l == EN || e.DetailZH != "":
		return e.DetailIn(l)
	case e.Detail == "":
		return Message(e.Code, l)
	}
	return Message(e.Code, l) + "：" + e.Detail
}

// Line is code and detail, without the cause; without a detail the catalogue's text
// stands in its place.
func (e *Error) Line(l Lang) string {
	what := e.What(l)
	if what == "" {
		what = Message(e.Code, l)
	}
	return e.Code + " : " + what
}

// says reports whether the code tells all that the system said.
func (e *Error) says(cause error) bool {
	switch cause.(type) {
	case *fs.PathError, *os.LinkError:
		code := ioCode(cause)
		return code == e.Code && code != "e.internal"
	}
	return false
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is holds for two errors of the same code, so that
// errors.Is(err, domain.E("e.io.obj.noexists")) asks for the code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// AsError finds the Error in err's chain; any other error becomes
// "e.internal" with err as its cause. AsError(nil) is nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return Wrap(err, "e.internal")
}

// CodeOf is the code of err, "" for nil.
func CodeOf(err error) string {
	if err == nil {
		return ""
	}
	return AsError(err).Code
}

// String is the kind's name in lower case.
func (k Kind) String() string {
	names := [...]string{
		"internal", "invalid", "usage", "unauthorized", "forbidden", "not found",
		"method", "conflict", "too large", "too many", "busy", "timeout",
	}
	if int(k) < len(names) {
		return names[k]
	}
	return "unknown"
}
