package regapi

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/shell/syntax"
)

// tableReader reads a table of error codes and notes what is wrong.
type tableReader struct {
	*metaText
	t      *errorTable
	faults []domain.Fault
}

func parseErrorTable(file, src string) (*errorTable, []domain.Fault) {
	m := parseMeta(file, src, syntax.Pos{Line: 1, Col: 1})
	r := &tableReader{metaText: m, t: &errorTable{exact: map[string]*errorRow{}}, faults: m.faults}
	if m.node == nil {
		return r.t, r.faults
	}
	for _, f := range m.node.Fields {
		switch {
		case f.Value.Kind != relaxed.Object:
			r.wrong(f.Value, domain.Textf("%s 必须是对象", "%s must be an object", f.Key))
		case f.Key == "ok":
			r.t.ok = *r.row(f.Key, f.Value)
		case f.Key == "fields":
			r.fields(f.Value)
		case f.Key == "codes":
			r.codes(f.Value)
		default:
			r.wrong(f.Value, domain.Textf("未知的键 %q：可用 fields、ok、codes", "unknown key %q: fields, ok, codes", f.Key))
		}
	}
	slices.SortStableFunc(r.t.prefix, func(a, b *errorRow) int { return cmp.Compare(len(b.key), len(a.key)) })
	return r.t, r.faults
}

func (r *tableReader) wrong(n *relaxed.Node, msg domain.Text) {
	r.faults = append(r.faults, r.fault(n.Offset, msg))
}

func (r *tableReader) codes(n *relaxed.Node) {
	for _, f := range n.Fields {
		if f.Value.Kind != relaxed.Object {
			r.wrong(f.Value, domain.Textf(`%s 必须是对象：{code:-1,text:"…"}`, `%s must be an object: {code:-1,text:"…"}`, f.Key))
			continue
		}
		row := r.row(f.Key, f.Value)
		if key, ok := strings.CutSuffix(f.Key, "*"); ok {
			row.key = key
			r.t.prefix = append(r.t.prefix, row)
			continue
		}
		r.t.exact[f.Key] = row
	}
}

func (r *tableReader) row(key string, n *relaxed.Node) *errorRow {
	row := &errorRow{key: key}
	for _, f := range n.Fields {
		v := f.Value
		switch {
		case f.Key == "code" && v.Kind == relaxed.Number:
			row.code = v.String()
		case f.Key == "code" && v.Kind == relaxed.String:
			row.code = string(relaxed.AppendString(nil, v.String()))
		case f.Key == "name" && v.Kind == relaxed.String:
			row.name = v.String()
		case f.Key == "status" && v.Kind == relaxed.Number:
			var err error
			if row.status, err = strconv.Atoi(v.String()); err != nil || row.status < 200 || row.status > 599 {
				r.wrong(v, domain.Text{ZH: "必须是 200 到 599 的状态码", EN: "must be a status from 200 to 599"})
			}
		case f.Key == "text":
			r.texts(row, v)
		default:
			r.wrong(v, domain.Textf("%q 不是行的成员：可用 code、name、text、status", "%q is no part of a row: code, name, text, status", f.Key))
		}
	}
	return row
}

// texts reads one text, or {zh,en}.
func (r *tableReader) texts(row *errorRow, n *relaxed.Node) {
	if n.Kind != relaxed.Object {
		row.plain = n.String()
		row.zh = r.template(n)
		row.en = row.zh
		return
	}
	for _, f := range n.Fields {
		switch f.Key {
		case "zh":
			row.zh = r.template(f.Value)
		case "en":
			row.en = r.template(f.Value)
		default:
			r.wrong(f.Value, domain.Text{ZH: "文本只有 zh 与 en", EN: "a text is zh or en"})
		}
	}
}

func (r *tableReader) template(n *relaxed.Node) *shell.Template {
	if n.Kind != relaxed.String {
		r.wrong(n, domain.Text{ZH: "必须是文本", EN: "must be a text"})
		return nil
	}
	t, err := shell.ParseTemplate(n.String())
	if err != nil {
		r.wrong(n, domain.TextOf(err))
		return nil
	}
	return t
}

func (r *tableReader) fields(n *relaxed.Node) {
	for _, f := range n.Fields {
		if f.Value.Kind == relaxed.String {
			r.t.fields = append(r.t.fields, tableField{name: f.Key, text: r.template(f.Value)})
			continue
		}
		doc := f.Value.AppendFilled(nil, func(int) relaxed.Value { return relaxed.Value{} })
		r.t.fields = append(r.t.fields, tableField{name: f.Key, json: doc})
	}
}
