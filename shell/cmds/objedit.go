package cmds

import (
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// change does what -new, -u, -set, -push and -pop ask for, and gives the objects
// as they are then.
func change(c *shell.Call, targets []target) ([]target, error) {
	edits, err := editsOf(c)
	if err != nil {
		return nil, err
	}
	if !c.Has("new") && edits == nil {
		return targets, nil
	}
	for i, t := range targets {
		if t.obj == nil {
			return nil, domain.E("e.cmd.arg", domain.Text{ZH: "没有要修改的对象", EN: "there is no object to change"})
		}
		p := t.obj.Path
		if c.Has("new") {
			if p, err = makeObject(c, p); err != nil {
				return nil, err
			}
		}
		if targets[i].obj, err = edit(c.Tree(), p, edits); err != nil {
			return nil, err
		}
	}
	return targets, nil
}

// editor gives the patch that a change makes of an object's metadata.
type editor func(meta *object) (patch *object, err error)

func editsOf(c *shell.Call) (out []editor, err error) {
	for _, way := range []struct {
		option string
		make   func(c *shell.Call, raw string) editor
	}{{"u", update}, {"set", deepUpdate}, {"push", push}, {"pop", pop}} {
		if !c.Has(way.option) {
			continue
		}
		if way.option == "u" && c.Has("new") && !c.Opt("u").Given() && !c.Opt("new").Given() {
			return nil, domain.E("e.cmd.usage", domain.Text{ZH: "-new 与 -u 不能都读管道", EN: "-new and -u cannot both read the pipe"})
		}
		raw, err := objectArg(c, way.option)
		if err != nil {
			return nil, err
		}
		out = append(out, way.make(c, raw))
	}
	return out, nil
}

func edit(t *domain.Tree, p domain.Path, edits []editor) (*domain.Object, error) {
	for _, e := range edits {
		err := t.ModifyMeta(p, func(meta []byte) ([]byte, error) {
			patch, err := e(objectOf(string(meta)))
			if err != nil {
				return nil, err
			}
			return patch.appendJSON(nil), nil
		})
		if err != nil {
			return nil, err
		}
	}
	return t.Stat(p)
}

func update(_ *shell.Call, raw string) editor {
	return func(*object) (*object, error) { return objectOf(raw), nil }
}

func deepUpdate(_ *shell.Call, raw string) editor {
	return func(meta *object) (*object, error) {
		patch := &object{}
		eachMember(raw, func(key, v string) {
			old, _ := meta.get(key)
			patch.put(key, merged(old, v))
		})
		return patch, nil
	}
}

// makeObject makes what -new says in a directory.
func makeObject(c *shell.Call, dir domain.Path) (domain.Path, error) {
	raw, err := objectArg(c, "new")
	if err != nil {
		return "", err
	}
	o := objectOf(raw)
	name, race := memberText(o, "nm"), memberText(o, "race")
	for _, own := range []string{"id", "nm", "ph", "pid", "race", "tp", "mime", "len", "ct", "lm"} {
		o.put(own, "")
	}
	t := c.Tree()
	nameless := name == ""
	if nameless {
		name = domain.NewID()
	}
	p, err := dir.Join(name)
	if err == nil && p.Dir() != dir {
		err = domain.E("e.io.path", domain.Textf("名字不能含斜杠：%v", "a name holds no slash: %v", name))
	}
	if err != nil {
		return "", err
	}
	if domain.Means(name) {
		return "", domain.E("e.io.forbidden", domain.Textf("%v 有特殊含义", "%v means something to the server", p))
	}
	if err := makeAt(t, p, domain.Race(strings.ToUpper(race))); err != nil {
		return "", err
	}
	id, err := t.AssignID(p)
	if err == nil && nameless {
		to, _ := dir.Join(id)
		if err = t.Rename(p, to); err == nil {
			p = to
		}
	}
	if err == nil && len(o.members()) > 0 {
		err = t.SetMeta(p, o.appendJSON(nil))
	}
	if err != nil { // what was begun is not left half made
		_ = t.Remove(p, true)
		return "", err
	}
	return p, nil
}

func memberText(o *object, key string) string {
	raw, _ := o.get(key)
	return plain(raw)
}

// makeAt makes an empty object; one that exists is an error.
func makeAt(t *domain.Tree, p domain.Path, race domain.Race) error {
	if _, err := t.Stat(p); err == nil {
		return domain.E("e.io.obj.exists", p.String())
	}
	switch race {
	case domain.DIR:
		return t.Mkdir(p)
	case domain.FILE, "":
		return t.WriteFile(p, nil)
	}
	return domain.E("e.cmd.arg", domain.Text{ZH: "race 只能是 DIR 或 FILE", EN: "race is DIR or FILE"})
}
