package domain

import (
	"errors"
	"fmt"
	"strings"

	"github.com/caryahq/carya/domain/relaxed"
)

// Fault is something wrong in a file that a person wrote: where and what.
// Line and Col count from 1, Col in characters; Line 0 means the whole file.
type Fault struct {
	File      string
	Line, Col int
	Msg       string
	Warn      bool // it works, but probably not as meant
}

func (f Fault) String() string {
	s := f.File
	if f.Line > 0 {
		s = fmt.Sprintf("%s:%d:%d", s, f.Line, f.Col)
	}
	if f.Warn {
		return s + ": warning: " + f.Msg
	}
	return s + ": " + f.Msg
}

// faultAt makes a fault at a byte offset into a source.
func faultAt(file, src string, offset int, msg string) Fault {
	line, col := relaxed.LineCol(src, offset)
	return Fault{File: file, Line: line, Col: col, Msg: msg}
}

// relaxedFault is a fault that relaxed found in a source.
func relaxedFault(file, src string, err error) Fault {
	if re, ok := errors.AsType[*relaxed.Error](err); ok {
		return faultAt(file, src, re.Offset, re.Msg)
	}
	return Fault{File: file, Msg: err.Error()}
}

// faultsError puts faults into one error: a line each in its detail, the list
// itself as its data.
func faultsError(code string, faults []Fault) error {
	lines := make([]string, len(faults))
	for i, f := range faults {
		lines[i] = f.String()
	}
	return E(code, strings.Join(lines, "\n")).With(faults)
}
