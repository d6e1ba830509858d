package cmds

import (
	"bufio"
	"bytes"
	"cmp"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

func sortCommand() *shell.Command {
	return &shell.Command{
		Name:   "sort",
		Manual: manual("sort"),
		Reads:  true,
		Params: []shell.Param{sourcesParam()},
		Options: []shell.Option{
			flag("n", "by the number at the start of a line", "按行首的数字"),
			flag("r", "the other way round", "反过来"),
			flag("i", "without regard to case", "不分大小写"),
			flag("u", "of equal lines only the first", "相同的行只留第一个"),
			withCheck(option("by", "JSON", shell.JSON, "a JSON list, by the values at keys: {ct:-1,nm:1}", "对 JSON 列表按键值排序：{ct:-1,nm:1}"), checkSort),
		},
		Run: runSort,
	}
}

func runSort(c *shell.Call) error {
	if c.Has("by") {
		return sortList(c)
	}
	var all []byte
	err := eachSource(c, 0, func(s source) error {
		data, err := c.ReadAll(s, shell.MaxInput)
		if err == nil && len(data) > 0 && data[len(data)-1] != '\n' {
			data = append(data, '\n')
		}
		all = append(all, data...)
		return cmp.Or(err, within(all))
	})
	if err != nil {
		return err
	}
	n := bytes.Count(all, []byte{'\n'})
	if err := c.Hold(n * int(unsafe.Sizeof(all))); err != nil {
		return err
	}
	lines := slices.AppendSeq(make([][]byte, 0, n), bytes.Lines(all))
	order := lineOrder(c)
	slices.SortStableFunc(lines, order)
	if c.Has("u") {
		lines = slices.CompactFunc(lines, func(a, b []byte) bool { return order(a, b) == 0 })
	}
	w := bufio.NewWriter(c.Out)
	for _, line := range lines {
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return w.Flush()
}

func lineOrder(c *shell.Call) func(a, b []byte) int {
	order := bytes.Compare
	if c.Has("i") {
		order = compareFold
	}
	if c.Has("n") {
		order = func(a, b []byte) int { return numberOf(a).compare(numberOf(b)) }
	}
	if c.Has("r") {
		up := order
		order = func(a, b []byte) int { return up(b, a) }
	}
	return order
}

// compareFold compares two lines in lower case.
func compareFold(a, b []byte) int {
	for len(a) > 0 && len(b) > 0 {
		x, n := utf8.DecodeRune(a)
		y, m := utf8.DecodeRune(b)
		if d := cmp.Compare(unicode.ToLower(x), unicode.ToLower(y)); d != 0 {
			return d
		}
		a, b = a[n:], b[m:]
	}
	return cmp.Compare(len(a), len(b))
}

// decimalNumber is a number as it stands: its digits before the point, without zeros at
// their start, and those behind it, without zeros at their end. The zero value is 0.
type decimalNumber struct {
	negative        bool
	whole, fraction []byte
}

// numberOf is the number at the start of a line, of its first 64 bytes; 0 without one.
func numberOf(line []byte) (n decimalNumber) {
	s := bytes.TrimSpace(line[:min(len(line), 64)])
	s, n.negative = bytes.CutPrefix(s, []byte{'-'})
	n.whole, s = digits(s)
	if len(s) > 0 && s[0] == '.' {
		n.fraction, _ = digits(s[1:])
	}
	n.whole, n.fraction = bytes.TrimLeft(n.whole, "0"), bytes.TrimRight(n.fraction, "0")
	n.negative = n.negative && len(n.whole)+len(n.fraction) > 0
	return n
}

func digits(s []byte) (is, rest []byte) {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return s[:n], s[n:]
}

func (a decimalNumber) compare(b decimalNumber) int {
	switch {
	case a.negative && b.negative:
		a, b = b, a
	case a.negative:
		return -1
	case b.negative:
		return 1
	}
	return cmp.Or(cmp.Compare(len(a.whole), len(b.whole)), bytes.Compare(a.whole, b.whole), bytes.Compare(a.fraction, b.fraction))
}

// sortList sorts a JSON list.
func sortList(c *shell.Call) error {
	n, err := c.Opt("by").Node()
	if err != nil {
		return err
	}
	by, err := thingset.ParseSort(n)
	if err != nil {
		return err
	}
	raw, err := readJSON(c, "[]")
	if err != nil {
		return err
	}
	if !strings.HasPrefix(raw, "[") {
		return domain.E("e.json", domain.Text{ZH: "管道里必须是列表", EN: "the pipe must hold a list"})
	}
	list := itemsOf(raw)
	if err := sortJSON(c, list, by); err != nil {
		return err
	}
	if c.Has("r") {
		slices.Reverse(list)
	}
	_, err = io.WriteString(c.Out, listOf(list)+"\n")
	return err
}
