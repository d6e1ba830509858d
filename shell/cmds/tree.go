package cmds

import (
	"io"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

func tree() *shell.Command {
	return &shell.Command{
		Name:   "tree",
		Manual: manual("tree"),
		Params: []shell.Param{{
			Name: "PATH", Type: shell.Ref, Optional: true,
			Help: both("where to begin; without one, ~/", "从哪里开始，不给则为 ~/"),
		}},
		Options: []shell.Option{
			flag("a", "names that begin with a dot too", "连同以点开头的名字"),
			flag("d", "directories only", "只列目录"),
			option("depth", "N", shell.Int, "how many levels (8)", "层数，默认 8"),
		},
		Run: runTree,
	}
}

func runTree(c *shell.Call) error {
	t, err := treeOf(c)
	if err != nil {
		return err
	}
	var p domain.Path
	if c.NArg() > 0 {
		if _, p, err = pathOf(c, c.Arg(0)); err != nil {
			return err
		}
	}
	depth, err := wholeNumber(c, "depth", 8)
	if err != nil {
		return err
	}
	if _, err := t.Stat(p); err != nil {
		return err
	}
	if _, err := io.WriteString(c.Out, p.String()+"\n"); err != nil {
		return err
	}
	return branches(c, t, p, "", depth)
}

// branches prints what a directory holds, each line behind the same prefix.
func branches(c *shell.Call, t *domain.Tree, p domain.Path, prefix string, depth int) error {
	if err := c.Context().Err(); err != nil || depth == 0 {
		return err
	}
	list, err := t.List(p)
	if domain.CodeOf(err) == "e.io.obj.isfile" {
		return nil
	}
	if err != nil {
		return err
	}
	list = shown(c, list)
	for i, o := range list {
		mark, below := "|-- ", "|   "
		if i == len(list)-1 {
			below = "    "
		}
		if _, err := io.WriteString(c.Out, prefix+mark+nameOf(o)+"\n"); err != nil {
			return err
		}
		if o.Race != domain.DIR {
			continue
		}
		if err := branches(c, t, o.Path, prefix+below, depth-1); err != nil {
			return err
		}
	}
	return nil
}

func shown(c *shell.Call, list []*domain.Object) (out []*domain.Object) {
	for _, o := range list {
		hidden := strings.HasPrefix(o.Name, ".") && !c.Has("a")
		if !hidden && (o.Race == domain.DIR || !c.Has("d")) {
			out = append(out, o)
		}
	}
	return out
}

// nameOf marks a directory with a slash.
func nameOf(o *domain.Object) string {
	if o.Race == domain.DIR {
		return printable(o.Name) + "/"
	}
	return printable(o.Name)
}
