package cmds

import (
	"bufio"
	"strconv"

	"github.com/caryahq/carya/domain/pattern"
	"github.com/caryahq/carya/shell"
)

func grep() *shell.Command {
	return &shell.Command{
		Name:   "grep",
		Manual: manual("grep"),
		Reads:  true,
		Params: []shell.Param{
			{Name: "RE", Type: shell.Regexp, Help: both("a regular expression (RE2)", "正则表达式（RE2）")},
			sourcesParam(),
		},
		Options: []shell.Option{
			flag("i", "without regard to case", "不分大小写"),
			flag("v", "the lines that do not match", "不匹配的行"),
			flag("o", "only what matches, one on a line", "只输出匹配的部分，一处一行"),
			flag("n", "with line numbers", "带行号"),
			flag("c", "only how many lines", "只输出行数"),
		},
		Run: func(c *shell.Call) error {
			re, err := c.Arg(0).Regexp()
			if err != nil {
				return err
			}
			if c.Has("i") {
				re = re.Fold()
			}
			g := &grepper{c: c, re: re}
			return eachSource(c, 1, g.source)
		},
	}
}

// grepper prints the lines of sources that match.
type grepper struct {
	c  *shell.Call
	re *pattern.Regexp
}

func (g *grepper) source(s source) error {
	prefix := ""
	if g.c.NArg() > 2 {
		prefix = s.name + ":"
	}
	number, hits := 0, 0
	err := eachLine(s, func(line []byte) error {
		number++
		line = withoutEnd(line)
		found, err := g.re.Match(g.c.Context(), line)
		if err == nil && number%256 == 0 {
			err = g.c.Context().Err()
		}
		if err != nil || found == g.c.Has("v") {
			return err
		}
		if hits++; g.c.Has("c") {
			return nil
		}
		return g.print(prefix, number, line)
	})
	if err == nil && g.c.Has("c") {
		_, err = g.c.Out.Write([]byte(prefix + strconv.Itoa(hits) + "\n"))
	}
	return err
}

func (g *grepper) print(prefix string, number int, line []byte) error {
	if g.c.Has("n") {
		prefix += strconv.Itoa(number) + ":"
	}
	if g.c.Has("o") && !g.c.Has("v") {
		return g.parts(prefix, string(line))
	}
	if g.c.Has("o") && len(line) == 0 {
		return nil
	}
	_, err := g.c.Out.Write(append(append([]byte(prefix), line...), '\n'))
	return err
}

// parts prints what matches of a line.
func (g *grepper) parts(prefix, line string) error {
	out := bufio.NewWriterSize(g.c.Out, min(len(line)+1, 64<<10))
	err := g.re.Each(g.c.Context(), line, -1, func(from, to int) error {
		if from == to {
			return nil
		}
		out.WriteString(prefix)
		out.WriteString(line[from:to])
		return out.WriteByte('\n')
	})
	if err != nil {
		return err
	}
	return out.Flush()
}
