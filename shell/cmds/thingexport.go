package cmds

import (
	"bufio"
	"io"
	"strconv"

	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/shell/progress"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/transfer"
)

// thingExport is `thing SET export [FILE]`.
func thingExport(d Deps) *shell.Command {
	return &shell.Command{
		Name:   "export",
		Manual: manual("thingexport"),
		Params: []shell.Param{setParam(), {
			Name: "FILE", Type: shell.Ref, Optional: true,
			Help: both("where to; without one, the pipe", "要写入的文件，不给则写管道"),
		}},
		Options: thingOptions(
			formatOption(), osFileOption(),
			matchOption("match"), sortOption(),
			option("limit", "N", shell.Int, "at most N", "最多 N 条"),
			option("skip", "N", shell.Int, "leave out the first N", "跳过前 N 条"),
			option("fields", "LIST", shell.Text, "these fields only, in this order: nm,address.city", "只要这些字段，按此顺序：nm,address.city"),
			flag("bin", "also what is in the bin", "包括回收站")),
		Writes: true,
		Run:    withSet(d, runThingExport),
	}
}

func runThingExport(c *shell.Call, set *thingset.Set) error {
	if err := refuseOSFile(c); err != nil {
		return err
	}
	format, err := exportFormat(c)
	if err != nil {
		return err
	}
	q, err := exportQuery(c)
	if err != nil {
		return err
	}
	if c.NArg() < 2 {
		_, err := export(c, set, q, format, c.Out)
		return err
	}
	t, path, err := pathOf(c, c.Arg(1))
	if err != nil {
		return err
	}
	w, err := t.Create(path)
	if err != nil {
		return err
	}
	defer w.Close()
	n, err := export(c, set, q, format, w)
	if err == nil {
		err = w.Commit()
	}
	if err != nil {
		return err
	}
	return c.Reply([]byte(`{"rows":` + strconv.Itoa(n) + `}`))
}

// exportFormat is what -as says, or the file's extension, or JSON Lines.
func exportFormat(c *shell.Call) (transfer.Format, error) {
	switch {
	case c.Has("as"):
		return transfer.FormatOf(c.Opt("as").Text())
	case c.NArg() > 1:
		return transfer.FormatOf(c.Arg(1).Text())
	}
	return transfer.JSONL, nil
}

func exportQuery(c *shell.Call) (q thingset.Query, err error) {
	q.Bin, q.NoSum = c.Has("bin"), true
	if q.Match, err = thingMatch(c.Opt("match")); err != nil {
		return q, err
	}
	if q.Sort, err = thingSort(c); err != nil {
		return q, err
	}
	if q.Skip, err = wholeNumber(c, "skip", 0); err != nil {
		return q, err
	}
	q.Limit, err = wholeNumber(c, "limit", 0)
	return q, err
}

// export writes the things of a query and gives their number.
func export(c *shell.Call, set *thingset.Set, q thingset.Query, format transfer.Format, to io.Writer) (n int, err error) {
	columns, total, err := exportColumns(c, set, q, format)
	if err != nil {
		return 0, err
	}
	buf := bufio.NewWriterSize(to, 64<<10)
	w, err := transfer.NewWriter(format, buf, columns, roomOf(c))
	if err != nil {
		return 0, err
	}
	defer transfer.Discard(w)
	bar := progress.New(c.Err, c.Columns)
	step := func() progress.Step {
		return progress.Step{Done: int64(n), Total: int64(total), Count: n, Unit: both("things", "条")}
	}
	pick := exportView(c, format, columns)
	for rec, err := range set.Each(c.Context(), q) {
		if err != nil {
			return n, err
		}
		if err := w.Write(pick(rec.Body)); err != nil {
			return n, err
		}
		n++
		bar.Show(step(), c.Lang)
	}
	if err := w.Close(); err != nil {
		return n, err
	}
	bar.Done(step(), c.Lang)
	return n, buf.Flush()
}

// roomOf is what a workbook may take in a run.
func roomOf(c *shell.Call) transfer.Room {
	return transfer.Room{Dir: c.Domain.TempDir(), Memory: c.Hold, Disk: c.HoldDisk}
}

// exportView is what is written of a thing.
func exportView(c *shell.Call, format transfer.Format, columns []transfer.Column) func(body []byte) []byte {
	if c.Has("fields") && !format.Table() {
		return func(body []byte) []byte { return transfer.Select(appendThing(nil, body), columns) }
	}
	return func(body []byte) []byte { return appendThing(nil, body) }
}

// exportColumns are the fields that -fields names, or all that some thing has. A
// table's types are learnt by a look at all things; total is then their number.
func exportColumns(c *shell.Call, set *thingset.Set, q thingset.Query, format transfer.Format) (columns []transfer.Column, total int, err error) {
	for _, path := range names(c.Opt("fields").Text()) {
		columns = append(columns, transfer.Column{Path: path})
	}
	if columns, err = transfer.CheckColumns(columns); err != nil {
		return nil, 0, err
	}
	for _, col := range columns {
		if err := mayAsk([]string{col.Path}); err != nil {
			return nil, 0, err
		}
	}
	if !format.Table() {
		return columns, 0, nil
	}
	var all transfer.Columns
	for rec, err := range set.Each(c.Context(), q) {
		if err != nil {
			return nil, 0, err
		}
		total++
		all.Add(appendThing(nil, rec.Body))
	}
	if !c.Has("fields") {
		return all.List(), total, nil
	}
	return all.Typed(columns), total, nil
}
