package www

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"sync"
	"testing"

	"github.com/caryahq/carya/thingset"
)

// counted is a store that counts what it is asked.
type counted struct {
	thingset.Store
	mu sync.Mutex
	n  map[string]int
}

func (c *counted) count(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n[what]++
}

// take gives the counts since the last take.
func (c *counted) take() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.n
	c.n = map[string]int{}
	return n
}

func (c *counted) Get(ctx context.Context, dom, set, id string) (thingset.Record, error) {
	c.count("get " + set)
	return c.Store.Get(ctx, dom, set, id)
}

func (c *counted) Find(ctx context.Context, dom, set string, key int, values ...string) (thingset.Record, error) {
	c.count("find " + set)
	return c.Store.Find(ctx, dom, set, key, values...)
}

func (c *counted) Scan(ctx context.Context, dom, set string, r thingset.Range) iter.Seq2[thingset.Record, error] {
	c.count("scan " + set)
	return c.Store.Scan(ctx, dom, set, r)
}

func (c *counted) Count(ctx context.Context, dom, set string) (int, error) {
	c.count("count " + set)
	return c.Store.Count(ctx, dom, set)
}

func (c *counted) Commit(ctx context.Context, dom string, batch []thingset.Write) (thingset.Rev, error) {
	for _, w := range batch {
		c.count("write " + w.Set)
	}
	return c.Store.Commit(ctx, dom, batch)
}

// equalWork runs a line for each of some names; all must cost the same: as many hashes,
// reads and writes. Each is from an address of its own.
func (w *world) equalWork(line string, names ...string) {
	w.t.Helper()
	var first map[string]int
	for _, who := range names {
		w.calls.take()
		from := fmt.Sprintf("198.51.100.%d", w.addr.Add(1)%250)
		w.api(from).run(fmt.Sprintf(line, who))
		n := w.calls.take()
		if first == nil {
			first = n
		}
		if !maps.Equal(n, first) {
			w.t.Errorf("%s\n%s: %v\n%s: %v", line, names[0], first, who, n)
		}
	}
}

// Nobody learns from the work of a refusal whether there is an account.
func TestRefusalsCostTheSameWork(t *testing.T) {
	t.Parallel()
	for _, line := range []string{`www auth ~/www %s -p 'a wrong password'`, `www passwd ~/www -u %s -check '{oldpwd:"a wrong password",newpwd:"a new and long one"}'`} {
		for _, names := range [][]string{
			{"xiaobai", "bare", "nobody"},
			{"13900000001", "13900000002", "13999999999"},
			{"bai@example.com", "bare@example.com", "none@example.com"},
			{"'+86 139 0000 0001'", "'+86 139 9999 9999'"},
			{"ID", "dc5ug9hk6d35ng6qrpm0"},
		} {
			w := newWorld(t)
			w.s.SetWork(func(h HashWork) HashDone {
				w.calls.count("hash")
				return h.Do()
			})
			w.owner().must(`www account ~/www -new '{nm:"bare",phone:"13900000002",email:"bare@example.com"}'`)
			if names[0] == "ID" {
				names[0] = w.stored("xiaobai", "id")
			}
			w.api("").run(fmt.Sprintf(line, "warmup"))
			for range 7 { // the last ones while all are locked
				w.equalWork(line, names...)
			}
		}
	}
}

// Nor from that of a code that is asked for or wrong.
func TestCodesCostTheSameWorkForEverybody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`www site ~/www -u '{vcode_captcha:"none"}'`)
	const (
		send  = `www captcha ~/www auth %s -as sms`
		enter = `www auth ~/www %s -v 000000 -create`
		reset = `www passwd ~/www -check '{account:"%s",vcode:"000000",newpwd:"a new and long one"}'`
		draw  = `www captcha ~/www robot %s -as png`
	)
	for _, line := range []string{send, enter, reset, draw} {
		w.api("").run(fmt.Sprintf(line, "13988888888"))
	}
	for range 7 { // sent, too soon; tries that run out, locks
		for _, line := range []string{send, enter, reset, draw} {
			w.equalWork(line, "13900000001", "13999999999")
		}
	}
}

// BenchmarkRefusals shows that refusals take the same time, too.
func BenchmarkRefusals(b *testing.B) {
	for _, who := range []string{"xiaobai", "bare", "nobody", "13900000001", "13999999999"} {
		b.Run(who, func(b *testing.B) {
			w := newWorld(b)
			w.owner().must(`www account ~/www -new '{nm:"bare"}'`)
			for b.Loop() {
				w.clock.add(forget)
				w.api("").run(`www auth ~/www ` + who + ` -p 'a wrong password'`)
			}
		})
	}
}
