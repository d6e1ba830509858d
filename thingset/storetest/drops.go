package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

func drops() []check {
	return []check{
		{"a set that was dropped is gone, and can be made again", checkDrop},
		{"a folder is dropped with all its sets and no other", checkDropFolder},
		{"dropping is told in the feed", checkDropFeed},
		{"who walks over a set that is dropped sees all of it", checkDropScan},
		{"dropping among writers", checkDropWriters},
	}
}

func (b *bench) drop(folder string) {
	b.Helper()
	b.ok(b.s.Drop(b.Context(), dom, folder))
}

func checkDrop(b *bench) {
	b.define(people())
	b.commit(put("a", `"nm":"ann","age":3`), put("b", `"nm":"bob"`))
	b.drop("nowhere")
	b.count(2)
	b.drop(set)
	_, err := b.s.Get(b.Context(), dom, set, "a")
	b.code(err, "e.thing.set.noexists")
	_, err = b.s.Commit(b.Context(), dom, []thingset.Write{put("c", "")})
	b.code(err, "e.thing.set.noexists")
	b.drop(set)
	b.define(people())
	b.count(0)
	b.absent("a")
	b.commit(given(put("c", `"nm":"ann"`), thingset.Absent), given(put("a", ""), thingset.Absent))
	b.finds("c", 0, "ann")
	b.count(2)
	b.ok(b.s.CloseDomain(dom))
	b.count(2)
}

func checkDropFolder(b *bench) {
	all := []string{"shop", "shop/orders", "shop/orders/lines", "shop2", "shop.old"}
	for _, name := range all {
		b.ok(b.s.Define(b.Context(), dom, name, thingset.Def{}))
		b.commit(thingset.Write{Set: name, ID: "a", Body: []byte(`{"id":"a"}`)})
	}
	before := b.commit()
	b.drop("shop")
	told := ""
	for c, err := range b.s.Changes(b.Context(), dom, before) {
		b.ok(err)
		told += fmt.Sprintf("%d %s %s %v ", c.Rev-before, c.Set, c.ID, c.Body == nil)
	}
	b.same(told, "1 shop a true 1 shop/orders a true 1 shop/orders/lines a true ")
	for i, name := range all {
		_, err := b.s.Get(b.Context(), dom, name, "a")
		if i < 3 {
			b.code(err, "e.thing.set.noexists")
		} else {
			b.ok(err)
		}
	}
}

func checkDropFeed(b *bench) {
	b.define(people())
	rev := b.commit(put("a", ""), put("b", `"n":1`))
	done := b.waiting(b.Context(), rev)
	b.drop(set)
	b.ok(<-done)
	b.same(b.feed(rev), []string{fmt.Sprint(rev+1, " a "), fmt.Sprint(rev+1, " b ")})
	b.define(people())
	b.commit(put("a", ""))
	b.same(b.fresh(rev+1), "true ")
	b.same(len(b.feed(0)), 5)
	b.ok(b.s.CloseDomain(dom))
	b.same(len(b.feed(rev)), 3)
}

func checkDropScan(b *bench) {
	b.define(people())
	for i := range 100 {
		b.commit(put(fmt.Sprintf("r%02d", i), ""))
	}
	n := 0
	for rec, err := range b.s.Scan(b.Context(), dom, set, thingset.Range{}) {
		b.ok(err)
		if n == 0 {
			b.drop(set)
		}
		b.same(rec.ID, fmt.Sprintf("r%02d", n))
		n++
	}
	b.same(n, 100)
}

// checkDropWriters drops a set while many write to it. What was acknowledged after the
// set was made again is there, and nothing else.
func checkDropWriters(b *bench) {
	b.define(thingset.Def{})
	var again atomic.Bool
	var kept sync.Map
	started := make(chan struct{}, crowd)
	done := make(chan struct{})
	go func() {
		defer close(done)
		together(crowd, func(i int) {
			for n := range 60 {
				id, late := fmt.Sprintf("r%d-%d", i, n), again.Load()
				_, err := b.s.Commit(b.Context(), dom, []thingset.Write{put(id, "")})
				switch code := domain.CodeOf(err); {
				case code == "" && late:
					kept.Store(id, true)
				case code != "" && code != "e.thing.set.noexists":
					b.Error(err)
				}
				if n == 10 {
					started <- struct{}{}
				}
			}
		})
	}()
	for range crowd {
		<-started
	}
	b.drop(set)
	b.define(thingset.Def{})
	again.Store(true)
	<-done
	kept.Range(func(id, _ any) bool {
		b.get(id.(string))
		return true
	})
	there := map[string]bool{}
	for c, err := range b.s.Changes(b.Context(), dom, 0) {
		b.ok(err)
		if there[c.ID] = c.Body != nil; c.Body == nil {
			delete(there, c.ID)
		}
	}
	b.count(len(there))
}
