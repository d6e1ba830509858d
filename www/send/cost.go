package send

import (
	"context"
	"fmt"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// spend takes the price of one message off today's budget, before it is sent:
// e.send.cap when too little is left. What was spent stays so when the
// message then fails: providers charge for tries, too. Of many at once no more
// pass than the budget holds.
func (p *Post) spend(ctx context.Context, c *Config) error {
	set, err := p.db.Plain(ctx, ".domain/spent", thingset.Def{Plain: true, Loose: -1})
	if err != nil {
		return err
	}
	now := p.o.Now()
	day := now.UTC().Format("20060102")
	for range 50 {
		rec, err := set.Get(ctx, day)
		cond := rec.Rev
		if domain.CodeOf(err) == "e.thing.noexists" {
			cond = thingset.Absent
		} else if err != nil {
			return err
		}
		spent := gjson.GetBytes(rec.Body, "cost").Float() + c.Cost
		if spent > c.DayCost+1e-9 {
			return domain.E("e.send.cap", fmt.Sprintf("%g of %g", spent-c.Cost, c.DayCost))
		}
		body := fmt.Sprintf(`{"id":%q,"cost":%.6f,"expi":%d}`, day, spent, now.AddDate(0, 0, 40).UnixMilli())
		if _, err = set.Put(ctx, day, []byte(body), cond); domain.CodeOf(err) != "e.thing.rev" {
			return err
		}
	}
	return domain.E("e.busy", domain.Text{ZH: "并发的消息过多", EN: "too many messages at once"})
}
