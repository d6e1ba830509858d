package www

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// Limits on guessing. Of one account: from the fifth failure in a row one
// second, doubling up to a quarter of an hour. From one address: twenty failures in
// ten minutes. Both survive a restart.
const (
	freeTries  = 4
	maxLock    = 15 * time.Minute
	addrTries  = 20
	addrWindow = 10 * time.Minute
	forget     = time.Hour // an account's failures, when there are no more: at the longest wait that allows no more tries than waiting it out
	maxTracked = 100_000   // keys held in memory at once
	maxKept    = 200_000   // records from which on keys with one failure only are not kept
)

// guesses counts failures of one domain. The counts that matter are also kept as
// records of ~/.domain/guess; while running, time is the monotonic clock's.
type guesses struct {
	s    *Service
	p    *people
	set  func() (*thingset.Set, error)
	most int // maxKept

	mu   sync.Mutex
	keys map[string]*tally
}

// tally is what is known of one key.
type tally struct {
	failures int
	until    time.Time // no try before
	window   time.Time // of an address: when the count begins anew
}

func newGuesses(s *Service, p *people) *guesses {
	g := &guesses{s: s, p: p, most: maxKept, keys: map[string]*tally{}}
	g.set = sync.OnceValues(func() (*thingset.Set, error) {
		return p.db.Plain(context.Background(), ".domain/guess", thingset.Def{Plain: true, Loose: -1})
	})
	return g
}

// guessKey hides what is counted: an account's name that nobody has may be
// somebody's password, typed into the wrong field.
func guessKey(kind, what string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + what))
	return hex.EncodeToString(sum[:])
}

