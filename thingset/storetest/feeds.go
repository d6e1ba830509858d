package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/caryahq/carya/thingset"
)

func feeds() []check {
	return []check{
		{"the feed tells every write in order", checkFeed},
		{"what fails is not in the feed", checkFeedFailure},
		{"waiting ends with the next commit", checkWait},
		{"waiting ends with its context", checkWaitContext},
		{"waiting ends with the domain", checkWaitClose},
		{"a follower sees what the store holds", checkFollower},
	}
}

// feed is the changes after a revision as text.
func (b *bench) feed(after thingset.Rev) []string {
	b.Helper()
	out := []string{}
	for c, err := range b.s.Changes(b.Context(), dom, after) {
		b.ok(err)
		out = append(out, fmt.Sprintf("%d %s %s", c.Rev, c.ID, c.Body))
	}
	return out
}

// fresh says of each change after a revision whether nothing was there before.
func (b *bench) fresh(after thingset.Rev) (out string) {
	b.Helper()
	for c, err := range b.s.Changes(b.Context(), dom, after) {
		b.ok(err)
		out += fmt.Sprint(c.New, " ")
	}
	return out
}

func checkFeed(b *bench) {
	b.define(people())
	b.same(b.feed(0), []string{})
	b.commit(put("a", ""), put("b", ""))
	b.commit(put("a", `"n":2`), del("b"))
	all := []string{`1 a {"id":"a"}`, `1 b {"id":"b"}`, `2 a {"id":"a","n":2}`, `2 b `}
	b.same(b.feed(0), all)
	b.same(b.feed(1), all[2:])
	b.same(b.feed(2), []string{})
	for c, err := range b.s.Changes(b.Context(), dom, 1) {
		b.ok(err)
		if c.Set != set || c.Old != nil && string(c.Old) != fmt.Sprintf(`{"id":%q}`, c.ID) {
			b.Errorf("%s: old is %s", c.ID, c.Old)
		}
	}
	b.same(b.fresh(0), "true true false false ")
	for _, err := range b.s.Changes(b.Context(), dom, 3) {
		b.code(err, "e.store.feed")
	}
	for range b.s.Changes(b.Context(), dom, 0) {
		break
	}
}

func checkFeedFailure(b *bench) {
	b.define(people())
	b.commit(put("a", `"nm":"ann"`))
	b.fails("e.thing.ukey.duplicated", put("b", ""), put("c", `"nm":"ann"`))
	b.commit(del("nobody"))
	b.same(len(b.feed(0)), 1)
}

// waiting starts a Wait and gives the channel on which it ends.
func (b *bench) waiting(ctx context.Context, after thingset.Rev) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := b.s.Wait(ctx, dom, after)
		done <- err
	}()
	return done
}

// ends is how something ends; it has to within a good while.
func (b *bench) ends(done <-chan error) error {
	b.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(30 * time.Second):
		b.Fatal("it does not end")
		return nil
	}
}

func checkWait(b *bench) {
	b.define(people())
	first, second := b.waiting(b.Context(), 0), b.waiting(b.Context(), 1)
	b.commit(put("a", ""))
	b.ok(b.ends(first))
	select {
	case err := <-second:
		b.Fatalf("waiting for 2 ended at 1: %v", err)
	default:
	}
	b.commit(put("b", ""))
	b.ok(b.ends(second))
	rev, err := b.s.Wait(b.Context(), dom, 0)
	b.ok(err)
	b.same(rev, 2)
}

func checkWaitContext(b *bench) {
	b.define(people())
	ctx, cancel := context.WithCancel(b.Context())
	done := b.waiting(ctx, 0)
	cancel()
	b.code(b.ends(done), "e.canceled")
	ctx, cancel = context.WithTimeout(b.Context(), time.Millisecond)
	defer cancel()
	_, err := b.s.Wait(ctx, dom, 0)
	b.code(err, "e.timeout")
}

func checkWaitClose(b *bench) {
	b.define(people())
	started := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		close(started)
		var err error
		for rev := thingset.Rev(0); err == nil; { // also when the closing came first
			rev, err = b.s.Wait(b.Context(), dom, rev)
		}
		done <- err
	}()
	<-started
	b.ok(b.s.CloseDomain(dom))
	b.ok(b.s.Close())
	b.code(b.ends(done), "e.store.closed")
}

// checkFollower keeps a copy by the feed alone while the set changes.
func checkFollower(b *bench) {
	b.define(people())
	const commits = 300
	go func() {
		rnd := rand.New(rand.NewPCG(1, 2))
		for i := range commits {
			w := put(fmt.Sprint("r", rnd.IntN(20)), fmt.Sprintf(`"n":%d`, i))
			if rnd.IntN(4) == 0 {
				w = given(del(w.ID), 0)
			}
			batch := []thingset.Write{w, put("tick", fmt.Sprintf(`"n":%d`, i))}
			if _, err := b.s.Commit(b.Context(), dom, batch); err != nil {
				b.Error(err)
				return
			}
		}
	}()
	follow := map[string]string{}
	for rev := thingset.Rev(0); rev < commits; {
		_, err := b.s.Wait(b.Context(), dom, rev)
		b.ok(err)
		for c, err := range b.s.Changes(b.Context(), dom, rev) {
			b.ok(err)
			if c.Rev < rev {
				b.Fatalf("revision %d after %d", c.Rev, rev)
			}
			rev = c.Rev
			follow[c.ID] = string(c.Body)
			if c.Body == nil {
				delete(follow, c.ID)
			}
		}
	}
	there := map[string]string{}
	for rec, err := range b.s.Scan(b.Context(), dom, set, thingset.Range{}) {
		b.ok(err)
		there[rec.ID] = string(rec.Body)
	}
	b.same(follow, there)
}
