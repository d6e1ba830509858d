package filestore

import (
	"errors"
	"github.com/caryahq/carya/domain"
	"io/fs"
)

// Fault is something wrong on disk. Offset is bytes into the file, -1 when the
// whole of it is meant.
type Fault struct {
	File     string // from the domain's folder
	Offset   int64
	Msg      domain.Text
	Repaired bool
}

func (f Fault) String() string { return f.In(domain.EN) }

// In is the fault in a language.
func (f Fault) In(l domain.Lang) string {
	s := "~/" + f.File
	if f.Offset >= 0 {
		s += domain.Textf(" 偏移 %d 处", " at offset %d", f.Offset).In(l)
	}
	s += ": " + f.Msg.In(l)
	if f.Repaired {
		s += domain.Text{ZH: "（已修复）", EN: " (repaired)"}.In(l)
	}
	return s
}

// add goes on with the message.
func (f *Fault) add(zh, en string, args ...any) {
	more := domain.Textf(zh, en, args...)
	f.Msg = domain.Text{ZH: f.Msg.ZH + more.ZH, EN: f.Msg.EN + more.EN}
}

// fault reports what is wrong on disk.
func (r *room) fault(f Fault) {
	r.s.o.Log.Warn("a record on disk needs a person", "domain", r.dom, "fault", f.String())
	if r.s.o.OnFault != nil {
		r.s.o.OnFault(r.dom, f)
	}
}

// missing reports whether a file is not there.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
