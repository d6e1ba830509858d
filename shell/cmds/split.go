package cmds

import (
	"io"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

func split() *shell.Command {
	return &shell.Command{
		Name:   "split",
		Manual: manual("split"),
		Reads:  true,
		Params: []shell.Param{{
			Name: "SEPARATOR", Optional: true,
			Help: both("the text between the parts; without it, blanks", "分隔文字，不给则按空白"),
		}},
		Options: []shell.Option{
			option("re", "RE", shell.Regexp, "a regular expression between the parts", "用正则表达式分隔"),
			option("max", "N", shell.Int, "at most N parts", "最多 N 段"),
			flag("t", "trim the parts and leave out empty ones", "去掉各段首尾空白，丢弃空段"),
		},
		Run: runSplit,
	}
}

func runSplit(c *shell.Call) error {
	data, err := c.ReadInput(0)
	if err != nil {
		return err
	}
	if _, err := quotedInput(domain.Text{ZH: "管道中的内容", EN: "what the pipe holds"}, string(data)); err != nil {
		return err
	}
	parts, err := splitText(c, strings.TrimRight(string(data), "\r\n"))
	if err != nil {
		return err
	}
	var list []string
	for _, p := range parts {
		if c.Has("t") {
			if p = strings.TrimSpace(p); p == "" {
				continue
			}
		}
		list = append(list, quoted(p))
	}
	_, err = io.WriteString(c.Out, listOf(list)+"\n")
	return err
}

func splitText(c *shell.Call, text string) ([]string, error) {
	limit, err := wholeNumber(c, "max", 0)
	if err != nil {
		return nil, err
	}
	if limit == 0 {
		limit = -1
	}
	switch {
	case c.Has("re"):
		re, err := c.Opt("re").Regexp()
		if err != nil {
			return nil, err
		}
		return re.Split(text, limit), nil
	case c.NArg() == 0:
		return strings.Fields(text), nil
	case c.Arg(0).Text() == "":
		return nil, domain.E("e.cmd.arg", domain.Text{ZH: "分隔符是空的", EN: "the separator is empty"})
	}
	return strings.SplitN(text, c.Arg(0).Text(), limit), nil
}
