package cmds

import (
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// maxTreeDepth bounds -tree.
const maxTreeDepth = 32

func treeDepth(c *shell.Call) (int, error) {
	if !c.Opt("tree").Given() {
		return 1, nil
	}
	n, err := wholeNumber(c, "tree", 1)
	return min(n, maxTreeDepth), err
}

// withChildren is an object with what it holds, as far down as depth.
func withChildren(c *shell.Call, o *domain.Object, depth int) (string, error) {
	raw := objectJSON(c, o)
	if err := c.Context().Err(); err != nil || depth == 0 || o.Race != domain.DIR {
		return raw, err
	}
	list, err := c.Tree().List(o.Path)
	if err != nil {
		return "", err
	}
	children := []string{}
	for _, child := range list {
		if isMeta(child.Name) {
			continue
		}
		s, err := withChildren(c, child, depth-1)
		if err != nil {
			return "", err
		}
		children = append(children, s)
	}
	return strings.TrimSuffix(raw, "}") + `,"children":` + listOf(children) + "}", nil
}

// isMeta reports whether a name is that of a metadata file: those show as the
// metadata of their objects.
func isMeta(name string) bool {
	return strings.HasPrefix(name, ".") && strings.HasSuffix(name, ".meta.json")
}

// ancestors adds the objects from ~/ down to t; the mode says which ends count.
func (f *found) ancestors(c *shell.Call, t target) error {
	f.many = true
	if t.obj == nil {
		return nil
	}
	var up []domain.Path
	for p := t.obj.Path; ; p = p.Dir() {
		up = append(up, p)
		if p == "" {
			break
		}
	}
	slices.Reverse(up)
	up, err := trimAncestors(up, c.Opt("an").Text())
	for _, p := range up {
		o, err := c.Tree().Stat(p)
		if err != nil {
			return err
		}
		f.list = append(f.list, objectJSON(c, o))
	}
	return err
}

func trimAncestors(up []domain.Path, mode string) ([]domain.Path, error) {
	switch mode {
	case "", "noself":
		return up[:len(up)-1], nil
	case "noroot":
		return up[1:], nil
	case "nodes":
		return up[1:max(1, len(up)-1)], nil
	case "full":
		return up, nil
	}
	return nil, domain.E("e.cmd.arg", domain.Textf("-an 只能是 noself、noroot、nodes 或 full，而不是 %v", "-an is noself, noroot, nodes or full, not %v", mode))
}
