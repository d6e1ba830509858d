package filestore

import (
	"errors"
	"fmt"
	"io/fs"
)

// Fault is something wrong on disk. Offset is bytes into the file, -1 when the
// whole of it is meant.
type Fault struct {
	File     string // from the domain's folder
	Offset   int64
	Msg      string
	Repaired bool
}

func (f Fault) String() string {
	s := "~/" + f.File
	if f.Offset >= 0 {
		s += fmt.Sprintf(" at offset %d", f.Offset)
	}
	if f.Repaired {
		return s + ": " + f.Msg + " (repaired)"
	}
	return s + ": " + f.Msg
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
