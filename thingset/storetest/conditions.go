package storetest

import "github.com/caryahq/carya/thingset"

func conditions() []check {
	return []check{
		{"condition absent", checkAbsentCondition},
		{"condition revision", checkRevCondition},
		{"one failed condition fails the batch", checkBatchCondition},
	}
}

func checkAbsentCondition(b *bench) {
	b.define(people())
	b.commit(given(put("a", ""), thingset.Absent))
	b.fails("e.thing.rev", given(put("a", `"n":2`), thingset.Absent))
	b.fails("e.thing.rev", given(del("a"), thingset.Absent))
	b.commit(del("a"))
	b.commit(given(put("a", `"n":3`), thingset.Absent))
	b.body("a", `{"id":"a","n":3}`)
}

func checkRevCondition(b *bench) {
	b.define(people())
	first := b.commit(put("a", `"n":1`))
	second := b.commit(given(put("a", `"n":2`), first))
	b.fails("e.thing.rev", given(put("a", `"n":3`), first))
	b.fails("e.thing.rev", given(del("a"), first))
	b.fails("e.thing.rev", given(put("nobody", ""), second))
	b.fails("e.thing.rev", given(del("nobody"), second))
	b.commit(given(del("a"), second))
	b.fails("e.thing.rev", given(put("a", ""), second))
}

func checkBatchCondition(b *bench) {
	b.define(people())
	rev := b.commit(put("a", `"nm":"ann"`), put("b", `"nm":"bob"`))
	b.fails("e.thing.rev", put("c", ""), del("a"), given(put("b", `"nm":"ann"`), rev+1))
	b.commit(put("c", ""), del("a"), given(put("b", `"nm":"ann"`), rev))
	b.same(b.scan(thingset.Range{}), []string{"b", "c"})
}
