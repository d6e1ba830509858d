package thingset

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

// schemaReader reads thing.json and gathers what is wrong with it.
type schemaReader struct {
	file, src string
	faults    []domain.Fault
	s         *Schema
}

func readSchema(file, src string) (*Schema, []domain.Fault) {
	r := &schemaReader{file: file, src: src, s: &Schema{scripts: map[Event][]Script{}, fileMax: defaultFileMax, fileCount: defaultFileCount}}
	n, err := relaxed.Parse(src)
	if re, ok := errors.AsType[*relaxed.Error](err); ok {
		r.say(re.Offset, domain.Text{ZH: re.ZH, EN: re.Msg})
		return nil, r.faults
	}
	if !r.is(n, relaxed.Object, "thing.json") {
		return nil, r.faults
	}
	for _, f := range n.Fields {
		if f.Value.Kind != relaxed.Null {
			r.member(f.Key, f.Value)
		}
	}
	r.define()
	slices.SortStableFunc(r.faults, func(a, b domain.Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return r.s, r.faults
}

func (r *schemaReader) member(key string, n *relaxed.Node) {
	switch key {
	case "uniqueKeys":
		r.each(n, key, r.uniqueKey)
	case "fields":
		r.each(n, key, r.field)
	case "indexes":
		r.each(n, key, r.index)
	case "linkKeys":
		r.each(n, key, r.link)
	case "expi":
		r.s.life = r.lifetime(n)
	case "fileMax":
		r.s.fileMax = int64(r.whole(n, key, 1, 1<<50))
	case "fileCount":
		r.s.fileCount = r.whole(n, key, 0, 10_000)
	case "loose":
		r.s.loose = r.whole(n, key, -1, maxLoose)
	case string(OnCreated), string(OnUpdated), string(OnBeforeDelete), string(OnDeleted):
		r.scripts(Event(key), n)
	}
}

// define makes the engine's part.
func (r *schemaReader) define() {
	r.s.def = Def{Indexes: r.s.indexes, Loose: r.s.loose}
	for _, k := range r.s.unique {
		r.s.def.Unique = append(r.s.def.Unique, k.names)
	}
}

func (r *schemaReader) at(offset int, zh, en string, args ...any) {
	r.say(offset, domain.Textf(zh, en, args...))
}

func (r *schemaReader) say(offset int, msg domain.Text) {
	line, col := relaxed.LineCol(r.src, offset)
	r.faults = append(r.faults, domain.FaultAt(r.file, line, col, msg))
}

func (r *schemaReader) bad(n *relaxed.Node, zh, en string, args ...any) {
	r.at(n.Offset, zh, en, args...)
}

// is notes a fault when a value is of another kind.
func (r *schemaReader) is(n *relaxed.Node, k relaxed.Kind, what string) bool {
	if n.Kind == k {
		return true
	}
	kinds := map[relaxed.Kind]domain.Text{
		relaxed.Bool: {ZH: " true 或 false", EN: "true or false"}, relaxed.Number: {ZH: "数字", EN: "a number"}, relaxed.String: {ZH: "文本", EN: "text"},
		relaxed.Array: {ZH: "列表", EN: "a list"}, relaxed.Object: {ZH: "对象", EN: "an object"},
	}
	r.bad(n, "%s 必须是%s", "%s must be %s", what, kinds[k])
	return false
}

// each reads the items of a list.
func (r *schemaReader) each(n *relaxed.Node, what string, f func(*relaxed.Node)) {
	if r.is(n, relaxed.Array, what) {
		for _, item := range n.Items {
			f(item)
		}
	}
}

// path reads a key path, "" when it is none.
func (r *schemaReader) path(n *relaxed.Node, what string) string {
	if !r.is(n, relaxed.String, what) {
		return ""
	}
	if p := n.String(); validPath(p) {
		return p
	}
	r.bad(n, "%q 不是键的路径", "%q is no key path", n.String())
	return ""
}

// paths reads a key path or a list of them.
func (r *schemaReader) paths(n *relaxed.Node, what string) (out []string) {
	if n.Kind != relaxed.Array {
		n = &relaxed.Node{Kind: relaxed.Array, Offset: n.Offset, Items: []*relaxed.Node{n}}
	}
	for _, item := range n.Items {
		p := r.path(item, what)
		if p != "" && slices.Contains(out, p) {
			r.bad(item, "%q 出现两次", "%q stands twice", p)
		} else if p != "" {
			out = append(out, p)
		}
	}
	return out
}

func (r *schemaReader) uniqueKey(n *relaxed.Node) {
	if !r.is(n, relaxed.Object, "a unique key") {
		return
	}
	var k uniqueKey
	before := len(r.faults)
	for _, f := range n.Fields {
		switch f.Key {
		case "name":
			k.names = r.paths(f.Value, "name")
		case "required":
			k.required = r.truth(f.Value, f.Key)
		default:
			r.bad(f.Value, "唯一键没有 %q：可用 name 与 required", "a unique key has no %q: there are name and required", f.Key)
		}
	}
	switch {
	case len(r.faults) > before:
	case len(k.names) == 0:
		r.bad(n, "唯一键缺少 name", "a unique key needs a name")
	case slices.ContainsFunc(r.s.unique, func(o uniqueKey) bool { return slices.Equal(o.names, k.names) }):
		r.bad(n, "唯一键 %s 出现两次", "the unique key %s stands twice", strings.Join(k.names, "+"))
	default:
		r.s.unique = append(r.s.unique, k)
	}
}

// index reads "age", "role,ct" or ["role","ct"].
func (r *schemaReader) index(n *relaxed.Node) {
	at := n
	if n.Kind == relaxed.String {
		items := []*relaxed.Node{}
		for part := range strings.SplitSeq(n.String(), ",") {
			text := []relaxed.Chunk{{Text: strings.TrimSpace(part), Hole: -1}}
			items = append(items, &relaxed.Node{Kind: relaxed.String, Offset: n.Offset, Text: text})
		}
		n = &relaxed.Node{Kind: relaxed.Array, Items: items}
	}
	paths := r.paths(n, "an index")
	name := strings.Join(paths, ",")
	switch {
	case name == "" || slices.ContainsFunc(paths, func(p string) bool { return strings.Contains(p, ",") }):
		r.bad(at, "索引需要键的路径，不含逗号", "an index needs key paths, without commas")
	case slices.Contains(r.s.indexes, name):
		r.bad(at, "索引 %q 出现两次", "the index %q stands twice", name)
	case name != "id" && name != "ct" && name != "lm": // these are always there
		r.s.indexes = append(r.s.indexes, name)
	}
}

func (r *schemaReader) scripts(e Event, n *relaxed.Node) {
	list := []*relaxed.Node{n}
	if n.Kind == relaxed.Array {
		list = n.Items
	}
	for _, item := range list {
		if r.is(item, relaxed.String, string(e)) {
			line, col := relaxed.LineCol(r.src, item.Offset)
			r.s.scripts[e] = append(r.s.scripts[e], Script{item.String(), r.file, line, col})
		}
	}
}

func (r *schemaReader) truth(n *relaxed.Node, what string) bool {
	return r.is(n, relaxed.Bool, what) && n.Raw == "true"
}

// maxLoose is the most that thing.json takes as loose.
const maxLoose = 10_000_000
