package transfer

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/caryahq/carya/domain"
)

// read gives rows as `line doc` or `line !code`, and the walk's error as `!code`.
func read(f Format, r io.Reader) (out []string) {
	for row, err := range Read(f, r, Room{}) {
		switch {
		case err != nil:
			out = append(out, "!"+domain.CodeOf(err))
		case row.Err != nil:
			out = append(out, fmt.Sprintf("%d !%s", row.Line, domain.CodeOf(row.Err)))
		default:
			out = append(out, fmt.Sprintf("%d %s", row.Line, row.Doc))
		}
	}
	return out
}

func TestFormatsAreRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		f        Format
		in, want string
	}{
		{JSONL, "", ""},
		{JSONL, "\ufeff{\"a\":1}\r\n\n {\"b\":2}", `1 {"a":1}|3 {"b":2}`},
		{JSONL, "nonsense\n{}", `1 nonsense|2 {}`},
		{JSON, "", "!e.json"},
		{JSON, "{}", "!e.json"},
		{JSON, "\ufeff [ ]\n", ""},
		{JSON, "[{\"a\":\"]\\\"}\"},\n\n{\"b\":[1,{}]}\n]", `1 {"a":"]\"}"}|3 {"b":[1,{}]}` + "\n"},
		{JSON, `[{"a":1},nonsense,{"b":2}]`, `1 {"a":1}|1 nonsense|1 {"b":2}`},
		{JSON, `[{"a":1}] x`, `!e.json`},
		{JSON, "[{\"a\":1},\n{\"b\"", `1 {"a":1}|!e.json`},
		{CSV, "", ""},
		{CSV, "\ufeffa,b.c\n1,2\n", `2 {"a":"1","b":{"c":"2"}}`},
		{CSV, "a,n:int,f:float,o:boolean,j:json\nx,1,2.50,yes,\"{k:[1]}\"\n", `2 {"a":"x","n":1,"f":2.5,"o":true,"j":{"k":[1]}}`},
		{CSV, "a,n:int\n,\nx,1.5\ny,0x1\nz,9223372036854775807", `2 {}|3 !e.cmd.arg|4 !e.cmd.arg|5 {"a":"z","n":9223372036854775807}`},
		{CSV, "f:float\nNaN\nInf\n-1e3", `2 !e.cmd.arg|3 !e.cmd.arg|4 {"f":-1000}`},
		{CSV, "a\n\"two\nlines\"\nx\n", `2 {"a":"two\nlines"}|4 {"a":"x"}`},
		{CSV, "a,,b\n1,2,3\n", `2 {"a":"1","b":"3"}`},
		{CSV, "a\n1,2\n3\n", "2 !e.cmd.arg|3 {\"a\":\"3\"}"},
		{CSV, "a\nx\"y\nz\n", "2 !e.cmd.arg|3 {\"a\":\"z\"}"},
		{CSV, "a.0,b\\.c\n1,2\n", `2 {"a":{"0":"1"},"b.c":"2"}`},
		{CSV, "a.#\n1\n", "!e.cmd.arg"},
		{CSV, "a..b\n1\n", "!e.cmd.arg"},
		{CSV, "a|@this\n1\n", "!e.cmd.arg"},
		{CSV, "a:int8\n1\n", "!e.cmd.arg"},
		{CSV, "a\n\xff\n", "!e.cmd.arg"},
		{CSV, "a\n\ufffd\n", "2 {\"a\":\"\ufffd\"}"},
		{XLSX, "no workbook", "!e.cmd.arg"},
	} {
		got := strings.Join(read(c.f, strings.NewReader(c.in)), "|")
		if strings.TrimSpace(got) != strings.TrimSpace(c.want) {
			t.Errorf("%s %q:\ngot  %s\nwant %s", c.f, c.in, got, c.want)
		}
	}
}

// TestATextThatIsNotUTF8IsRefused holds that an import of GBK ends at the first such
// text, with its place and without a row of it.
func TestATextThatIsNotUTF8IsRefused(t *testing.T) {
	t.Parallel()
	const gbk = "\xd0\xa1\xb0\xd7" // 小白; its first two bytes happen to be UTF-8
	for _, c := range []struct {
		f        Format
		in, want string
		rows     int
	}{
		{CSV, "nm," + gbk + "\na,b\n", "line 1, column 2", 0},
		{CSV, "nm,city\nann,bj\n\"two\nlines\"," + gbk + "\nx,y\n", "line 4, column 2", 1},
		{JSONL, "{\"nm\":\"ann\"}\n\n{\"nm\":\"小" + gbk + "\"}\n{}\n", "line 3, column 10", 1},
		{JSON, "[{\"nm\":\"ann\"}, {\"nm\":\"小" + gbk + "\"}, {}]", "line 1, column 25", 1},
		{JSON, "[{\"nm\":\"ann\"},\n{\"nm\":\n \"小" + gbk + "\"}]", "line 3, column 5", 1},
		{XLSX, workbook(t, gbk), "invalid UTF-8", 0},
	} {
		rows := 0
		var refused error
		for row, err := range Read(c.f, strings.NewReader(c.in), Room{}) {
			if refused = err; err == nil && row.Err == nil {
				rows++
			}
		}
		if refused == nil || rows != c.rows || !strings.Contains(refused.Error(), c.want) || c.f != XLSX && !strings.Contains(refused.Error(), "GBK") {
			t.Errorf("%s %q: %d rows, %v; want %d, %s", c.f, c.in[:min(len(c.in), 60)], rows, refused, c.rows, c.want)
		}
		if e := domain.AsError(refused); e != nil && c.f != XLSX && !strings.Contains(e.DetailIn(domain.ZH), "不是 UTF-8") {
			t.Errorf("in Chinese: %s", e.DetailIn(domain.ZH))
		}
	}
}

