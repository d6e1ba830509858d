package cmds

import (
	"fmt"
	"io"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

func man() *shell.Command {
	return &shell.Command{
		Name:   "man",
		Manual: manual("man"),
		Params: []shell.Param{{
			Name: "COMMAND", Optional: true, Repeat: true, Names: true,
			Help: both("a command, or a family and its verb", "命令名，或者命令名加动作名"),
		}},
		Run: runMan,
	}
}

func runMan(c *shell.Call) error {
	page := index(c)
	if c.NArg() > 0 {
		var words []string
		for _, a := range c.Args(0) {
			words = append(words, a.Text())
		}
		name := strings.Join(words, " ")
		if page = c.Registry().Man(name, c.Lang); page == "" {
			return domain.E("e.cmd.noexists", domain.Textf("%s%s", "%s%s", name, nearCommand(c.Registry(), words)))
		}
	}
	_, err := io.WriteString(c.Out, page)
	return err
}

// nearCommand is a hint for a name that is none.
func nearCommand(r *shell.Registry, words []string) domain.Text {
	list, prefix, wrote := r.Commands(), "", words[0]
	if family := r.Find(words[0]); family != nil && len(words) > 1 {
		list, prefix, wrote = family.Verbs, words[0]+" ", words[1]
	}
	var names []string
	for _, cmd := range list {
		names = append(names, cmd.Name)
	}
	if near := shell.Nearest(wrote, names); near != "" {
		return domain.Textf("，是不是 %s？", "; did you mean %s?", prefix+near)
	}
	return domain.Text{}
}

// index lists the commands with what they do.
func index(c *shell.Call) string {
	var b strings.Builder
	list := c.Registry().Commands()
	width := 0
	for _, cmd := range list {
		width = max(width, len(cmd.Name))
	}
	for _, cmd := range list {
		if !cmd.Hidden {
			fmt.Fprintf(&b, "%-*s  %s\n", width, cmd.Name, cmd.Summary(c.Lang))
		}
	}
	return b.String()
}
