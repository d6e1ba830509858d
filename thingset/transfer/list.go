package transfer

import (
	"bufio"
	"bytes"
	"io"
	"iter"
	"unicode/utf8"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset"
)

// readList walks the items of one JSON list. An item is cut out by its brackets
// and quotes alone, so that one that is broken within does not end the walk.
func readList(r io.Reader) iter.Seq2[thingset.Row, error] {
	return func(yield func(thingset.Row, error) bool) {
		s := &listScanner{br: bufio.NewReaderSize(r, 256<<10), line: 1}
		if err := s.open(); err != nil {
			yield(thingset.Row{Line: s.line}, err)
			return
		}
		for {
			row, more, err := s.item()
			if err != nil {
				yield(thingset.Row{Line: s.line}, err)
				return
			}
			if row.Doc != nil && !yield(row, nil) || !more {
				return
			}
		}
	}
}

type listScanner struct {
	br   *bufio.Reader
	line int // of the byte that was read last
	col  int // in characters
}

// next is the next byte.
func (s *listScanner) next() (byte, error) {
	c, err := s.br.ReadByte()
	switch {
	case c == '\n' && err == nil:
		s.line, s.col = s.line+1, 0
	case c&0xc0 != 0x80:
		s.col++
	}
	if err == io.EOF {
		err = s.fault(domain.Text{ZH: "内容过早结束", EN: "the text ends too early"})
	}
	return c, err
}

func (s *listScanner) fault(what domain.Text) error {
	return domain.E("e.json", domain.Textf("%v，第 %v 行", "%v at line %v", what, s.line))
}

// solid is the next byte that is no blank.
func (s *listScanner) solid() (byte, error) {
	for {
		c, err := s.next()
		if err != nil || !isBlank(c) {
			return c, err
		}
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// open reads up to the list's bracket.
func (s *listScanner) open() error {
	if head, _ := s.br.Peek(3); string(head) == "\ufeff" {
		_, _ = s.br.Discard(3)
	}
	c, err := s.solid()
	if err == nil && c != '[' {
		err = s.fault(domain.Text{ZH: "应是列表", EN: "want a list"})
	}
	return err
}

// item is the next item, without Doc in an empty list; more is false behind the
// last one.
func (s *listScanner) item() (row thingset.Row, more bool, err error) {
	c, err := s.solid()
	if err != nil {
		return row, false, err
	}
	if c == ']' {
		return row, false, s.end()
	}
	row = thingset.Row{Line: s.line, Doc: []byte{}}
	col := s.col
	for depth, quoted := 0, false; ; {
		switch {
		case quoted && c == '\\':
			row.Doc = append(row.Doc, c)
			if c, err = s.next(); err != nil {
				return row, false, err
			}
		case c == '"':
			quoted = !quoted
		case quoted:
		case depth == 0 && c == ',':
			return row, true, checkText(row, col)
		case depth == 0 && c == ']':
			if err := checkText(row, col); err != nil {
				return row, false, err
			}
			return row, false, s.end()
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		if row.Doc = append(row.Doc, c); len(row.Doc) > maxRow {
			return row, false, domain.E("e.io.toolarge", domain.Textf("一项超过 %v 字节", "an item of more than %v bytes", maxRow))
		}
		if c, err = s.next(); err != nil {
			return row, false, err
		}
	}
}

// checkText refuses an item that is not UTF-8; it begins at a column.
func checkText(row thingset.Row, col int) error {
	bad := relaxed.BadByte(string(row.Doc))
	if bad < 0 {
		return nil
	}
	before := row.Doc[:bad]
	line := row.Line + bytes.Count(before, []byte{'\n'})
	if i := bytes.LastIndexByte(before, '\n'); i >= 0 {
		before, col = before[i+1:], 1
	}
	return notUTF8(line, col+utf8.RuneCount(before))
}

// end holds that nothing follows the list.
func (s *listScanner) end() error {
	for {
		c, err := s.br.ReadByte()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case !isBlank(c):
			return s.fault(domain.Text{ZH: "列表之后还有内容", EN: "there is more after the list"})
		}
	}
}
