package cmds

import (
	"io"
	"strconv"
	"strings"

	"github.com/caryahq/carya/shell"
)

// table is text in columns, for people.
type table struct {
	rows   [][]string
	head   bool // the first row is a head
	border bool
}

// printTable prints the values at keys of JSON objects, as -h, -b, -i and -s ask.
func printTable(c *shell.Call, list, keys []string) error {
	t := table{head: c.Has("h"), border: c.Has("b")}
	if t.head {
		t.add(c.Has("i"), "#", keys)
	}
	for i, raw := range list {
		cells, from := make([]string, len(keys)), walker{raw: raw}
		for j, key := range keys {
			if err := lasts(c, j); err != nil {
				return err
			}
			v, _ := from.walk(key)
			cells[j] = printable(plain(v))
		}
		t.add(c.Has("i"), strconv.Itoa(i), cells)
	}
	out := t.String()
	if c.Has("s") {
		out += "total " + strconv.Itoa(len(list)) + "\n"
	}
	_, err := io.WriteString(c.Out, out)
	return err
}

func (t *table) add(numbered bool, number string, cells []string) {
	if numbered {
		cells = append([]string{number}, cells...)
	}
	t.rows = append(t.rows, cells)
}

func (t *table) String() string {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], shell.Columns(cell))
		}
	}
	var b strings.Builder
	t.rule(&b, widths)
	for i, row := range t.rows {
		t.line(&b, row, widths)
		if i == 0 && t.head {
			t.rule(&b, widths)
		}
	}
	t.rule(&b, widths)
	return b.String()
}

func (t *table) line(b *strings.Builder, row []string, widths []int) {
	left, mid, right := "", "  ", ""
	if t.border {
		left, mid, right = "| ", " | ", " |"
	}
	var line strings.Builder
	line.WriteString(left)
	for i, cell := range row {
		if i > 0 {
			line.WriteString(mid)
		}
		line.WriteString(cell + strings.Repeat(" ", widths[i]-shell.Columns(cell)))
	}
	line.WriteString(right)
	b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
}

func (t *table) rule(b *strings.Builder, widths []int) {
	if !t.border {
		return
	}
	for _, w := range widths {
		b.WriteString("+" + strings.Repeat("-", w+2))
	}
	b.WriteString("+\n")
}
