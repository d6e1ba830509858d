package filestore

import (
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// odd takes what lies in the place of an own file and is no file: it is told once
// and left alone, a folder in a plain set, which is another set's, without a word.
func (v *sight) odd(now rows.Stamp) bool {
	fi, err := v.r.disk.Lstat(v.t.ownFile(v.id))
	switch {
	case err != nil || alike(now, v.t.broken[v.id]):
	case fi.IsDir() && v.t.plain:
		if v.t.broken == nil {
			v.t.broken = map[string]rows.Stamp{}
		}
		v.t.broken[v.id] = now
	default:
		v.refuse(now, domain.E("e.io.forbidden", domain.Text{ZH: "不是普通文件", EN: "it is no regular file"}))
	}
	return true
}

// asWritten reports whether an own file that is no record is what the engine itself
// wrote: a version before took what is not UTF-8.
func (o *owns) asWritten(id string, text []byte) bool {
	at := o.bad[id]
	if at == nil || at.pack == nil || text == nil {
		return false
	}
	line := at.pack.Line(at.line)
	return line != nil && string(recordText(line)) == string(text)
}
