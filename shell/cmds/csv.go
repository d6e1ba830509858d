package cmds

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

func csvCommand() *shell.Command {
	return &shell.Command{
		Name:   "csv",
		Manual: manual("csv"),
		Reads:  true,
		Options: []shell.Option{
			flag("d", "read CSV and print a JSON list", "读取 CSV，输出 JSON 列表"),
			option("keys", "KEYS", shell.Text, "the columns: nm,phone; else those of the first item or line", "列：nm,phone，不给则取第一项或第一行"),
			flag("nohead", "there is no head line", "没有表头行"),
			option("sep", "CHAR", shell.Text, "what separates the columns (,)", "列分隔符，默认逗号"),
			flag("safe", "put ' before a text that a spreadsheet would take for a formula", "会被表格软件当成公式的文字前加 '"),
		},
		Run: func(c *shell.Call) error {
			sep, err := separator(c)
			if err != nil {
				return err
			}
			if c.Has("d") {
				return readCSV(c, sep)
			}
			return writeCSV(c, sep)
		},
	}
}

func separator(c *shell.Call) (rune, error) {
	if !c.Has("sep") {
		return ',', nil
	}
	s := c.Opt("sep").Text()
	r, n := utf8.DecodeRuneInString(s)
	if s == "" || n != len(s) || r == utf8.RuneError || strings.ContainsRune("\"\r\n", r) {
		return 0, domain.E("e.cmd.arg", domain.Text{ZH: "-sep 只能是一个字符", EN: "-sep is one character"})
	}
	return r, nil
}

// writeCSV makes CSV of JSON objects, one line each.
func writeCSV(c *shell.Call, sep rune) error {
	w := csv.NewWriter(c.Out)
	w.Comma = sep
	keys := names(c.Opt("keys").Text())
	first := true
	err := eachItem(c, func(v shell.Value) error {
		if first {
			if keys == nil {
				eachMember(v.Text, func(key, _ string) { keys = append(keys, key) })
			}
			if first = false; !c.Has("nohead") {
				if err := w.Write(keys); err != nil {
					return err
				}
			}
		}
		row, from := make([]string, len(keys)), walker{raw: v.Text}
		for i, key := range keys {
			if err := lasts(c, i); err != nil {
				return err
			}
			raw, _ := from.walk(key)
			row[i] = cell(c, raw)
		}
		return w.Write(row)
	})
	w.Flush()
	if err != nil {
		return err
	}
	return w.Error()
}

func cell(c *shell.Call, raw string) string {
	s := plain(raw)
	if c.Has("safe") && s != "" && strings.HasPrefix(raw, `"`) && strings.IndexByte("=+-@\t\r", s[0]) >= 0 {
		return "'" + s
	}
	return s
}

// readCSV makes a JSON list of CSV, one object of texts for each line. It streams.
func readCSV(c *shell.Call, sep rune) error {
	meter := &itemMeter{r: withContext(c, c.In), peak: peak{c: c}} // a quote that is never closed would take all the rest
	r := csv.NewReader(meter)
	r.Comma, r.FieldsPerRecord, r.ReuseRecord, r.LazyQuotes = sep, -1, true, false
	keys := names(c.Opt("keys").Text())
	out := lister{w: c.Out}
	for line := 0; ; line++ {
		row, err := r.Read()
		meter.n = 0
		if err == io.EOF {
			return out.end()
		}
		if err != nil {
			return csvFault(err)
		}
		if err := csvText(r, row); err != nil {
			return err
		}
		if line == 0 {
			row[0] = strings.TrimPrefix(row[0], "\ufeff")
			if !c.Has("nohead") {
				if keys == nil {
					keys = append(keys, row...)
				}
				continue
			}
		}
		if err := out.item(csvRow(keys, row)); err != nil {
			return err
		}
	}
}

// csvText refuses a line that is not UTF-8, with its place.
func csvText(r *csv.Reader, row []string) error {
	for i, text := range row {
		if !utf8.ValidString(text) {
			line, _ := r.FieldPos(i)
			return domain.E("e.cmd.arg", domain.Textf("第 %v 行第 %v 列不是 UTF-8（可能是 GBK：请另存为 UTF-8）", "line %v, column %v is not UTF-8 (is it GBK? save it as UTF-8)", line, i+1))
		}
	}
	return nil
}

// csvRow is an object of a line, or a list when there are no keys.
func csvRow(keys, row []string) string {
	o, list := &object{}, []string{}
	for i, text := range row {
		list = append(list, quoted(text))
		if i < len(keys) && keys[i] != "" {
			o.put(keys[i], quoted(text))
		}
	}
	if keys == nil {
		return listOf(list)
	}
	return o.json()
}

func csvFault(err error) error {
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		return domain.E("e.cmd.arg", domain.Textf("不是 CSV：%v，第 %v 行第 %v 列", "not CSV: %v at line %v column %v", e.Err.Error(), e.Line, e.Column))
	}
	return err
}

// lister writes a JSON list item by item, one on a line.
type lister struct {
	w io.Writer
	n int
}

func (l *lister) item(raw string) error {
	head := ",\n"
	if l.n == 0 {
		head = "[\n"
	}
	l.n++
	_, err := io.WriteString(l.w, head+raw)
	return err
}

func (l *lister) end() error {
	tail := "\n]\n"
	if l.n == 0 {
		tail = "[]\n"
	}
	_, err := io.WriteString(l.w, tail)
	return err
}
