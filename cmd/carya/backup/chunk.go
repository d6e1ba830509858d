package backup

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/caryahq/carya/domain/relaxed"
)

// chunks cuts lines into entries of bounded length.
type chunks struct {
	b    *writer
	dir  string
	head []byte // each entry begins with it
	n    *int
	buf  []byte
}

// add adds a line; a document of several lines becomes one.
func (c *chunks) add(line []byte) error {
	if len(c.buf) == 0 {
		c.buf = append(c.buf, c.head...)
	}
	if bytes.IndexByte(line, '\n') >= 0 || bytes.IndexByte(line, '\r') >= 0 {
		c.buf = relaxed.AppendCompact(c.buf, line)
	} else {
		c.buf = append(c.buf, line...)
	}
	c.buf = append(c.buf, '\n')
	if len(c.buf) >= chunkSize {
		return c.flush()
	}
	return nil
}

func (c *chunks) flush() error {
	if len(c.buf) == 0 {
		return nil
	}
	*c.n++
	err := c.b.bytes(fmt.Sprintf("%s%06d.jsonl", c.dir, *c.n), c.buf)
	c.buf = c.buf[:0]
	return err
}

func headLine(s setLine) []byte {
	line, _ := json.Marshal(s) // two plain fields
	return append(line, '\n')
}
