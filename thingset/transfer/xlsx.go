package transfer

import (
	"archive/zip"
	"io"
	"iter"
	"math"

	"github.com/tidwall/gjson"
	"github.com/xuri/excelize/v2"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// What a workbook may take: the file itself, and what it holds when it is
// unpacked. Sheets above spillXML are unpacked to a temporary file.
const (
	maxXLSX   = 512 << 20
	maxUnzip  = 4 << 30
	spillXML  = 16 << 20
	sheetRows = 1 << 20 // of a sheet, the format's own limit
)

// readXLSX walks the first sheet of a workbook, whose first row is the head.
func readXLSX(r io.Reader, room Room) iter.Seq2[thingset.Row, error] {
	return func(yield func(thingset.Row, error) bool) {
		rows, done, err := openSheet(r, room)
		if err != nil {
			yield(thingset.Row{}, bookFault(err))
			return
		}
		defer done()
		var columns []Column
		for n := 1; rows.Next(); n++ {
			cells, err := rows.Columns(excelize.Options{RawCellValue: true})
			if err != nil { // its texts lie elsewhere in the workbook
				err = domain.E("e.cmd.arg", domain.Textf("不是 XLSX：%v", "not XLSX: %v", err))
			} else if bad := badCell(cells); bad > 0 {
				err = notUTF8(n, bad)
			}
			if err == nil && columns == nil {
				columns, err = parseColumns(cells)
				if err == nil {
					continue
				}
			}
			if err != nil {
				yield(thingset.Row{Line: n}, err)
				return
			}
			if row, ok := sheetRow(n, columns, cells); ok && !yield(row, nil) {
				return
			}
		}
		if err := rows.Error(); err != nil {
			yield(thingset.Row{}, domain.E("e.cmd.arg", domain.Textf("不是 XLSX：%v", "not XLSX: %v", err)))
		}
	}
}

// bookFault is the error of a workbook that cannot be read, or for which there is no room.
func bookFault(err error) error {
	if domain.CodeOf(err) == "e.busy" {
		return err
	}
	return domain.E("e.cmd.arg", domain.Textf("不是 XLSX：%v", "not XLSX: %v", err))
}

func openSheet(r io.Reader, room Room) (rows *excelize.Rows, done func(), err error) {
	dir, remove, err := room.folder()
	if err != nil {
		return nil, nil, err
	}
	f, err := openBook(r, dir, room)
	if err == nil {
		if rows, err = f.Rows(f.GetSheetName(0)); err == nil {
			return rows, func() { rows.Close(); f.Close(); remove() }, nil
		}
		f.Close()
	}
	remove() // the library leaves files behind when it fails
	return nil, nil, err
}

func openBook(r io.Reader, dir string, room Room) (*excelize.File, error) {
	book, err := bookFile(r, dir, room)
	if err != nil {
		return nil, err
	}
	defer book.Close()
	if err := checkBook(book, room); err != nil {
		return nil, err
	}
	return excelize.OpenReader(book, excelize.Options{UnzipSizeLimit: maxUnzip, UnzipXMLSizeLimit: spillXML, RawCellValue: true, TmpDir: dir})
}

type meteredFile struct {
	r    io.Reader
	left int64
}

// Read implements io.Reader.
func (m *meteredFile) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if m.left -= int64(n); m.left < 0 {
		return 0, domain.E("e.io.toolarge", domain.Textf("工作簿超过 %v 字节", "a workbook of more than %v bytes", maxXLSX))
	}
	return n, err
}

// sheetRow makes a row of cells; ok is false when all are empty.
func sheetRow(n int, columns []Column, cells []string) (row thingset.Row, ok bool) {
	row.Line = n
	for i, cell := range cells {
		ok = ok || cell != ""
		if i >= len(columns) && cell != "" {
			row.Err = domain.E("e.cmd.arg", domain.Textf("该行有 %v 格，表头有 %v 格", "the row has %v cells, the head %v", len(cells), len(columns)))
			return row, true
		}
	}
	row.Doc, row.Err = document(columns, cells)
	return row, ok
}

// serial is ms of a workbook's date: days since 1899-12-30, in local time.
func serial(days float64) (ms int64, ok bool) {
	if days < 1 || days > 2958465 || math.IsNaN(days) {
		return 0, false
	}
	t, err := excelize.ExcelDateToTime(days, false)
	return localTime(t).UnixMilli(), err == nil
}

