package storetest

import "github.com/caryahq/carya/thingset"

func defines() []check {
	return []check{
		{"defining again changes nothing", checkDefineAgain},
		{"a new unique key is built", checkDefineUnique},
		{"a new unique key that is broken changes nothing", checkDefineBroken},
		{"a new index is built", checkDefineIndex},
		{"keys that go make no claim", checkDefineLess},
		{"a definition outlives the closing of its domain", checkDefineClosed},
		{"the last definition that was taken outlives it", checkDefineClosedBroken},
		{"a forgotten domain has no definitions", checkForget},
	}
}

func checkDefineAgain(b *bench) {
	b.define(people())
	b.commit(put("a", `"nm":"ann"`))
	b.define(people())
	b.finds("a", 0, "ann")
	b.same(b.get("a").Rev, 1)
}

func checkDefineUnique(b *bench) {
	b.define(thingset.Def{})
	b.commit(put("a", `"nm":"ann"`), put("b", `"nm":"bob"`), put("c", ""))
	b.define(people())
	b.finds("b", 0, "bob")
	b.fails("e.thing.ukey.duplicated", put("c", `"nm":"ann"`))
}

func checkDefineBroken(b *bench) {
	old := thingset.Def{Unique: [][]string{{"nm"}}, Indexes: []string{"age"}}
	b.define(old)
	b.commit(put("a", `"nm":"ann","age":2,"phone":"1"`), put("b", `"nm":"bob","age":1,"phone":"1"`))
	b.code(b.s.Define(b.Context(), dom, set, people()), "e.thing.ukey.duplicated")
	b.finds("a", 0, "ann")
	b.same(b.scan(thingset.Range{Index: "age"}), []string{"b", "a"})
	b.commit(put("c", `"phone":"1"`))
}

func checkDefineIndex(b *bench) {
	b.define(thingset.Def{})
	b.commit(put("a", `"age":3,"addr":{"city":"x"}`), put("b", `"age":1,"addr":{"city":"y"}`), put("c", `"age":2`))
	b.define(people())
	b.same(b.scan(thingset.Range{Index: "age"}), []string{"b", "c", "a"})
	b.same(b.scan(thingset.Range{Index: "addr.city"}), []string{"c", "a", "b"})
	b.commit(put("b", `"age":9`))
	b.same(b.scan(thingset.Range{Index: "age"}), []string{"c", "a", "b"})
}

func checkDefineLess(b *bench) {
	b.define(people())
	b.commit(put("a", `"nm":"ann","phone":"1"`))
	b.define(thingset.Def{Unique: [][]string{{"phone"}}})
	b.commit(put("b", `"nm":"ann"`))
	b.finds("a", 0, "1")
	b.fails("e.thing.ukey.duplicated", put("c", `"phone":"1"`))
}

// checkDefineClosed: whoever closes a domain takes nobody's sets away, whichever
// call comes first afterwards.
func checkDefineClosed(b *bench) {
	b.define(people())
	b.commit(put("a", `"nm":"ann","age":2`), put("b", `"nm":"bob","age":1`))
	for _, ask := range []func(){
		func() { b.body("a", `{"id":"a","nm":"ann","age":2}`) },
		func() { b.finds("b", 0, "bob") },
		func() { b.count(2) },
		func() { b.same(b.scan(thingset.Range{Index: "age"}), []string{"b", "a"}) },
		func() { b.fails("e.thing.ukey.duplicated", put("c", `"nm":"ann"`)) },
		func() { b.same(b.commit(put("b", `"nm":"bob","age":1`)), 2) },
		func() { b.commit(del("a"), put("c", `"nm":"ann"`)) },
	} {
		b.ok(b.s.CloseDomain(dom))
		ask()
	}
}

func checkDefineClosedBroken(b *bench) {
	b.define(thingset.Def{})
	b.commit(put("a", `"nm":"ann"`), put("b", `"nm":"ann"`))
	b.code(b.s.Define(b.Context(), dom, set, people()), "e.thing.ukey.duplicated")
	b.ok(b.s.CloseDomain(dom))
	b.count(2)
	b.commit(del("a"))
	b.define(people())
	b.ok(b.s.CloseDomain(dom))
	b.finds("b", 0, "ann")
}

func checkForget(b *bench) {
	b.define(people())
	b.commit(put("a", `"nm":"ann"`))
	b.ok(b.s.Define(b.Context(), "other", set, people()))
	b.ok(b.s.ForgetDomain(dom))
	_, err := b.s.Get(b.Context(), dom, set, "a")
	b.code(err, "e.thing.set.noexists")
	_, err = b.s.Count(b.Context(), "other", set)
	b.ok(err)
	b.define(thingset.Def{})
	b.body("a", `{"id":"a","nm":"ann"}`)
	b.commit(put("b", `"nm":"ann"`))
}
