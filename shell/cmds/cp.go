package cmds

import (
	"io"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

func cp() *shell.Command {
	return &shell.Command{
		Name:   "cp",
		Manual: manual("cp"),
		Writes: true,
		Params: []shell.Param{
			{Name: "FROM", Type: shell.Ref, Help: both("what to copy; id:${id} is the request's body", "要复制的对象；id:${id} 是请求体")},
			{Name: "TO", Type: shell.Ref, Help: both("the copy's path, or a directory to put it in", "副本的路径，或者要放进去的目录")},
		},
		Options: []shell.Option{flag("r", "a directory with all that it holds", "目录连同里面的一切")},
		Run:     runCp,
	}
}

func runCp(c *shell.Call) error {
	ref, err := c.Arg(0).Ref()
	if err != nil {
		return err
	}
	if isRequest(c, ref) {
		return copyBody(c)
	}
	t, from, to, err := fromTo(c)
	if err != nil {
		return err
	}
	o, err := t.Stat(from)
	if err != nil {
		return err
	}
	if o.Race == domain.DIR && !c.Has("r") {
		return domain.E("e.io.obj.isdir", domain.Textf("%v（用 cp -r 复制）", "%v (cp -r copies it)", from.String()))
	}
	if err := t.Settle(from); err != nil {
		return err
	}
	return copyObject(c, t, o, to)
}

func copyBody(c *shell.Call) error {
	t, to, err := pathOf(c, c.Arg(1))
	if err != nil {
		return err
	}
	body, err := c.Request.Body()
	if err != nil {
		return err
	}
	defer body.Close()
	return fill(c, t, to, body)
}

// copyObject copies an object, its metadata, and what a directory holds. The
// copy is an object of its own: it takes no id along.
func copyObject(c *shell.Call, t *domain.Tree, o *domain.Object, to domain.Path) error {
	if err := c.Context().Err(); err != nil {
		return err
	}
	if o.Race == domain.DIR {
		if err := copyDir(c, t, o, to); err != nil {
			return err
		}
	} else if err := copyFile(c, t, o.Path, to); err != nil {
		return err
	}
	return copyMeta(t, o.Path, to)
}

func copyDir(c *shell.Call, t *domain.Tree, o *domain.Object, to domain.Path) error {
	list, err := t.List(o.Path)
	if err != nil {
		return err
	}
	if err := t.Mkdir(to); err != nil {
		return err
	}
	for _, child := range list {
		if isMeta(child.Name) {
			continue
		}
		p, err := to.Join(child.Name)
		if err != nil {
			return err
		}
		if err := copyObject(c, t, child, p); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(c *shell.Call, t *domain.Tree, from, to domain.Path) error {
	f, err := t.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	return fill(c, t, to, f)
}

// fill makes or replaces a file.
func fill(c *shell.Call, t *domain.Tree, to domain.Path, r io.Reader) error {
	w, err := t.Create(to)
	if err != nil {
		return err
	}
	defer w.Close()
	if err := copyTo(w, withContext(c, r)); err != nil {
		return err
	}
	return w.Commit()
}

func copyMeta(t *domain.Tree, from, to domain.Path) error {
	meta, err := t.Meta(from)
	if err != nil {
		return err
	}
	o := objectOf(string(meta))
	o.put("id", "")
	o.put("ct", "")
	if len(o.members()) == 0 {
		return nil
	}
	return t.SetMeta(to, o.appendJSON(nil))
}
