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

	MsgZH string `json:"-"` // Msg in Chinese; "" is Msg
}

// FaultAt is a fault of a file, at a line and column.
func FaultAt(file string, line, col int, msg Text) Fault {
	f := Fault{File: file, Line: line, Col: col, Msg: cutText(msg.In(EN))}
	if zh := cutText(msg.In(ZH)); zh != f.Msg {
		f.MsgZH = zh
	}
	return f
}

func (f Fault) String() string { return f.In(EN) }

// MsgIn is the message in a language.
func (f Fault) MsgIn(l Lang) string {
	if l != EN && f.MsgZH != "" {
		return f.MsgZH
	}
	return f.Msg
}

// In is place and message in a language.
func (f Fault) In(l Lang) string {
	s := f.File
	if f.Line > 0 {
		s = fmt.Sprintf("%s:%d:%d", s, f.Line, f.Col)
	}
	if f.Warn {
		return s + ": " + Text{"警告", "warning"}.In(l) + ": " + f.MsgIn(l)
	}
	return s + ": " + f.MsgIn(l)
}

// faultAt makes a fault at a byte offset into a source.
func faultAt(file, src string, offset int, msg Text) Fault {
	line, col := relaxed.LineCol(src, offset)
	return FaultAt(file, line, col, msg)
}

// relaxedFault is a fault that relaxed found in a source.
func relaxedFault(file, src string, err error) Fault {
	if re, ok := errors.AsType[*relaxed.Error](err); ok {
		return faultAt(file, src, re.Offset, Text{re.ZH, re.Msg})
	}
	return FaultAt(file, 0, 0, TextOf(err))
}

// faultsError puts faults into one error: a line each in its detail, the list
// itself as its data.
func faultsError(code string, faults []Fault) error {
	return E(code, FaultLines(faults)).With(faults)
}

// FaultLines are faults as a text, a line each.
func FaultLines(faults []Fault) Text {
	lines := func(l Lang) string {
		var b strings.Builder
		for _, f := range faults {
			b.WriteString("\n" + f.In(l))
		}
		return strings.TrimPrefix(b.String(), "\n")
	}
	return Text{lines(ZH), lines(EN)}
}

// faultText bounds what a fault says, in bytes: a compiler quotes what it does not take.
const faultText = 2000

// cutText is a text, or the beginning of a long one.
func cutText(s string) string {
	if len(s) <= faultText {
		return s
	}
	return strings.ToValidUTF8(s[:faultText], "") + "…"
}
