package cmds

import (
	"bytes"
	"fmt"
	"io"

	"github.com/caryahq/carya/shell"
)

func uniq() *shell.Command {
	return &shell.Command{
		Name:   "uniq",
		Manual: manual("uniq"),
		Reads:  true,
		Params: []shell.Param{sourcesParam()},
		Options: []shell.Option{
			flag("c", "with how often", "带次数"),
			flag("d", "only lines that come more than once", "只要重复的行"),
			flag("u", "only lines that come once", "只要不重复的行"),
		},
		Run: func(c *shell.Call) error {
			u := &uniquer{c: c}
			err := eachSource(c, 0, func(s source) error { return eachLine(s, u.line) })
			if err != nil {
				return err
			}
			return u.flush()
		},
	}
}

// uniquer joins equal lines that follow each other.
type uniquer struct {
	c    *shell.Call
	last []byte
	n    int
}

func (u *uniquer) line(line []byte) error {
	line = withoutEnd(line)
	if u.n > 0 && bytes.Equal(line, u.last) {
		u.n++
		return nil
	}
	if err := u.flush(); err != nil {
		return err
	}
	u.last, u.n = append(u.last[:0], line...), 1
	return nil
}

func (u *uniquer) flush() error {
	if u.n == 0 || u.c.Has("d") && u.n == 1 || u.c.Has("u") && u.n > 1 {
		return nil
	}
	prefix := ""
	if u.c.Has("c") {
		prefix = fmt.Sprintf("%d ", u.n)
	}
	_, err := io.WriteString(u.c.Out, prefix+string(u.last)+"\n")
	return err
}
