package cmds

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

func ls() *shell.Command {
	return &shell.Command{
		Name:   "ls",
		Manual: manual("ls"),
		Params: []shell.Param{{
			Name: "PATH", Type: shell.Ref, Optional: true, Repeat: true,
			Help: both("a directory or a file; without one, ~/", "目录或文件，不给则为 ~/"),
		}},
		Options: []shell.Option{
			flag("a", "names that begin with a dot too", "连同以点开头的名字"),
			flag("l", "with race, size and time", "带类型、大小和时间"),
			flag("d", "the directory itself, not what it holds", "目录本身而不是它的内容"),
		},
		Run: runLs,
	}
}

func runLs(c *shell.Call) error {
	t, err := treeOf(c)
	if err != nil {
		return err
	}
	if c.NArg() == 0 {
		return list(c, t, "", "")
	}
	for _, a := range c.Args(0) {
		_, p, err := pathOf(c, a)
		if err != nil {
			return err
		}
		title := ""
		if c.NArg() > 1 && !c.Has("d") {
			title = p.String() + ":\n"
		}
		if err := list(c, t, p, title); err != nil {
			return err
		}
	}
	return nil
}

func list(c *shell.Call, t *domain.Tree, p domain.Path, title string) error {
	o, err := t.Stat(p)
	if err != nil {
		return err
	}
	objs := []*domain.Object{o}
	if o.Race == domain.DIR && !c.Has("d") {
		if objs, err = t.List(p); err != nil {
			return err
		}
	}
	var b strings.Builder
	b.WriteString(title)
	for _, o := range objs {
		if c.Has("a") || !strings.HasPrefix(o.Name, ".") {
			lsLine(&b, c, o)
		}
	}
	_, err = io.WriteString(c.Out, b.String())
	return err
}

func lsLine(b *strings.Builder, c *shell.Call, o *domain.Object) {
	if c.Has("l") {
		at := time.UnixMilli(o.Modified).Format(time.DateTime)
		fmt.Fprintf(b, "%-4s %10d %s ", o.Race, o.Len, at)
	}
	b.WriteString(printable(o.Name) + "\n")
}

// printable keeps a name on its line and away from the terminal's commands.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, s)
}
