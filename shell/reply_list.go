package shell

import (
	"bytes"
	"iter"
)

// listPart is how much of a list is written at once. A list that is shorter is
// written whole, so that an error leaves nothing of it.
const listPart = 64 << 10

// ReplyList is Reply of a list whose items come one by one and are not gathered: it
// prints the same. An item's bytes are used before the next one is asked for. When an
// error comes the list ends where it is, and so does the command.
func (c *Call) ReplyList(items iter.Seq2[[]byte, error]) error {
	l := c.newListing()
	for item, err := range items {
		if err == nil {
			err = l.add(item)
		}
		if err != nil {
			return err
		}
	}
	return l.end()
}

// listing prints a list. What goes before, between and behind items is learnt from a
// list of one item, whatever the style is.
type listing struct {
	c                   *Call
	before, sep, behind []byte
	n                   int
	buf, raw, item      []byte
}

func (c *Call) newListing() *listing {
	text := c.appendReply(nil, []byte("[0]"))
	at := bytes.IndexByte(text, '0')
	l := &listing{c: c, before: text[:at], behind: text[at+1:]}
	l.sep = append([]byte{','}, text[bytes.IndexByte(text, '[')+1:at]...)
	return l
}

func (l *listing) add(item []byte) error {
	l.raw = append(append(append(l.raw[:0], '['), item...), ']')
	l.item = l.c.appendReply(l.item[:0], l.raw)
	if l.n++; l.n == 1 {
		l.buf = append(l.buf, l.before...)
	} else {
		l.buf = append(l.buf, l.sep...)
	}
	l.buf = append(l.buf, l.item[len(l.before):len(l.item)-len(l.behind)]...)
	if len(l.buf) < listPart {
		return nil
	}
	_, err := l.c.Out.Write(l.buf)
	l.buf = l.buf[:0]
	return err
}

func (l *listing) end() error {
	if l.n == 0 {
		l.buf = l.c.appendReply(l.buf, []byte("[]"))
	} else {
		l.buf = append(l.buf, l.behind...)
	}
	_, err := l.c.Out.Write(append(l.buf, '\n'))
	return err
}

// appendReply appends what Reply prints, without its newline.
func (c *Call) appendReply(dst, raw []byte) []byte {
	if c.stage.ajax {
		return c.appendOK(dst, raw)
	}
	return c.stage.style.append(dst, raw)
}
