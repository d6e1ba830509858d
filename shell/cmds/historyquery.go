package cmds

import (
	"strconv"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

func historyQuery(c *shell.Call, d Deps) error {
	set, err := historyOf(c, d)
	if err != nil {
		return err
	}
	q, err := historyWanted(c)
	if err != nil {
		return err
	}
	page, err := set.Query(c.Context(), q)
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

func historyClear(c *shell.Call, d Deps) error {
	set, err := historyOf(c, d)
	if err != nil {
		return err
	}
	q := thingset.Query{}
	if c.Has("before") {
		age, err := c.Opt("before").Duration()
		if err != nil {
			return err
		}
		until := strconv.FormatInt(time.Now().Add(-age).UnixMilli(), 10)
		if q.Match, err = thingset.ParseMatch(`{ct:"(,` + until + `)"}`); err != nil {
			return err
		}
	}
	var old []string
	for rec, err := range set.Each(c.Context(), q) {
		if err != nil {
			return err
		}
		old = append(old, rec.ID)
	}
	for _, id := range old {
		if err := set.Delete(c.Context(), id, true); err != nil && domain.CodeOf(err) != "e.thing.noexists" {
			return err
		}
	}
	return printCount(c, len(old))
}
