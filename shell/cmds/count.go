package cmds

import (
	"io"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/caryahq/carya/shell"
)

func count() *shell.Command {
	return &shell.Command{
		Name:   "count",
		Manual: manual("count"),
		Reads:  true,
		Params: []shell.Param{sourcesParam()},
		Options: []shell.Option{
			flag("w", "words", "词数"),
			flag("m", "characters", "字符数"),
			flag("b", "bytes", "字节数"),
			flag("json", "items of the JSON list in the pipe", "管道里 JSON 列表的项数"),
		},
		Run: runCount,
	}
}

func runCount(c *shell.Call) error {
	if c.Has("json") {
		n := 0
		if err := eachItem(c, func(shell.Value) error { n++; return nil }); err != nil {
			return err
		}
		return printCount(c, n)
	}
	total := 0
	err := eachSource(c, 0, func(s source) error {
		n, err := counted(c, s)
		total += n
		return err
	})
	if err != nil {
		return err
	}
	return printCount(c, total)
}

func printCount(c *shell.Call, n int) error {
	_, err := io.WriteString(c.Out, strconv.Itoa(n)+"\n")
	return err
}

// counted counts lines, the last also without newline, or what the options ask for.
func counted(c *shell.Call, r io.Reader) (n int, err error) {
	if c.Has("b") {
		size, err := io.Copy(io.Discard, r)
		return int(size), err
	}
	err = eachLine(r, func(line []byte) error {
		switch {
		case c.Has("w"):
			n += words(line)
		case c.Has("m"):
			n += utf8.RuneCount(line)
		default:
			n++
		}
		return nil
	})
	return n, err
}

func words(line []byte) (n int) {
	inside := false
	for _, r := range string(line) {
		blank := unicode.IsSpace(r)
		if !blank && !inside {
			n++
		}
		inside = !blank
	}
	return n
}
