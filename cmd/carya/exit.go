package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/caryahq/carya/domain"
)

// exitError ends the program with a code and no further word: the message was
// printed where it arose (in the server, say).
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// usageError is a wrong command line.
type usageError struct{ msg domain.Text }

func (e usageError) Error() string { return e.In(domain.EN) }

// In is the error in a language.
func (e usageError) In(l domain.Lang) string { return e.msg.In(l) }

func usagef(zh, en string, args ...any) error { return usageError{domain.Textf(zh, en, args...)} }

// wrongUsage makes an error one of usage.
func wrongUsage(err error) error { return usageError{domain.TextOf(err)} }

// exitCode is the one map from errors to exit codes: 0 done, 1 failed, 2 wrong
// usage.
func exitCode(err error) int {
	var code exitError
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &usage):
		return 2
	case domain.AsError(err).Kind == domain.Usage:
		return 2
	}
	return 1
}

// report prints err as `e.code : detail` in a language and gives the exit code.
func report(w io.Writer, err error, l domain.Lang) int {
	code := exitCode(err)
	var silent exitError
	if err != nil && !errors.As(err, &silent) {
		fmt.Fprintln(&visible{w: w}, errorLine(err, l))
	}
	return code
}

// errorLine is the line that a person at a terminal sees: where, what, why.
func errorLine(err error, l domain.Lang) string {
	var usage usageError
	if errors.As(err, &usage) {
		return "carya: " + usage.In(l)
	}
	return domain.Say(err, l)
}
