// Package transfer reads and writes things in the formats that other programs
// know: JSON Lines, a JSON list, CSV and XLSX. It streams: neither side holds more
// than one thing, but for XLSX, whose file is a zip that has to be read whole.
package transfer

import (
	"io"
	"iter"
	"path"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// Format is how things are written in a file.
type Format string

// The formats.
const (
	JSONL Format = "jsonl"
	JSON  Format = "json"
	CSV   Format = "csv"
	XLSX  Format = "xlsx"
)

// formats are the names that each is known by, as -as and as extension.
var formats = map[string]Format{
	"jsonl": JSONL, "ndjson": JSONL, "json": JSON, "csv": CSV, "xlsx": XLSX,
}

// FormatOf is the format of a name: jsonl (or ndjson), json, csv, xlsx, or of a
// file with that extension. Another one is e.cmd.arg.
func FormatOf(name string) (Format, error) {
	ext := strings.TrimPrefix(path.Ext(name), ".")
	if ext == "" {
		ext = name
	}
	if f, ok := formats[strings.ToLower(ext)]; ok {
		return f, nil
	}
	return "", domain.E("e.cmd.arg", domain.Textf("不支持的数据格式（可用 jsonl、json、csv、xlsx）：%v", "no format of things (jsonl, json, csv, xlsx): %v", ext))
}

// maxRow is the most that one thing may take, in bytes.
const maxRow = 32 << 20

// Read walks the things of a file. A thing that cannot be read is a row with an
// error, and the walk goes on; what makes reading on impossible is the walk's
// error. Line is where the thing begins, from 1; of XLSX it is the row. Room is what a
// workbook may take.
func Read(f Format, r io.Reader, room Room) iter.Seq2[thingset.Row, error] {
	switch f {
	case JSON:
		return readList(r)
	case CSV:
		return readCSV(r)
	case XLSX:
		return readXLSX(r, room)
	}
	return readLines(r)
}

// Writer writes things. Close ends the file; it does not close what is below.
type Writer interface {
	Write(doc []byte) error
	Close() error
}

// Discard gives up a file that may not have been ended, and removes what it has put aside.
func Discard(w Writer) {
	if d, ok := w.(interface{ Discard() }); ok {
		d.Discard()
	}
}

// NewWriter begins a file, which is to be closed or discarded. Columns are those of CSV and XLSX, and are not
// looked at otherwise.
func NewWriter(f Format, w io.Writer, columns []Column, room Room) (Writer, error) {
	switch f {
	case JSON:
		return &listWriter{w: w}, nil
	case CSV:
		return newCSVWriter(w, columns)
	case XLSX:
		return newXLSXWriter(w, columns, room)
	}
	return &lineWriter{w}, nil
}

// Table reports whether a format has columns.
func (f Format) Table() bool { return f == CSV || f == XLSX }

// Mime is the format's media type.
func (f Format) Mime() string {
	switch f {
	case JSON:
		return "application/json"
	case CSV:
		return "text/csv; charset=utf-8"
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	return "application/x-ndjson"
}
