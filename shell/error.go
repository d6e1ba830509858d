package shell

import (
	"errors"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell/syntax"
)

// Error says where in a script something went wrong: at load, the place of the
// offending word; in a run, the stage that failed. Err holds the domain.Error
// with the code.
type Error struct {
	File    string     // "" for a line that was typed
	Pos     syntax.Pos // zero when there is no source
	Command string     // "www checkme"; "" when it has no part in the fault
	Err     error
}

// Error is file:line:col: command: code : detail, without what is not known.
func (e *Error) Error() string { return e.In(domain.EN) }

// In is Error in a language.
func (e *Error) In(l domain.Lang) string {
	var b strings.Builder
	b.WriteString(e.Place())
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	if e.Command != "" {
		b.WriteString(e.Command)
		b.WriteString(": ")
	}
	b.WriteString(domain.Say(e.Err, l))
	return b.String()
}

// Place is file:line:col, or what of it is known.
func (e *Error) Place() string {
	switch {
	case e.Pos.Line == 0:
		return e.File
	case e.File == "":
		return e.Pos.String()
	}
	return e.File + ":" + e.Pos.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Faults takes an error of Compile apart: one Error for each fault, in the
// order of the source. Any other error gives the Error in its chain, or none.
func Faults(err error) []*Error {
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		var out []*Error
		for _, e := range j.Unwrap() {
			out = append(out, Faults(e)...)
		}
		return out
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return []*Error{e}
	}
	return nil
}

// ErrorLine is what the command line prints for an error: `e.code : detail`.
// An error without detail shows the catalogue's text in its place; the cause
// is never shown.
func ErrorLine(err error, lang domain.Lang) string {
	e := domain.AsError(err)
	if e == nil {
		return ""
	}
	return e.Line(lang)
}
