package transfer

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"iter"
	"unicode/utf8"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset"
)

// readLines walks JSON Lines: one thing a line, blank lines are passed over.
func readLines(r io.Reader) iter.Seq2[thingset.Row, error] {
	return func(yield func(thingset.Row, error) bool) {
		br := bufio.NewReaderSize(r, 256<<10)
		for n := 1; ; n++ {
			line, err := readLine(br)
			if n == 1 {
				line = bytes.TrimPrefix(line, []byte("\ufeff"))
			}
			if bad := relaxed.BadByte(string(line)); bad >= 0 {
				yield(thingset.Row{Line: n}, notUTF8(n, utf8.RuneCount(line[:bad])+1))
				return
			}
			if doc := bytes.TrimSpace(line); len(doc) > 0 && !yield(thingset.Row{Line: n, Doc: doc}, nil) {
				return
			}
			switch {
			case err == io.EOF:
				return
			case err != nil:
				yield(thingset.Row{Line: n}, err)
				return
			}
		}
	}
}

// notUTF8 is that a file is not, at a place.
func notUTF8(line, col int) error {
	return domain.E("e.cmd.arg", domain.Textf("第 %v 行第 %v 列不是 UTF-8（可能是 GBK：请另存为 UTF-8）", "line %v, column %v is not UTF-8 (is it GBK? save it as UTF-8)", line, col))
}

// readLine is the next line, whose bytes are the caller's.
func readLine(br *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := br.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case !errors.Is(err, bufio.ErrBufferFull):
			return line, err
		case len(line) > maxRow:
			return nil, domain.E("e.io.toolarge", domain.Textf("一行超过 %v 字节", "a line of more than %v bytes", maxRow))
		}
	}
}

// lineWriter writes JSON Lines.
type lineWriter struct{ w io.Writer }

// Write implements Writer.
func (l *lineWriter) Write(doc []byte) error {
	_, err := l.w.Write(append(doc[:len(doc):len(doc)], '\n'))
	return err
}

// Close implements Writer.
func (l *lineWriter) Close() error { return nil }

// listWriter writes a JSON list, one thing on a line.
type listWriter struct {
	w io.Writer
	n int
}

// Write implements Writer.
func (l *listWriter) Write(doc []byte) error {
	head := ",\n"
	if l.n == 0 {
		head = "[\n"
	}
	l.n++
	_, err := l.w.Write(append([]byte(head), doc...))
	return err
}

// Close implements Writer.
func (l *listWriter) Close() error {
	tail := "\n]\n"
	if l.n == 0 {
		tail = "[]\n"
	}
	_, err := io.WriteString(l.w, tail)
	return err
}
