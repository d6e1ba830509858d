package storetest

import (
	"context"
	"fmt"
	"time"

	"github.com/caryahq/carya/thingset"
)

func expiries() []check {
	return []check{
		{"what has expired is absent", checkExpired},
		{"an expired record holds no unique value and no condition", checkExpiredClaim},
		{"expiry is a commit in the feed, in order", checkExpiryFeed},
		{"a longer life counts", checkExpiryLonger},
		{"no life is for ever", checkExpiryNever},
	}
}

// in is the member expi, ms from now.
func in(ms int64) string { return fmt.Sprintf(`"expi":%d`, time.Now().UnixMilli()+ms) }

func checkExpired(b *bench) {
	b.define(people())
	b.commit(put("a", `"nm":"ann",`+in(-1000)), put("b", `"nm":"bob",`+in(3_600_000)), put("c", in(0)))
	b.absent("a")
	b.absent("c")
	b.finds("", 0, "ann")
	b.finds("b", 0, "bob")
	b.count(1)
	b.same(b.scan(thingset.Range{}), []string{"b"})
	b.same(b.scan(thingset.Range{Index: "age"}), []string{"b"})
}

func checkExpiredClaim(b *bench) {
	b.define(people())
	rev := b.commit(put("a", `"nm":"ann",`+in(-5)))
	b.fails("e.thing.rev", given(put("a", ""), rev))
	b.commit(put("b", `"nm":"ann"`))
	b.finds("b", 0, "ann")
	b.commit(given(put("a", `"nm":"new"`), thingset.Absent))
	b.body("a", `{"id":"a","nm":"new"}`)
	b.count(2)
}

// checkExpiryFeed waits by the feed alone: nobody looks at the records.
func checkExpiryFeed(b *bench) {
	b.define(people())
	now := time.Now().UnixMilli()
	at := func(id string, ms int64) thingset.Write { return put(id, fmt.Sprintf(`"expi":%d`, now+ms)) }
	b.commit(at("c", 250), at("a", 150), at("b", 200), at("d", 3_600_000))
	ctx, cancel := context.WithTimeout(b.Context(), 30*time.Second)
	defer cancel()
	var gone []string
	for rev := thingset.Rev(1); len(gone) < 3; {
		_, err := b.s.Wait(ctx, dom, rev)
		b.ok(err)
		for c, err := range b.s.Changes(ctx, dom, rev) {
			b.ok(err)
			if c.Body != nil {
				b.Fatalf("%s was put", c.ID)
			}
			rev = c.Rev
			gone = append(gone, c.ID)
		}
	}
	b.same(gone, []string{"a", "b", "c"})
	b.count(1)
}

func checkExpiryLonger(b *bench) {
	b.define(people())
	b.commit(put("a", in(100)), put("b", in(100)), put("c", in(120)))
	b.commit(put("a", in(3_600_000)), put("b", ""))
	rev := b.gone("c")
	b.same(b.scan(thingset.Range{}), []string{"a", "b"})
	b.same(b.feed(rev), []string{})
}

// gone waits until a record is deleted.
func (b *bench) gone(id string) thingset.Rev {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 30*time.Second)
	defer cancel()
	for rev := thingset.Rev(0); ; {
		_, err := b.s.Wait(ctx, dom, rev)
		b.ok(err)
		for c, err := range b.s.Changes(ctx, dom, rev) {
			b.ok(err)
			if rev = c.Rev; c.ID == id && c.Body == nil {
				return rev
			}
		}
	}
}

func checkExpiryNever(b *bench) {
	b.define(people())
	b.commit(put("a", `"expi":0`), put("b", `"expi":-1`), put("c", `"expi":null`), put("d", `"expi":"1"`), put("e", `"expi":9e18`), put("f", `"expi":1e300`))
	b.count(6)
}
