package storetest

import "github.com/caryahq/carya/domain"

func uniques() []check {
	return []check{
		{"unique keys find", checkFind},
		{"a taken value is refused", checkTaken},
		{"a value is free again", checkFreed},
		{"records of one batch may swap values", checkSwap},
		{"records of one batch may not share a value", checkShare},
		{"a compound key is claimed whole or not", checkCompound},
		{"what makes no claim", checkNoClaim},
		{"values are text", checkValueText},
	}
}

func checkFind(b *bench) {
	b.define(people())
	b.commit(put("a", `"nm":"ann","phone":"1"`), put("b", `"nm":"bob","phone":"2"`))
	b.finds("a", 0, "ann")
	b.finds("b", 1, "2")
	b.finds("", 0, "1")
	b.finds("", 1, "ann")
	b.finds("", 0, "")
	b.commit(put("a", `"nm":"cid","phone":"1"`))
	b.finds("", 0, "ann")
	b.finds("a", 0, "cid")
	b.finds("a", 1, "1")
	b.commit(del("a"))
	b.finds("", 0, "cid")
	b.finds("", 1, "1")
}

func checkTaken(b *bench) {
	b.define(people())
	b.commit(put("a", `"nm":"ann","phone":"1"`))
	err := b.fails("e.thing.ukey.duplicated", put("b", `"nm":"ann"`))
	b.same(domain.AsError(err).Data, []string{"nm"})
	err = b.fails("e.thing.ukey.duplicated", put("c", `"nm":"cid"`), put("b", `"nm":"bob","phone":"1"`))
	b.same(domain.AsError(err).Data, []string{"phone"})
	b.commit(put("a", `"nm":"ann","phone":"1","n":2`))
	b.commit(put("b", `"nm":"1","phone":"ann"`))
}

func checkFreed(b *bench) {
	b.define(people())
	b.commit(put("a", `"nm":"ann"`))
	b.commit(put("a", `"nm":"bob"`))
	b.commit(put("b", `"nm":"ann"`))
	b.commit(del("b"))
	b.commit(put("c", `"nm":"ann"`))
	b.finds("c", 0, "ann")
	b.commit(del("c"), put("d", `"nm":"ann"`))
	b.commit(put("e", `"nm":"ann"`), del("d"))
	b.finds("e", 0, "ann")
}

func checkSwap(b *bench) {
	b.define(people())
	b.commit(put("a", `"nm":"1"`), put("b", `"nm":"2"`), put("c", `"nm":"3"`))
	b.commit(put("a", `"nm":"2"`), put("b", `"nm":"3"`), put("c", `"nm":"1"`))
	b.finds("a", 0, "2")
	b.finds("b", 0, "3")
	b.finds("c", 0, "1")
	b.fails("e.thing.ukey.duplicated", put("a", `"nm":"3"`), put("b", `"nm":"1"`))
}

func checkShare(b *bench) {
	b.define(people())
	b.fails("e.thing.ukey.duplicated", put("a", `"nm":"x"`), put("b", `"nm":"x"`))
	b.commit(put("a", `"nm":"x"`))
	b.fails("e.thing.ukey.duplicated", del("a"), put("b", `"nm":"x"`), put("c", `"nm":"x"`))
	b.finds("a", 0, "x")
}

func checkCompound(b *bench) {
	b.define(people())
	b.commit(put("a", `"country":"cn","card":"1"`))
	err := b.fails("e.thing.ukey.duplicated", put("b", `"country":"cn","card":"1"`))
	b.same(domain.AsError(err).Data, []string{"country", "card"})
	b.commit(put("b", `"country":"cn","card":"2"`), put("c", `"country":"de","card":"1"`))
	b.commit(put("d", `"country":"cn"`), put("e", `"card":"1"`), put("f", `"country":"cn","card":""`))
	b.finds("c", 2, "de", "1")
	b.finds("", 2, "cn", "")
	b.finds("", 2, "1", "cn")
	// what a joined text could mix up
	b.commit(put("g", `"country":"x","card":"yz"`), put("h", `"country":"xy","card":"z"`))
	b.commit(put("i", `"country":"p:q","card":"r"`), put("j", `"country":"p","card":"q:r"`))
	b.commit(put("k", `"country":"p\u0000q","card":"r"`), put("l", `"country":"p","card":"q\u0000r"`))
	b.finds("h", 2, "xy", "z")
	b.finds("l", 2, "p", "q\x00r")
}

func checkNoClaim(b *bench) {
	b.define(people())
	b.commit(put("a", `"nm":""`), put("b", `"nm":""`), put("c", `"nm":null`), put("d", `"nm":null`), put("e", ""), put("f", ""))
	b.count(6)
	b.finds("", 0, "")
}

func checkValueText(b *bench) {
	b.define(people())
	b.commit(put("a", `"phone":139`))
	b.finds("a", 1, "139")
	b.fails("e.thing.ukey.duplicated", put("b", `"phone":"139"`))
	b.fails("e.thing.ukey.duplicated", put("b", `"phone":1.39e2`))
	b.commit(put("b", `"phone":"0139"`), put("c", `"phone":true`))
	b.finds("c", 1, "true")
}