// workbook is one with a text that is not UTF-8.
func workbook(t *testing.T, text string) string {
	t.Helper()
	var buf, out bytes.Buffer
	book := excelize.NewFile()
	defer book.Close()
	err := errors.Join(book.SetCellStr("Sheet1", "A1", "nm"), book.SetCellStr("Sheet1", "A2", "WXYZ"), book.Write(&buf))
	if err != nil {
		t.Fatal(err)
	}
	in, err := zip.NewReader(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(&out)
	for _, f := range in.File {
		raw, err := fs.ReadFile(in, f.Name)
		if err != nil {
			t.Fatal(err)
		}
		to, err := z.Create(f.Name)
		if err == nil {
			_, err = to.Write(bytes.ReplaceAll(raw, []byte("WXYZ"), []byte(text)))
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

func TestDatesOfATable(t *testing.T) {
	t.Parallel()
	day := time.Date(2024, 5, 6, 0, 0, 0, 0, time.Local)
	for in, want := range map[string]time.Time{
		"2024-05-06": day, "2024/5/6": day, "2024-05-06 07:08:09": day.Add(7*time.Hour + 8*time.Minute + 9*time.Second),
		"2024-05-06T07:08:09Z": time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC),
		"45418":                day, "45418.5": day.Add(12 * time.Hour),
	} {
		raw, err := Column{"d", "date"}.value(in)
		if raw != fmt.Sprint(want.UnixMilli()) || err != nil {
			t.Errorf("%s is %s, %v", in, raw, err)
		}
	}
	if _, err := (Column{"d", "date"}).value("soon"); domain.CodeOf(err) != "e.cmd.arg" {
		t.Errorf("soon: %v", err)
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	t.Parallel()
	docs := []string{
		`{"id":"1","nm":"小白, \"x\"\n","n":1,"big":9007199254740993,"f":1.5,"on":true,"in":{"a":"x","b":{"c":2}},"tags":[1,"b"],"odd":{"a b|c":1},"mix":1}`,
		`{"id":"2","nm":"=1+1","n":-5,"f":2,"on":false,"in":{"a":"y"},"mix":"1"}`,
		`{"id":"3"}`,
	}
	var cs Columns
	for _, d := range docs {
		cs.Add([]byte(d))
	}
	for _, f := range []Format{JSONL, JSON, CSV, XLSX} {
		var buf bytes.Buffer
		w, err := NewWriter(f, &buf, cs.List(), Room{})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range docs {
			if err := w.Write([]byte(d)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		for i, got := range read(f, &buf) {
			_, got, _ = strings.Cut(got, " ")
			if sorted(got) != sorted(docs[i]) {
				t.Errorf("%s:\ngot  %s\nwant %s", f, sorted(got), sorted(docs[i]))
			}
		}
	}
}

// sorted is a thing as a table's one row would show it, in a fixed order.
func sorted(doc string) string {
	var out strings.Builder
	for _, p := range []string{"id", "nm", "n", "big", "f", "on", "in.a", "in.b.c", "tags", "odd", "mix"} {
		fmt.Fprintf(&out, "%s=%s ", p, Column{Path: p}.cell([]byte(doc)).Raw)
	}
	return out.String()
}

func TestSheetsByOtherProgramsAreRead(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	defer f.Close()
	for at, v := range map[string]any{
		"A1": "nm", "B1": "age:int", "C1": "born:date", "D1": "", "A2": "ann", "B2": 30,
		"C2": time.Date(2024, 5, 6, 0, 0, 0, 0, time.UTC), "A4": "bob", "E5": "stray",
	} {
		if err := f.SetCellValue("Sheet1", at, v); err != nil {
			t.Fatal(err)
		}
	}
	var buf bytes.Buffer
	if err := f.Write(&buf); err != nil {
		t.Fatal(err)
	}
	born := time.Date(2024, 5, 6, 0, 0, 0, 0, time.Local).UnixMilli()
	want := fmt.Sprintf(`2 {"nm":"ann","age":30,"born":%d}|4 {"nm":"bob"}|5 !e.cmd.arg`, born)
	if got := strings.Join(read(XLSX, &buf), "|"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestLongRowsAreRefused(t *testing.T) {
	t.Parallel()
	for f, head := range map[Format]string{JSONL: `{"a":"`, JSON: `[{"a":"`, CSV: "a\n\""} {
		r := io.MultiReader(strings.NewReader(head), io.LimitReader(endless{}, maxRow+(1<<20)))
		got := read(f, r)
		if len(got) != 1 || got[0] != "!e.io.toolarge" {
			t.Errorf("%s: %d rows, first %.40s", f, len(got), got[0])
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestAReadErrorEndsTheWalk(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, f := range []Format{JSONL, JSON, CSV, XLSX} {
		r := io.MultiReader(strings.NewReader("["), failing{broken})
		got := read(f, r)
		if len(got) == 0 || got[len(got)-1][0] != '!' {
			t.Errorf("%s: %q", f, got)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func FuzzRead(f *testing.F) {
	f.Add("csv", "a.b:int,c\n1,2\n")
	f.Add("json", `[{"a":"]"}]`)
	f.Add("jsonl", "{}\n")
	f.Fuzz(func(t *testing.T, format, in string) {
		name, err := FormatOf(format)
		if err != nil || name == XLSX {
			return
		}
		last := 0
		for row, err := range Read(name, strings.NewReader(in), Room{}) {
			if err == nil && row.Line < last {
				t.Errorf("line %d comes after %d", row.Line, last)
			}
			last = row.Line
		}
	})
}