// try counts a try before it is made, so that many at once cannot all be the
// free one: e.auth.login.locked (Data: seconds) when there may be none now. The
// caller then says how it went: failed or succeeded. addr "" is none.
func (g *guesses) try(ctx context.Context, account, addr string) error {
	keys := g.both(account, addr)
	list := make([]*tally, len(keys))
	for i, key := range keys {
		var err error
		if list[i], err = g.tally(ctx, key); err != nil {
			return err
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.s.o.Now() // not before the counts were read: theirs would be later
	for _, t := range list {
		if wait := t.until.Sub(now); wait > 0 {
			return locked(wait)
		}
	}
	list[0].failAccount(now)
	if len(list) > 1 {
		list[1].failAddr(now)
	}
	return nil
}

func (g *guesses) both(account, addr string) []string {
	keys := []string{guessKey("account", account)}
	if addr != "" {
		keys = append(keys, guessKey("addr", network(addr)))
	}
	return keys
}

// network is what counts as one address: whoever has one of an IPv6 /64 has all of
// them.
func network(addr string) string {
	a, err := netip.ParseAddr(addr)
	if err != nil {
		return addr
	}
	if a = a.Unmap(); a.Is4() {
		return a.String()
	}
	p, _ := a.WithZone("").Prefix(64) // an IPv6 address has as many
	return p.String()
}

// locked is the error of a try that must wait, in whole seconds.
func locked(wait time.Duration) error {
	seconds := int((wait + time.Second - 1) / time.Second)
	return domain.E("e.auth.login.locked", inSeconds(seconds)).With(seconds)
}

// inSeconds is how long to wait, for people.
func inSeconds(n int) domain.Text {
	return domain.Text{ZH: fmt.Sprintf("%d 秒", n), EN: fmt.Sprintf("%d s", n)}
}

// failed writes down that a try failed.
func (g *guesses) failed(ctx context.Context, account, addr string) error {
	now := g.s.o.Now()
	for _, key := range g.both(account, addr) {
		t, err := g.tally(ctx, key)
		if err != nil {
			return err
		}
		g.mu.Lock()
		c := *t
		g.mu.Unlock()
		if err := g.keep(ctx, key, c, now); err != nil {
			return err
		}
	}
	return nil
}

// locks tells what of an account and an address may make no try now: "account",
// "address".
func (g *guesses) locks(account, addr string) (out []string) {
	now := g.s.o.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, key := range g.both(account, addr) {
		if t := g.keys[key]; t != nil && t.until.After(now) {
			out = append(out, [...]string{"account", "address"}[i])
		}
	}
	return out
}

// failAccount doubles the wait from the fifth failure on.
func (t *tally) failAccount(now time.Time) {
	t.failures++
	if over := t.failures - freeTries; over > 0 {
		t.until = now.Add(min(maxLock, time.Second<<min(over-1, 20)))
	}
}

// failAddr closes the window after its last free failure.
func (t *tally) failAddr(now time.Time) {
	if now.After(t.window) {
		t.failures, t.window = 0, now.Add(addrWindow)
	}
	if t.failures++; t.failures >= addrTries {
		t.until = t.window
	}
}

// succeeded forgets an account's failures and takes the try off the
// address's count.
func (g *guesses) succeeded(ctx context.Context, account, addr string) error {
	keys := g.both(account, addr)
	t, err := g.tally(ctx, keys[0])
	if err != nil {
		return err
	}
	g.mu.Lock()
	had := t.failures > 1
	*t = tally{}
	if at := g.keys[keys[len(keys)-1]]; len(keys) > 1 && at != nil && at.failures > 0 {
		at.failures--
		at.until = time.Time{}
	}
	g.mu.Unlock()
	if !had {
		return nil
	}
	set, err := g.set()
	if err != nil {
		return err
	}
	if err := set.Delete(ctx, keys[0], true); err != nil && domain.CodeOf(err) != "e.thing.noexists" {
		return err
	}
	return nil
}

// tally finds a key's count, in memory or as it was before a restart.
func (g *guesses) tally(ctx context.Context, key string) (*tally, error) {
	g.mu.Lock()
	t, ok := g.keys[key]
	g.mu.Unlock()
	if ok {
		return t, nil
	}
	loaded, err := g.load(ctx, key)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if t, ok := g.keys[key]; ok {
		return t, nil
	}
	g.makeRoom()
	g.keys[key] = loaded
	return loaded, nil
}

// makeRoom drops counts from memory when there are too many; they are kept as
// records.
func (g *guesses) makeRoom() {
	if len(g.keys) < maxTracked {
		return
	}
	for key := range g.keys {
		delete(g.keys, key)
		if len(g.keys) < maxTracked*3/4 {
			return
		}
	}
}

// load reads a count; times become remaining times of the monotonic clock.
func (g *guesses) load(ctx context.Context, key string) (*tally, error) {
	set, err := g.set()
	if err != nil {
		return nil, err
	}
	rec, err := set.Get(ctx, key)
	if domain.CodeOf(err) == "e.thing.noexists" {
		return &tally{}, nil
	}
	if err != nil {
		return nil, err
	}
	now := g.s.o.Now()
	doc := gjson.ParseBytes(rec.Body)
	return &tally{
		failures: int(doc.Get("n").Int()),
		until:    at(now, doc.Get("until").Int(), maxLock),
		window:   at(now, doc.Get("window").Int(), addrWindow),
	}, nil
}

// at is a time that was kept, at most so far off; the zero time when none was.
func at(now time.Time, ms int64, most time.Duration) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return now.Add(min(most, time.UnixMilli(ms).Sub(now)))
}

// keep writes a count down.
func (g *guesses) keep(ctx context.Context, key string, t tally, now time.Time) error {
	set, err := g.set()
	if err != nil {
		return err
	}
	if t.failures == 1 {
		if n, err := set.Count(ctx); err != nil || n >= g.most {
			return err // names that were tried once must not fill the store
		}
	}
	body := fmt.Sprintf(`{"id":%q,"n":%d,"until":%d,"window":%d,"expi":%d}`,
		key, t.failures, unixMS(t.until), unixMS(t.window), now.Add(forget).UnixMilli())
	_, err = set.Put(ctx, key, []byte(body), 0)
	return err
}

func unixMS(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
