package cmds

import (
	"bytes"
	"cmp"
	"io"
	"math/big"
	"slices"
	"strings"

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
	lines := slices.Collect(bytes.Lines(all))
	order := lineOrder(c)
	slices.SortStableFunc(lines, order)
	if c.Has("u") {
		lines = slices.CompactFunc(lines, func(a, b []byte) bool { return order(a, b) == 0 })
	}
	_, err = c.Out.Write(bytes.Join(lines, nil))
	return err
}

func lineOrder(c *shell.Call) func(a, b []byte) int {
	order := bytes.Compare
	if c.Has("i") {
		order = func(a, b []byte) int { return bytes.Compare(bytes.ToLower(a), bytes.ToLower(b)) }
	}
	if c.Has("n") {
		order = func(a, b []byte) int { return number(a).Cmp(number(b)) }
	}
	if c.Has("r") {
		up := order
		order = func(a, b []byte) int { return up(b, a) }
	}
	return order
}

// number is the decimal number at the start of a line, 0 without one.
func number(line []byte) *big.Rat {
	s := strings.TrimSpace(string(line[:min(len(line), 64)]))
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.' || end == 0 && s[end] == '-') {
		end++
	}
	for ; end > 0; end-- {
		if n, ok := new(big.Rat).SetString(s[:end]); ok {
			return n
		}
	}
	return new(big.Rat)
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
	sortJSON(list, by)
	if c.Has("r") {
		slices.Reverse(list)
	}
	_, err = io.WriteString(c.Out, listOf(list)+"\n")
	return err
}
