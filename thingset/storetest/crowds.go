package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

func crowds() []check {
	return []check{
		{"one of many gets a unique value", checkCrowdUnique},
		{"one of many gets a revision", checkCrowdRevision},
		{"no increment is lost", checkCrowdCounter},
		{"readers see a commit whole", checkCrowdWhole},
		{"a walk sees all that was there throughout, once", checkCrowdScan},
		{"closing among writers", checkCrowdClose},
	}
}

const crowd = 16

// together runs f in many goroutines at once.
func together(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	wg.Wait()
}

func checkCrowdUnique(b *bench) {
	b.define(people())
	for round := range 20 {
		var won atomic.Int32
		var winner atomic.Value
		name := fmt.Sprint("n", round)
		together(crowd, func(i int) {
			id := fmt.Sprintf("r%d-%d", round, i)
			batch := []thingset.Write{put(id+"x", ""), put(id, fmt.Sprintf(`"nm":%q`, name))}
			_, err := b.s.Commit(b.Context(), dom, batch)
			switch domain.CodeOf(err) {
			case "":
				won.Add(1)
				winner.Store(id)
			case "e.thing.ukey.duplicated":
			default:
				b.Error(err)
			}
		})
		b.same(won.Load(), 1)
		b.finds(winner.Load().(string), 0, name)
		b.count(2 * (round + 1))
	}
}

func checkCrowdRevision(b *bench) {
	b.define(people())
	rev := b.commit(put("a", ""))
	for range 20 {
		var next, won atomic.Uint64
		together(crowd, func(i int) {
			got, err := b.s.Commit(b.Context(), dom, []thingset.Write{given(put("a", fmt.Sprintf(`"n":%d`, i)), rev)})
			switch domain.CodeOf(err) {
			case "":
				next.Store(uint64(got))
				won.Add(1)
			case "e.thing.rev":
			default:
				b.Error(err)
			}
		})
		b.same(won.Load(), 1)
		rev = thingset.Rev(next.Load())
		b.same(b.get("a").Rev, rev)
	}
}

func checkCrowdCounter(b *bench) {
	b.define(people())
	b.commit(put("a", `"age":0`))
	const each = 20
	together(crowd, func(int) {
		for done := 0; done < each; {
			rec, err := b.s.Get(b.Context(), dom, set, "a")
			if err == nil {
				n := thingset.Field(rec.Body, "age").Int()
				w := given(put("a", fmt.Sprintf(`"age":%d`, n+1)), rec.Rev)
				_, err = b.s.Commit(b.Context(), dom, []thingset.Write{w})
			}
			switch domain.CodeOf(err) {
			case "":
				done++
			case "e.thing.rev":
			default:
				b.Error(err)
				return
			}
		}
	})
	b.body("a", fmt.Sprintf(`{"id":"a","age":%d}`, crowd*each))
}

// checkCrowdWhole writes one number into many records by every commit. Whoever
// has seen a number somewhere sees it, or a later one, everywhere.
func checkCrowdWhole(b *bench) {
	b.define(people())
	const parts, commits = 5, 200
	write := func(n int) {
		var batch []thingset.Write
		for i := range parts {
			batch = append(batch, put(fmt.Sprint("p", i), fmt.Sprintf(`"age":%d,"nm":"n%d-%d"`, n, i, n)))
		}
		if _, err := b.s.Commit(b.Context(), dom, batch); err != nil {
			b.Error(err)
		}
	}
	write(0)
	var over atomic.Bool
	together(4, func(who int) {
		if who == 0 {
			for n := range commits {
				write(n + 1)
			}
			over.Store(true)
			return
		}
		for least := int64(0); !over.Load(); {
			for i := range parts {
				rec, err := b.s.Get(b.Context(), dom, set, fmt.Sprint("p", (i*who)%parts))
				if err != nil {
					b.Error(err)
					return
				}
				n := thingset.Field(rec.Body, "age").Int()
				if n < least {
					b.Errorf("%s holds %d after %d was seen", rec.ID, n, least)
					return
				}
				least = n
			}
		}
	})
}

func checkCrowdScan(b *bench) {
	b.define(people())
	const fixed = 100
	for i := range fixed {
		b.commit(put(fmt.Sprintf("f%03d", i), fmt.Sprintf(`"age":%d`, i)))
	}
	var over atomic.Bool
	together(4, func(who int) {
		if who > 0 {
			for i := 0; !over.Load(); i++ {
				id := fmt.Sprintf("m%d-%d", who, i%7)
				w := put(id, fmt.Sprintf(`"age":%d`, i*37%200))
				if i%5 == 4 {
					w = del(id)
				}
				if _, err := b.s.Commit(b.Context(), dom, []thingset.Write{w}); err != nil {
					b.Error(err)
					return
				}
			}
			return
		}
		defer over.Store(true)
		for i := range 50 {
			b.walk(thingset.Range{Index: "age", Desc: i%2 == 0}, fixed)
		}
	})
}

// walk counts what a walk sees: nothing twice, and all that stay.
func (b *bench) walk(r thingset.Range, fixed int) {
	seen, stay := map[string]bool{}, 0
	for rec, err := range b.s.Scan(b.Context(), dom, set, r) {
		if err != nil {
			b.Error(err)
			return
		}
		if seen[rec.ID] {
			b.Errorf("%s was seen twice", rec.ID)
		}
		seen[rec.ID] = true
		if rec.ID[0] == 'f' {
			stay++
		}
	}
	if stay != fixed {
		b.Errorf("saw %d of %d", stay, fixed)
	}
}

// checkCrowdClose: nobody who reads or writes notices that the domain is closed,
// and everything that was acknowledged is there afterwards.
func checkCrowdClose(b *bench) {
	b.define(people())
	var acked atomic.Int64
	together(5, func(who int) {
		if who == 0 {
			if err := b.s.CloseDomain(dom); err != nil {
				b.Error(err)
			}
			return
		}
		for i := range 50 {
			_, err := b.s.Commit(b.Context(), dom, []thingset.Write{put(fmt.Sprintf("r%d-%d", who, i), "")})
			if err != nil {
				b.Error(err)
				return
			}
			acked.Add(1)
		}
	})
	b.count(int(acked.Load()))
}
