package transfer

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/caryahq/carya/domain"
)

// book is a workbook of some rows, of which change makes another one, part by part.
func book(t *testing.T, rows int, change func(name, text string) string) string {
	t.Helper()
	var plain, out bytes.Buffer
	f := excelize.NewFile()
	defer f.Close()
	for i := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &[]any{"nm", i}); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Write(&plain); err != nil {
		t.Fatal(err)
	}
	in, err := zip.NewReader(bytes.NewReader(plain.Bytes()), int64(plain.Len()))
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(&out)
	for _, part := range in.File {
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		w, err := z.Create(part.Name)
		if err == nil {
			_, err = io.WriteString(w, change(part.Name, string(text)))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// inPart changes one part.
func inPart(name string, change func(string) string) func(string, string) string {
	return func(n, text string) string {
		if n == name {
			return change(text)
		}
		return text
	}
}

// A workbook with a part that is cut off or broken is refused with the place, and nothing of
// it is read.
func TestABrokenWorkbookIsRefusedWhole(t *testing.T) {
	t.Parallel()
	const sheet, texts = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
	refusal := func(text string) (rows int, err error) {
		for _, err = range Read(XLSX, strings.NewReader(text), Room{}) {
			if err == nil {
				rows++
			}
		}
		return rows, err
	}
	whole := book(t, 30, func(_, text string) string { return text })
	if rows, err := refusal(whole); rows != 29 || err != nil {
		t.Fatalf("a good one: %d rows, %v", rows, err)
	}
	half := func(s string) string { return s[:len(s)/2] }
	for name, c := range map[string]struct{ text, place string }{
		"a sheet that is cut off":             {book(t, 30, inPart(sheet, half)), sheet},
		"a sheet of which the end is missing": {book(t, 30, inPart(sheet, func(s string) string { return strings.Replace(s, "</worksheet>", "", 1) })), sheet},
		"a sheet that is broken within":       {book(t, 30, inPart(sheet, func(s string) string { return strings.Replace(s, `<row r="20"`, `<row r=20`, 1) })), sheet},
		"texts that are cut off":              {book(t, 30, inPart(texts, half)), texts},
		"a file that is cut off":              {whole[:len(whole)-30], "zip"},
		"a file of which a bit is wrong":      {strings.Replace(whole, whole[200:204], "\x00\x01\x02\x03", 1), ""},
	} {
		rows, err := refusal(c.text)
		if rows != 0 || domain.CodeOf(err) != "e.cmd.arg" || !strings.Contains(err.Error(), c.place) {
			t.Errorf("%s: %d rows, %v", name, rows, err)
		}
	}
}

// A workbook's parts are as long as it says, and what is held in memory is bounded.
func TestAWorkbookHoldsNoMoreThanItSays(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]uint64{"more than it says": 3, "more than may be": maxParts + 1} {
		var raw, out bytes.Buffer
		c, _ := flate.NewWriter(&raw, 1)
		_, _ = io.WriteString(c, strings.Repeat(" ", 1000))
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		z := zip.NewWriter(&out)
		w, err := z.CreateRaw(&zip.FileHeader{Name: "xl/styles.xml", Method: zip.Deflate, CompressedSize64: uint64(raw.Len()), UncompressedSize64: says})
		if err == nil {
			_, err = w.Write(raw.Bytes())
		}
		if err = errors.Join(err, z.Close()); err != nil {
			t.Fatal(err)
		}
		if _, _, err := openSheet(&out, Room{}); err == nil || !strings.Contains(err.Error(), map[bool]string{true: "not a valid zip", false: "besides its sheets"}[says == 3]) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A line of CSV at which the text ends, with fewer cells than the head, is a bad row: it was
// cut off.
func TestACSVThatEndsEarlyIsTold(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a,b\n1,2\n3":       `2 {"a":"1","b":"2"}, 3 !e.cmd.arg`,
		"a,b\n1,2\n3\n":     `2 {"a":"1","b":"2"}, 3 {"a":"3"}`,
		"a,b\n1,2":          `2 {"a":"1","b":"2"}`,
		"a,b\n1,2\n\"3,4\n": `2 {"a":"1","b":"2"}, 3 !e.cmd.arg`,
	} {
		if got := strings.Join(read(CSV, strings.NewReader(in)), ", "); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}
