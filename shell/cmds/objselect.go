package cmds

import (
	"bytes"
	"slices"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
	"github.com/tidwall/gjson"
)

// selectObjects finds what is to be printed for the targets.
func selectObjects(c *shell.Call, targets []target) (found, error) {
	f := found{many: c.NArg() > 1 || c.Has("l") || c.Has("match")}
	var err error
	for _, t := range targets {
		if c.Has("an") {
			err = f.ancestors(c, t)
		} else {
			err = f.single(c, t)
		}
		if err != nil {
			return f, err
		}
	}
	if err := f.order(c); err != nil {
		return f, err
	}
	return f, f.page(c)
}

func (f *found) single(c *shell.Call, t target) error {
	raw, err := t.view(c)
	if err != nil {
		return err
	}
	if c.Has("tree") && t.obj != nil {
		depth, err := treeDepth(c)
		if err != nil {
			return err
		}
		if raw, err = withChildren(c, t.obj, depth); err != nil {
			return err
		}
	}
	f.list = append(f.list, raw)
	return nil
}

// matching gives what the directories hold and -match lets through.
func matching(c *shell.Call, dirs []target) (out []target, err error) {
	m, err := matcher(c.Opt("match"))
	if err != nil {
		return nil, err
	}
	for _, dir := range dirs {
		if dir.obj == nil {
			continue
		}
		list, err := c.Tree().List(dir.obj.Path)
		if err != nil {
			return nil, err
		}
		for _, o := range list {
			if isMeta(o.Name) {
				continue
			}
			found, err := m.Match(c.Context(), []byte(objectJSON(c, o)))
			if err != nil {
				return nil, err
			}
			if found {
				out = append(out, target{obj: o})
			}
		}
	}
	return out, c.Context().Err()
}

// matcher compiles a Match word; a text matches by name.
func matcher(a shell.Arg) (*thingset.Matcher, error) {
	n, err := a.Node()
	if err != nil {
		return nil, err
	}
	if n == nil {
		return nil, domain.E("e.thing.match", domain.Text{ZH: "匹配条件是对象：{键:值}", EN: "a match is an object: {key:value}"})
	}
	return thingset.CompileMatch(n)
}

// order sorts the list as -sort says; equal ones keep their order.
func (f *found) order(c *shell.Call) error {
	if !c.Has("sort") {
		return nil
	}
	n, err := c.Opt("sort").Node()
	if err != nil {
		return err
	}
	by, err := thingset.ParseSort(n)
	if err != nil {
		return err
	}
	return sortJSON(c, f.list, by)
}

// sortJSON sorts raw JSON values by the values at keys. What it holds of them counts.
func sortJSON(c *shell.Call, list []string, by []thingset.Order) error {
	type row struct {
		raw  string
		keys [][]byte
	}
	held := len(list) * (40 + 24*len(by))
	most := peak{c: c}
	if err := most.at(held); err != nil {
		return err
	}
	rows := make([]row, len(list))
	for i, raw := range list {
		rows[i] = row{raw, make([][]byte, len(by))}
		from := walker{raw: raw}
		for j, o := range by {
			v, _ := from.walk(o.Key)
			rows[i].keys[j] = thingset.SortKey(nil, gjson.Parse(v))
			held += len(rows[i].keys[j])
		}
		if err := most.at(held); err != nil {
			return err
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		for i, o := range by {
			n := bytes.Compare(a.keys[i], b.keys[i])
			if o.Desc {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	})
	for i, r := range rows {
		list[i] = r.raw
	}
	return nil
}

// page cuts the list as -skip and -limit say.
func (f *found) page(c *shell.Call) error {
	skip, err := wholeNumber(c, "skip", 0)
	if err != nil {
		return err
	}
	limit, err := wholeNumber(c, "limit", 0)
	if err != nil {
		return err
	}
	sum := len(f.list)
	f.list = f.list[min(skip, sum):]
	if limit > 0 {
		f.list = f.list[:min(limit, len(f.list))]
	}
	size := max(limit, 1)
	if limit == 0 {
		size = max(sum, 1)
	}
	f.pager = thingset.Pager{
		Page: skip/size + 1, Size: size, Pages: (sum + size - 1) / size,
		Sum: sum, Skip: skip, Count: len(f.list),
	}
	return nil
}
