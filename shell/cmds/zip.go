package cmds

import (
	"archive/zip"
	"io"
	"strings"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

func zipCommand() *shell.Command {
	return &shell.Command{
		Name:   "zip",
		Manual: manual("zip"),
		Writes: true,
		Params: []shell.Param{
			{Name: "OUT", Type: shell.Ref, Help: both("the archive to write", "要写的压缩包")},
			{Name: "PATH", Type: shell.Ref, Repeat: true, Help: both("what to put in; a directory with all that it holds", "要放进去的对象，目录连同里面的一切")},
		},
		Options: []shell.Option{flag("a", "names that begin with a dot too", "连同以点开头的名字")},
		Run:     runZip,
	}
}

func runZip(c *shell.Call) error {
	t, out, err := pathOf(c, c.Arg(0))
	if err != nil {
		return err
	}
	var from []domain.Path
	for _, a := range c.Args(1) {
		_, p, err := pathOf(c, a)
		if err != nil {
			return err
		}
		if out.Below(p) {
			return domain.E("e.io.path", domain.Textf("%v 位于 %v 之内", "%v lies inside %v", out.String(), p.String()))
		}
		from = append(from, p)
	}
	w, err := t.Create(out)
	if err != nil {
		return err
	}
	defer w.Close()
	z := &zipper{c: c, t: t, w: zip.NewWriter(w), names: map[string]bool{}}
	for _, p := range from {
		o, err := t.Stat(p)
		if err == nil {
			err = t.Settle(p)
		}
		if err != nil {
			return err
		}
		if err := z.add(o, o.Path.Base()); err != nil {
			return err
		}
	}
	if err := z.w.Close(); err != nil {
		return err
	}
	return w.Commit()
}

// zipper puts objects into an archive, one after the other.
type zipper struct {
	c *shell.Call
	t *domain.Tree
	w *zip.Writer

	names map[string]bool
}

func (z *zipper) add(o *domain.Object, name string) error {
	if err := z.c.Context().Err(); err != nil {
		return err
	}
	if z.names[name] {
		return domain.E("e.io.obj.exists", domain.Textf("压缩包中已有 %v", "the archive holds %v already", name))
	}
	z.names[name] = true
	if o.Race != domain.DIR {
		return z.file(o, name)
	}
	if _, err := z.w.CreateHeader(&zip.FileHeader{Name: name + "/", Modified: time.UnixMilli(o.Modified)}); err != nil {
		return err
	}
	list, err := z.t.List(o.Path)
	if err != nil {
		return err
	}
	for _, child := range list {
		if strings.HasPrefix(child.Name, ".") && !z.c.Has("a") {
			continue
		}
		if err := z.add(child, name+"/"+child.Name); err != nil {
			return err
		}
	}
	return nil
}

func (z *zipper) file(o *domain.Object, name string) error {
	f, err := z.t.Open(o.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	w, err := z.w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.UnixMilli(o.Modified)})
	if err != nil {
		return err
	}
	_, err = io.Copy(w, withContext(z.c, f))
	return err
}
