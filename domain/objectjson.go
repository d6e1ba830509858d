package domain

import (
	"strconv"

	"github.com/caryahq/carya/domain/relaxed"
)

// AppendJSON appends the object as one line of strict JSON: id (null without
// one), nm, ph, pid (absent without one), race, tp, mime (both null for a
// directory), len, ct, lm, then the metadata.
func (o *Object) AppendJSON(dst []byte) []byte {
	dst = appendTextOrNull(append(dst, `{"id":`...), o.ID)
	dst = relaxed.AppendString(append(dst, `,"nm":`...), o.Name)
	dst = relaxed.AppendString(append(dst, `,"ph":`...), o.Path.String())
	if o.PID != "" {
		dst = relaxed.AppendString(append(dst, `,"pid":`...), o.PID)
	}
	dst = relaxed.AppendString(append(dst, `,"race":`...), string(o.Race))
	dst = appendTextOrNull(append(dst, `,"tp":`...), o.Type)
	dst = appendTextOrNull(append(dst, `,"mime":`...), o.Mime)
	dst = strconv.AppendInt(append(dst, `,"len":`...), o.Len, 10)
	dst = strconv.AppendInt(append(dst, `,"ct":`...), o.Created, 10)
	dst = strconv.AppendInt(append(dst, `,"lm":`...), o.Modified, 10)
	if len(o.Meta) > len(`{}`) {
		dst = append(append(dst, ','), o.Meta[1:len(o.Meta)-1]...)
	}
	return append(dst, '}')
}

func appendTextOrNull(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, "null"...)
	}
	return relaxed.AppendString(dst, s)
}

// standard reports whether a key is an object's own and so never metadata.
func standard(key string) bool {
	switch key {
	case "id", "nm", "ph", "pid", "race", "tp", "mime", "len", "ct", "lm":
		return true
	}
	return false
}
