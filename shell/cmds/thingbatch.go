package cmds

import (
	"strconv"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/shell/progress"
	"github.com/caryahq/carya/thingset"
)

// batchReport tells a person how a verb comes on that changes many things, and that
// it is more than one commit, if it is.
type batchReport struct {
	c           *shell.Call
	bar         *progress.Bar
	done, total int
	commits     int
}

// batchOf begins a change of several things.
func batchOf(c *shell.Call, pass bool) (*batchReport, thingset.Batch) {
	x := &batchReport{c: c}
	return x, thingset.Batch{Pass: pass, Progress: x.progress}
}

func (x *batchReport) progress(done, total int) {
	if x.commits++; x.commits == 1 && done < total {
		x.bar = progress.New(x.c.Err, x.c.Columns)
	}
	x.done, x.total = done, total
	x.bar.Show(x.step(), x.c.Lang)
}

func (x *batchReport) step() progress.Step {
	return progress.Step{Done: int64(x.done), Total: int64(x.total), Count: x.done, Unit: both("things", "条")}
}

// reply makes a change and prints the things: one as an object when one was named, else
// as a list, of which no more is kept than one commit.
func (x *batchReport) reply(o thingset.Batch, change func(thingset.Batch) ([]thingset.Record, error)) error {
	if x.c.NArg() == 2 {
		list, err := change(o)
		if err := x.end(err); err != nil {
			return err
		}
		return replyThings(x.c, list, true)
	}
	show, err := viewOf(x.c)
	if err != nil {
		return err
	}
	return x.c.ReplyList(func(yield func([]byte, error) bool) {
		more := true // when nobody reads on the change goes on all the same
		var item []byte
		o.Each = func(rec thingset.Record) {
			if more {
				item = show(item[:0], rec.Body)
				more = yield(item, nil)
			}
		}
		_, err := change(o)
		if err := x.end(err); err != nil && more {
			yield(nil, err)
		}
	})
}

// end says how far a verb of several commits has come.
func (x *batchReport) end(err error) error {
	done, total := strconv.Itoa(x.done), strconv.Itoa(x.total)
	switch {
	case err == nil && x.commits > 1:
		x.bar.Done(x.step(), x.c.Lang)
		x.note(domain.Textf("注意：%v 条数据分 %v 次提交", "note: %v things in %v commits", total, strconv.Itoa(x.commits)))
	case err != nil && x.done < x.total:
		x.bar.Clear()
		x.note(domain.Textf("注意：%[2]v 条中已提交 %[1]v 条；再次执行同一命令会继续", "note: %v of %v things are committed; the same line goes on", done, total))
	}
	return err
}

func (x *batchReport) note(text domain.Text) { x.c.Notef("%s", text.In(x.c.Lang)) }
