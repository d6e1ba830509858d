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
	page, err := books.Query(c.Context(), c.Arg(0).Text(), q)
	if err != nil {
		return err
	}
	same := func(dst, body []byte) []byte { return append(dst, body...) }
	if c.Has("pager") {
		return c.Reply(page.AppendPaged(nil, same))
	}
	return c.Reply(page.AppendList(nil, same))
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
