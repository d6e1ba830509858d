package cmds

import (
	"bytes"
	"regexp"
	"strconv"

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
				re = regexp.MustCompile("(?i)" + re.String())
			}
			g := &grepper{c: c, re: re}
			return eachSource(c, 1, g.source)
		},
	}
}

// grepper prints the lines of sources that match.
type grepper struct {
	c  *shell.Call
	re *regexp.Regexp
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
		if g.re.Match(line) == g.c.Has("v") {
			return nil
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
	parts := [][]byte{line}
	if g.c.Has("o") && !g.c.Has("v") {
		parts = g.re.FindAll(line, -1)
	}
	var b bytes.Buffer
	for _, p := range parts {
		if g.c.Has("o") && len(p) == 0 {
			continue
		}
		b.WriteString(prefix)
		b.Write(p)
		b.WriteByte('\n')
	}
	_, err := g.c.Out.Write(b.Bytes())
	return err
}
