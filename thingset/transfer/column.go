package transfer

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

// Column is one column of a table: its head is the path of a field (`phone`,
// `address.city`), and behind a colon the type of its values when they are no
// text (`age:int`). A name with a dot of its own writes it as `\.`.
//
//	text      as it stands (the default)
//	int       a whole number
//	float     a number
//	boolean   true/false, yes/no, 1/0
//	date      ms; 2006-01-02, 2006-01-02 15:04:05 (local time) or RFC 3339
//	json      any JSON value: a list, an object
//
// An empty cell is a field that is not there.
type Column struct {
	Path string
	Type string
}

// maxColumns is the most columns that a table may have: as in XLSX.
const maxColumns = 16384

// parseColumns reads a table's head. Empty ones are passed over.
func parseColumns(head []string) ([]Column, error) {
	if len(head) > maxColumns {
		return nil, domain.E("e.io.toolarge", domain.Textf("超过 %v 列", "more than %v columns", maxColumns))
	}
	out := make([]Column, len(head))
	seen := map[string]bool{}
	for i, text := range head {
		c := Column{Path: strings.TrimSpace(text), Type: "text"}
		if j := strings.LastIndexByte(c.Path, ':'); j >= 0 {
			c.Path, c.Type = c.Path[:j], c.Path[j+1:]
		}
		switch {
		case !isType(c.Type):
			return nil, domain.E("e.cmd.arg", domain.Textf("不是列的类型（text、int、float、boolean、date、json）：%v", "no type of a column (text, int, float, boolean, date, json): %v", c.Type))
		case c.Path != "" && seen[c.Path]:
			return nil, domain.E("e.cmd.arg", domain.Textf("两列的表头相同：%v", "two columns have the same head: %v", c.Path))
		case c.Path != "" && !goodPath(c.Path):
			return nil, domain.E("e.cmd.arg", domain.Textf("不是字段的路径：%v", "no path of a field: %v", c.Path))
		}
		seen[c.Path] = true
		out[i] = c
	}
	return out, nil
}

func isType(t string) bool {
	switch t {
	case "text", "int", "float", "boolean", "date", "json":
		return true
	}
	return false
}

// goodPath takes names joined by dots: nothing that sjson would read as more than
// names.
func goodPath(p string) bool {
	for name := range strings.SplitSeq(strings.ReplaceAll(p, `\.`, "_"), ".") {
		if name == "" || strings.ContainsAny(name, "\\|#@*?{}[]()!\"<>=%\x00") || name[0] == ':' {
			return false
		}
	}
	return true
}

// head is the column as a head has it.
func (c Column) head() string {
	if c.Type == "" || c.Type == "text" {
		return c.Path
	}
	return c.Path + ":" + c.Type
}

// document makes a thing of a row's cells.
func document(columns []Column, cells []string) ([]byte, error) {
	doc := []byte("{")
	var deep []int
	for i, cell := range cells {
		if i >= len(columns) || columns[i].Path == "" || cell == "" {
			continue
		}
		if strings.IndexByte(columns[i].Path, '.') >= 0 {
			deep = append(deep, i)
			continue
		}
		raw, err := columns[i].value(cell)
		if err != nil {
			return nil, err
		}
		if len(doc) > 1 {
			doc = append(doc, ',')
		}
		doc = append(relaxed.AppendString(doc, columns[i].Path), ':')
		doc = append(doc, raw...)
	}
	doc = append(doc, '}')
	for _, i := range deep {
		raw, err := columns[i].value(cells[i])
		if err != nil {
			return nil, err
		}
		if doc, err = sjson.SetRawBytes(doc, named(columns[i].Path), []byte(raw)); err != nil {
			return nil, domain.E("e.cmd.arg", columns[i].Path, err)
		}
	}
	return doc, nil
}

// named is a path whose steps are names, also those that are numbers.
func named(path string) string {
	steps := strings.Split(path, ".")
	for i, s := range steps {
		if _, err := strconv.Atoi(s); err == nil {
			steps[i] = ":" + s
		}
	}
	return strings.Join(steps, ".")
}

// value is a cell as JSON.
func (c Column) value(cell string) (string, error) {
	if !utf8.ValidString(cell) {
		return "", domain.E("e.cmd.arg", domain.Textf("%v 不是 UTF-8", "%v is not UTF-8", c.Path))
	}
	if c.Type == "text" {
		return string(relaxed.AppendString(nil, cell)), nil
	}
	cell = strings.TrimSpace(cell)
	switch c.Type {
	case "int":
		if n, err := strconv.ParseInt(cell, 10, 64); err == nil {
			return strconv.FormatInt(n, 10), nil
		}
	case "float":
		if f, err := strconv.ParseFloat(cell, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return strconv.FormatFloat(f, 'f', -1, 64), nil
		}
	case "boolean":
		if b, ok := boolean(cell); ok {
			return strconv.FormatBool(b), nil
		}
	case "date":
		if ms, ok := date(cell); ok {
			return strconv.FormatInt(ms, 10), nil
		}
	case "json":
		if raw, err := relaxed.ToJSON(cell); err == nil {
			return string(raw), nil
		}
	}
	return "", domain.E("e.cmd.arg", domain.Textf("%v 不是 %v", "%v is no %v", c.Path, c.Type))
}

func boolean(cell string) (is, ok bool) {
	switch strings.ToLower(cell) {
	case "true", "yes", "1", "是":
		return true, true
	case "false", "no", "0", "否":
		return false, true
	}
	return false, false
}

// layouts are the ways that a date may be written.
var layouts = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02", "2006/01/02", "2006/1/2"}

func date(cell string) (ms int64, ok bool) {
	for _, l := range layouts {
		if t, err := time.ParseInLocation(l, cell, time.Local); err == nil {
			return t.UnixMilli(), true
		}
	}
	if f, err := strconv.ParseFloat(cell, 64); err == nil {
		return serial(f)
	}
	return 0, false
}

// cell is a field as a table shows it.
func (c Column) cell(doc []byte) gjson.Result { return gjson.GetBytes(doc, named(c.Path)) }
