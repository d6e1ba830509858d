package transfer

import (
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// readCSV walks CSV (RFC 4180) whose first line is the head. A line with a broken
// quote is a bad row; a quote that never ends takes the rest of the file.
func readCSV(r io.Reader) iter.Seq2[thingset.Row, error] {
	return func(yield func(thingset.Row, error) bool) {
		meter := &meter{r: r}
		in := csv.NewReader(meter)
		in.FieldsPerRecord, in.ReuseRecord = -1, true
		head, err := in.Read()
		if err == io.EOF {
			return
		}
		var columns []Column
		if err == nil {
			err = csvText(in, head)
		}
		if err == nil {
			head[0] = strings.TrimPrefix(head[0], "\ufeff")
			columns, err = parseColumns(head)
		}
		if err != nil {
			yield(thingset.Row{Line: 1}, csvFault(err))
			return
		}
		for {
			meter.n = 0
			row, err := csvRow(in, meter, columns)
			if err == io.EOF || !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// csvRow is the next line as a row.
func csvRow(in *csv.Reader, m *meter, columns []Column) (row thingset.Row, err error) {
	cells, err := in.Read()
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		return thingset.Row{Line: e.StartLine, Err: csvFault(err)}, nil
	}
	if err != nil {
		return row, err
	}
	row.Line, _ = in.FieldPos(0)
	if err := csvText(in, cells); err != nil {
		return row, err
	}
	if len(cells) > len(columns) {
		row.Err = domain.E("e.cmd.arg", domain.Textf("该行有 %v 格，表头有 %v 格", "the line has %v cells, the head %v", len(cells), len(columns)))
		return row, nil
	}
	if len(cells) < len(columns) && m.cut && in.InputOffset() == m.all {
		row.Err = domain.E("e.cmd.arg", domain.Text{ZH: "内容在该行中过早结束", EN: "the text ends within this line"})
		return row, nil
	}
	row.Doc, row.Err = document(columns, cells)
	return row, nil
}

// csvText refuses a line that is not UTF-8: none of what follows will be.
func csvText(in *csv.Reader, cells []string) error {
	bad := badCell(cells)
	if bad == 0 {
		return nil
	}
	line, _ := in.FieldPos(bad - 1)
	return notUTF8(line, bad)
}

// badCell is the first cell that is not UTF-8, counted from 1, and 0 when all are.
func badCell(cells []string) int {
	return 1 + slices.IndexFunc(cells, func(s string) bool { return !utf8.ValidString(s) })
}

func csvFault(err error) error {
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		return domain.E("e.cmd.arg", domain.Textf("不是 CSV：%v，第 %v 行第 %v 列", "not CSV: %v at line %v column %v", e.Err, e.Line, e.Column))
	}
	return err
}

// meter bounds what one row makes the reader hold.
type meter struct {
	r   io.Reader
	n   int
	all int64
	cut bool // what was read last ends within a line
}

// Read implements io.Reader.
func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if n > 0 {
		m.all, m.cut = m.all+int64(n), p[n-1] != '\n'
	}
	if m.n += n; m.n > maxRow {
		return 0, domain.E("e.io.toolarge", domain.Textf("一行超过 %v 字节", "a line of more than %v bytes", maxRow))
	}
	return n, err
}

// csvWriter writes CSV.
type csvWriter struct {
	w       *csv.Writer
	columns []Column
	row     []string
}

func newCSVWriter(w io.Writer, columns []Column) (Writer, error) {
	cw := &csvWriter{csv.NewWriter(w), columns, make([]string, len(columns))}
	for i, c := range columns {
		cw.row[i] = c.head()
	}
	return cw, cw.w.Write(cw.row)
}

// Write implements Writer.
func (cw *csvWriter) Write(doc []byte) error {
	for i, c := range cw.columns {
		cw.row[i] = cellText(c, c.cell(doc))
	}
	return cw.w.Write(cw.row)
}

// cellText is a value as a cell's text; in a column of JSON texts have quotes.
func cellText(c Column, v gjson.Result) string {
	switch {
	case v.Type == gjson.Null:
		return ""
	case v.Type == gjson.String && c.Type != "json":
		return v.Str
	}
	return v.Raw
}

// Close implements Writer.
func (cw *csvWriter) Close() error {
	cw.w.Flush()
	return cw.w.Error()
}
