package cmds

import (
	"time"

	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

func historyQuery(c *shell.Call) error {
	books, err := booksOf(c)
	if err != nil {
		return err
	}
	q, err := historyWanted(c)
	if err != nil {
		return err
	}
	q.NoSum = !c.Has("pager")
	var pager thingset.Pager
	items := func(yield func([]byte, error) bool) {
		more := true
		var err error
		pager, err = books.Walk(c.Context(), c.Arg(0).Text(), q, func(line []byte) bool {
			more = yield(line, nil)
			return more
		})
		if err != nil && more {
			yield(nil, err)
		}
	}
	if c.Has("pager") {
		return c.ReplyPaged(items, func() []byte { return pager.Append(nil) })
	}
	return c.ReplyList(items)
}

func historyWanted(c *shell.Call) (q thingset.Query, err error) {
	if c.NArg() > 1 {
		if q.Match, err = matcher(c.Arg(1)); err != nil {
			return q, err
		}
	}
	var by *relaxed.Node
	if by, err = relaxed.Parse("{ct:-1}"); err == nil && c.Has("sort") {
		by, err = c.Opt("sort").Node()
	}
	if err != nil {
		return q, err
	}
	if q.Sort, err = thingset.ParseSort(by); err != nil {
		return q, err
	}
	if q.Skip, err = wholeNumber(c, "skip", 0); err != nil {
		return q, err
	}
	q.Limit, err = wholeNumber(c, "limit", 50)
	return q, err
}

func historyClear(c *shell.Call) error {
	books, err := booksOf(c)
	if err == nil {
		err = mayChange(c)
	}
	if err != nil {
		return err
	}
	var age time.Duration
	if c.Has("before") {
		if age, err = c.Opt("before").Duration(); err != nil {
			return err
		}
	}
	n, err := books.Clear(c.Arg(0).Text(), age)
	if err != nil {
		return err
	}
	return printCount(c, n)
}
