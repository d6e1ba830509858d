package cmds

import (
	"bytes"
	"io"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

func tail() *shell.Command {
	return &shell.Command{
		Name:   "tail",
		Manual: manual("tail"),
		Reads:  true,
		Params: []shell.Param{sourcesParam()},
		Options: []shell.Option{
			option("n", "LINES", shell.Int, "how many lines (10)", "行数，默认 10"),
			option("c", "BYTES", shell.Int, "how many bytes instead", "改为字节数"),
		},
		Run: runTail,
	}
}

// maxTail bounds what tail holds while it reads, in bytes.
const maxTail = 64 << 20

func runTail(c *shell.Call) error {
	lines, err := wholeNumber(c, "n", 10)
	if err != nil {
		return err
	}
	size, err := wholeNumber(c, "c", -1)
	if err != nil {
		return err
	}
	if size > maxTail {
		return domain.E("e.cmd.arg", domain.Textf("-c 最大 %v", "-c is at most %v", maxTail))
	}
	return eachSource(c, 0, func(s source) error {
		if size >= 0 {
			return tailBytes(c, s, size)
		}
		return tailLines(c, s, lines)
	})
}

// lineHeld is what a line takes beside its text.
const lineHeld = 48

// tailLines keeps the last n lines in a ring that grows to n.
func tailLines(c *shell.Call, r io.Reader, n int) error {
	var ring [][]byte
	next, held, over, most := 0, 0, 0, peak{c: c}
	err := eachLine(r, func(line []byte) error {
		if n == 0 {
			return nil
		}
		if len(ring) < n {
			ring, over = append(ring, nil), over+lineHeld
		}
		held += len(line) - len(ring[next])
		if held > maxTail {
			return domain.E("e.io.toolarge", domain.Textf("最后 %v 行超过 %v 字节", "the last %v lines hold more than %v bytes", n, maxTail))
		}
		if err := most.at(held + over); err != nil {
			return err
		}
		ring[next] = append(ring[next][:0], line...)
		next = (next + 1) % n
		return nil
	})
	if err != nil || len(ring) == 0 {
		return err
	}
	for i := range ring {
		if _, err := c.Out.Write(ring[(next+i)%len(ring)]); err != nil {
			return err
		}
	}
	return nil
}

// tailBytes keeps at most twice n bytes while it reads.
func tailBytes(c *shell.Call, r io.Reader, n int) error {
	var held bytes.Buffer
	most := peak{c: c}
	for {
		_, err := io.CopyN(&held, r, int64(n)+1)
		if over := most.at(held.Len()); over != nil {
			return over
		}
		if more := held.Len() - n; more > 0 {
			held.Next(more)
		}
		if err == io.EOF {
			_, err = c.Out.Write(held.Bytes())
			return err
		}
		if err != nil {
			return err
		}
	}
}
