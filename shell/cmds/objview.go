package cmds

import (
	"strings"

	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// printObjects prints what was found, in the form that the options ask for.
func printObjects(c *shell.Call, f found) error {
	if err := f.fields(c); err != nil {
		return err
	}
	switch {
	case c.Has("t"):
		return printTable(c, f.list, names(c.Opt("t").Text()))
	case c.Has("V"):
		return printValues(c, f.list)
	case c.Has("pager"):
		return c.PrintJSON(f.paged())
	case f.many || len(f.list) != 1:
		return c.PrintJSON([]byte(listOf(f.list)))
	}
	return c.PrintJSON([]byte(f.list[0]))
}

// paged is the list with its pager.
func (f *found) paged() []byte {
	p := thingset.Page{Pager: f.pager, List: make([]thingset.Record, len(f.list))}
	for i, raw := range f.list {
		p.List[i].Body = []byte(raw)
	}
	return p.AppendPaged(nil, func(dst, body []byte) []byte { return append(dst, body...) })
}

// fields keeps what -e lets through.
func (f *found) fields(c *shell.Call) error {
	if !c.Has("e") {
		return nil
	}
	want, err := filterOf(c, c.Opt("e"))
	if err != nil {
		return err
	}
	for i, raw := range f.list {
		if !strings.HasPrefix(raw, "{") {
			continue
		}
		o := &object{}
		eachMember(raw, func(key, v string) {
			if want.lets(key) {
				o.put(key, v)
			}
		})
		f.list[i] = o.json()
	}
	return c.Context().Err()
}

// printValues prints the values of each object on a line.
func printValues(c *shell.Call, list []string) error {
	sep := " "
	if c.Has("sep") {
		sep = c.Opt("sep").Text()
	}
	var b strings.Builder
	for _, raw := range list {
		var vs []string
		eachMember(raw, func(_, v string) {
			if v != "null" || c.Has("n") {
				vs = append(vs, plain(v))
			}
		})
		b.WriteString(strings.Join(vs, sep) + "\n")
	}
	_, err := c.Out.Write([]byte(b.String()))
	return err
}
