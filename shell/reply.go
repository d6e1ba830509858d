package shell

import (
	"bytes"
	"encoding/json"
	"sync"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

// PrintJSON prints strict JSON as the options -c and -n of the command ask: one
// line with -c, two blanks of indent otherwise; members that are null only with
// -n. A newline ends it.
func (c *Call) PrintJSON(raw []byte) error { return c.printStyled(raw, c.stage.style) }

// Reply prints a command's answer: PrintJSON, and in the envelope
// {"ok":true,"data":…} with -ajax. Nil stands for null, which the envelope keeps.
func (c *Call) Reply(raw []byte) error {
	if !c.stage.ajax {
		return c.printStyled(raw, c.stage.style)
	}
	return c.ReplyOK(raw)
}

// ReplyOK is Reply as if -ajax were given.
func (c *Call) ReplyOK(raw []byte) error {
	return c.print(func(dst []byte) []byte { return c.appendOK(dst, orNull(raw)) })
}

func (c *Call) appendOK(dst, raw []byte) []byte {
	switch style := c.stage.style; {
	case style.compact: // the envelope needs no second look
		return append(style.append(append(dst, okHead...), raw), '}')
	case !style.nulls:
		raw = appendWithoutNulls(nil, raw)
	}
	return jsonStyle{nulls: true}.append(dst, AppendOK(nil, raw))
}

func (c *Call) printStyled(raw []byte, style jsonStyle) error {
	return c.print(func(dst []byte) []byte { return style.append(dst, orNull(raw)) })
}

var printBoxes = sync.Pool{New: func() any { return new([]byte) }}

// print writes what f appends, and a newline, at once, so that a line is never
// torn.
func (c *Call) print(f func(dst []byte) []byte) error {
	box := printBoxes.Get().(*[]byte)
	b := append(f((*box)[:0]), '\n')
	_, err := c.Out.Write(b)
	if *box = b; cap(b) <= pipeSize {
		printBoxes.Put(box)
	}
	return err
}

func orNull(raw []byte) []byte {
	if len(raw) == 0 {
		return []byte("null")
	}
	return raw
}

const okHead = `{"ok":true,"data":`

// AppendOK appends the envelope of a good answer; nil data is null.
func AppendOK(dst, raw []byte) []byte {
	dst = append(dst, okHead...)
	return append(append(dst, orNull(raw)...), '}')
}

// AppendEnvelope appends the envelope of an error: ok, errCode, msg and, when the
// error has some, data. The message is the catalogue's in that language with the
// error's detail; causes are never shown. A nil error gives {"ok":true}.
func AppendEnvelope(dst []byte, err error, lang domain.Lang) []byte {
	e := domain.AsError(err)
	if e == nil {
		return append(dst, `{"ok":true}`...)
	}
	msg := domain.Message(e.Code, lang)
	if e.Detail != "" && e.Kind != domain.Internal {
		msg += ": " + e.DetailIn(lang)
	}
	dst = append(dst, `{"ok":false,"errCode":`...)
	dst = relaxed.AppendString(dst, e.Code)
	dst = append(dst, `,"msg":`...)
	dst = relaxed.AppendString(dst, msg)
	if data := encoded(e.Data); data != nil {
		dst = append(append(dst, `,"data":`...), data...)
	}
	return append(dst, '}')
}

// encoded is an error's data as JSON; nil when there is none or it has no JSON.
func encoded(data any) []byte {
	if data == nil {
		return nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(data) != nil {
		return nil
	}
	return bytes.TrimSpace(b.Bytes())
}
