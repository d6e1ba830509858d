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
	return c.newListing("[", "]").print(items, func() string { return "]" })
}

// ReplyPaged is ReplyList of {"list":[…],"pager":…}. The pager is asked for when the
// items have ended.
func (c *Call) ReplyPaged(items iter.Seq2[[]byte, error], pager func() []byte) error {
	l := c.newListing(`{"list":[`, `],"pager":1}`)
	return l.print(items, func() string { return `],"pager":` + string(pager()) + "}" })
}

// listing prints a list. What goes before, between and behind items is learnt from a
// list of one item, whatever the style is.
type listing struct {
	c                   *Call
	head, tail          string // of the JSON around the items
	before, sep, behind []byte // of the same as it is printed
	n                   int
	buf, raw, item      []byte
}

func (c *Call) newListing(head, tail string) *listing {
	l := &listing{c: c, head: head, tail: tail}
	text, at := l.around("0", tail)
	l.before, l.behind = text[:at], text[at+1:]
	l.sep = append([]byte{','}, text[bytes.IndexByte(text, '[')+1:at]...)
	return l
}

// around prints the list with an item, and where that is.
func (l *listing) around(item, tail string) (text []byte, at int) {
	text = l.c.appendReply(nil, []byte(l.head+item+tail))
	return text, bytes.IndexByte(text, '0')
}

// print prints the items, and tail behind them.
func (l *listing) print(items iter.Seq2[[]byte, error], tail func() string) error {
	for item, err := range items {
		if err == nil {
			err = l.add(item)
		}
		if err != nil {
			return err
		}
	}
	if l.n == 0 {
		l.buf, _ = l.around("", tail())
	} else {
		text, at := l.around("0", tail())
		l.buf = append(l.buf, text[at+1:]...)
	}
	_, err := l.c.Out.Write(append(l.buf, '\n'))
	return err
}

func (l *listing) add(item []byte) error {
	l.raw = append(append(append(l.raw[:0], l.head...), item...), l.tail...)
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

// appendReply appends what Reply prints, without its newline.
func (c *Call) appendReply(dst, raw []byte) []byte {
	if c.stage.ajax {
		return c.appendOK(dst, raw)
	}
	return c.stage.style.append(dst, raw)
}
