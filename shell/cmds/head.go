package cmds

import (
	"errors"
	"io"

	"github.com/caryahq/carya/shell"
)

func head() *shell.Command {
	return &shell.Command{
		Name:   "head",
		Manual: manual("head"),
		Reads:  true,
		Params: []shell.Param{sourcesParam()},
		Options: []shell.Option{
			option("n", "LINES", shell.Int, "how many lines (10)", "行数，默认 10"),
			option("c", "BYTES", shell.Int, "how many bytes instead", "改为字节数"),
		},
		Run: runHead,
	}
}

func runHead(c *shell.Call) error {
	lines, err := wholeNumber(c, "n", 10)
	if err != nil {
		return err
	}
	bytes, err := wholeNumber(c, "c", -1)
	if err != nil {
		return err
	}
	return eachSource(c, 0, func(s source) error {
		if bytes >= 0 {
			return copyTo(c.Out, io.LimitReader(s, int64(bytes)))
		}
		return headLines(c.Out, s, lines)
	})
}

// errEnough ends a walk early.
var errEnough = errors.New("enough")

func headLines(w io.Writer, r io.Reader, n int) error {
	if n == 0 {
		return nil
	}
	err := eachLine(r, func(line []byte) error {
		if _, err := w.Write(line); err != nil {
			return err
		}
		if n--; n == 0 {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}