// xlsxWriter writes one sheet.
type xlsxWriter struct {
	f       *excelize.File
	s       *excelize.StreamWriter
	columns []Column
	row     []any
	n       int

	room   Room
	dir    string // of its temporary file
	remove func()
	taken  int64 // of the disk
}

func newXLSXWriter(w io.Writer, columns []Column, room Room) (Writer, error) {
	dir, remove, err := room.folder()
	if err != nil {
		return nil, err
	}
	f := excelize.NewFile(excelize.Options{TmpDir: dir}).SetZipWriter(func(io.Writer) excelize.ZipWriter { return sheetZip{zip.NewWriter(w)} })
	s, err := f.NewStreamWriter(f.GetSheetName(0))
	if err != nil {
		f.Close()
		remove()
		return nil, err
	}
	x := &xlsxWriter{f: f, s: s, columns: columns, row: make([]any, len(columns)), room: room, dir: dir, remove: remove}
	for i, c := range columns {
		x.row[i] = c.head()
	}
	if err := x.add(); err != nil {
		x.Discard()
		return nil, err
	}
	return x, nil
}

// roomRows is after how many rows a writer takes room for what it has written.
const roomRows = 1000

// takeRoom takes room for what the library holds: the end of the sheet in memory, the rest
// of it in a file.
func (x *xlsxWriter) takeRoom() error {
	if x.n == roomRows {
		if err := x.room.memory(spillXML); err != nil {
			return err
		}
	}
	more := sizeOf(x.dir) - x.taken
	if more <= 0 {
		return nil
	}
	x.taken += more
	return x.room.disk(more)
}

// Discard gives up what was not closed.
func (x *xlsxWriter) Discard() {
	x.f.Close()
	x.remove()
}

func (x *xlsxWriter) add() error {
	if x.n++; x.n > sheetRows {
		return domain.E("e.io.toolarge", domain.Textf("一张工作表最多 %v 行：请用 jsonl 或 csv", "a sheet holds %v rows: use jsonl or csv", sheetRows))
	}
	if x.n%roomRows == 0 {
		if err := x.takeRoom(); err != nil {
			return err
		}
	}
	at, err := excelize.CoordinatesToCellName(1, x.n)
	if err != nil {
		return err
	}
	return x.s.SetRow(at, x.row)
}

// Write implements Writer.
func (x *xlsxWriter) Write(doc []byte) error {
	for i, c := range x.columns {
		x.row[i] = sheetCell(c, c.cell(doc))
	}
	return x.add()
}

// maxExact is the largest whole number that a sheet's cell, a float, holds exactly.
const maxExact = 1 << 53

func sheetCell(c Column, v gjson.Result) any {
	switch {
	case v.Type == gjson.Null:
		return nil
	case c.Type == "json" || v.Type == gjson.Number && math.Abs(v.Num) >= maxExact:
		return v.Raw
	case v.Type == gjson.Number:
		return v.Num
	case v.IsBool():
		return v.Bool()
	}
	return cellText(c, v)
}

// Close implements Writer.
func (x *xlsxWriter) Close() error {
	defer x.Discard()
	if err := x.s.Flush(); err != nil {
		return err
	}
	return x.f.Write(io.Discard) // sheetZip writes
}

// sheetZip packs a workbook straight into where it goes: the library would hold all
// of it.
type sheetZip struct{ *zip.Writer }

// Create implements excelize.ZipWriter.
func (z sheetZip) Create(name string) (io.Writer, error) {
	w, err := z.Writer.Create(name)
	return &meteredPart{w, maxUnzip - 1}, err
}

// meteredPart is a part of a workbook that must not get longer than the format's
// plain form, and readXLSX, can take.
type meteredPart struct {
	w    io.Writer
	left int64
}

// Write implements io.Writer.
func (m *meteredPart) Write(p []byte) (int, error) {
	if m.left -= int64(len(p)); m.left < 0 {
		return 0, domain.E("e.io.toolarge", domain.Textf("一张工作表最多 %v 字节：请用 jsonl 或 csv", "a sheet holds %v bytes: use jsonl or csv", maxUnzip))
	}
	return m.w.Write(p)
}
