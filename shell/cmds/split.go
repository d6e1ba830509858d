package cmds

import (
	"bufio"
	"context"
	"iter"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/pattern"
	"github.com/caryahq/carya/domain/relaxed"
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
	if at := relaxed.BadByte(string(data)); at >= 0 {
		return notUTF8(domain.Text{ZH: "管道中的内容", EN: "what the pipe holds"}, at)
	}
	p := partsOut{out: bufio.NewWriter(c.Out), trim: c.Has("t")}
	p.out.WriteByte('[')
	if err := splitText(c, strings.TrimRight(string(data), "\r\n"), p.put); err != nil {
		return err
	}
	p.out.WriteString("]\n")
	return p.out.Flush()
}

// partsOut prints parts of a text as the items of a list, as they are found: there may be
// as many as the text has characters.
type partsOut struct {
	out  *bufio.Writer
	trim bool
	n    int
	buf  []byte
}

func (p *partsOut) put(part string) error {
	if p.trim {
		if part = strings.TrimSpace(part); part == "" {
			return nil
		}
	}
	if p.n++; p.n > 1 {
		p.out.WriteByte(',')
	}
	p.buf = relaxed.AppendString(p.buf[:0], part)
	_, err := p.out.Write(p.buf)
	return err
}

// splitText gives the parts of a text.
func splitText(c *shell.Call, text string, part func(string) error) error {
	limit, err := wholeNumber(c, "max", 0)
	if err != nil {
		return err
	}
	if limit == 0 {
		limit = -1
	}
	switch {
	case c.Has("re"):
		re, err := c.Opt("re").Regexp()
		if err != nil {
			return err
		}
		return splitRegexp(c.Context(), re, text, limit, part)
	case c.NArg() == 0:
		return eachPart(strings.FieldsSeq(text), part)
	case c.Arg(0).Text() == "":
		return domain.E("e.cmd.arg", domain.Text{ZH: "分隔符是空的", EN: "the separator is empty"})
	}
	separator := c.Arg(0).Text()
	for ; limit != 1; limit-- {
		before, after, found := strings.Cut(text, separator)
		if !found {
			break
		}
		if err := part(before); err != nil {
			return err
		}
		text = after
	}
	return part(text)
}

func eachPart(parts iter.Seq[string], do func(string) error) error {
	for p := range parts {
		if err := do(p); err != nil {
			return err
		}
	}
	return nil
}

// splitRegexp cuts where an expression matches, as regexp.Split does.
func splitRegexp(ctx context.Context, re *pattern.Regexp, text string, limit int, part func(string) error) error {
	if re.String() != "" && text == "" {
		return part("")
	}
	at, end, n := 0, 0, 0
	err := re.Each(ctx, text, limit, func(from, to int) error {
		if limit > 0 && n >= limit-1 {
			return nil
		}
		if end = from; to == 0 {
			return nil
		}
		n++
		before := text[at:from]
		at = to
		return part(before)
	})
	if err != nil || end == len(text) {
		return err
	}
	return part(text[at:])
}
