package regapi

import (
	"hash/maphash"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
)

// rate allows n requests per time to one address, all of them at once if need
// be; the zero rate is none.
type rate struct {
	n   int
	per time.Duration
}

// everything is the rate for all requests of an address together.
var everything = rate{300, 10 * time.Second}

const (
	limitShards = 64
	limitKeys   = 2048 // per shard; 131,072 in all, some 10 MiB
)

// limits counts requests per address and endpoint by the generic cell rate
// algorithm (ITU-T I.371): of a key it knows the time at which its bucket is
// full again, and nothing else. Times are monotonic.
type limits struct {
	start  time.Time
	seed   maphash.Seed
	shards [limitShards]limitShard
}

type limitShard struct {
	mu   sync.Mutex
	full map[limitKey]time.Duration // since start
}

// limitKey is whose requests to what are counted.
type limitKey struct {
	addr netip.Addr
	what string // "" is everything
	dom  string
}

func newLimits() *limits {
	return &limits{start: time.Now(), seed: maphash.MakeSeed()}
}

// verdict is what a limit says about a request.
type verdict struct {
	rate  rate
	left  int
	reset time.Duration // until the bucket is full, or the next request may come
	over  bool
}

// take counts a request.
func (l *limits) take(k limitKey, r rate) verdict {
	s := &l.shards[maphash.Comparable(l.seed, k)%limitShards]
	now := time.Since(l.start)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.take(k, r, now)
}

func (s *limitShard) take(k limitKey, r rate, now time.Duration) verdict {
	step := max(r.per/time.Duration(r.n), 1)
	full, known := s.full[k]
	full = max(full, now)
	if wait := full + step - now - r.per; wait > 0 {
		return verdict{rate: r, reset: wait, over: true}
	}
	if !known {
		s.makeRoom(now)
	}
	full += step
	s.full[k] = full
	return verdict{rate: r, left: int((r.per - (full - now)) / step), reset: full - now}
}

// makeRoom keeps the table bounded: full buckets are forgotten first, then
// those of a few that are nearest to it.
func (s *limitShard) makeRoom(now time.Duration) {
	if s.full == nil {
		s.full = map[limitKey]time.Duration{}
	}
	if len(s.full) < limitKeys {
		return
	}
	for k, full := range s.full {
		if full <= now {
			delete(s.full, k)
		}
	}
	for len(s.full) >= limitKeys {
		s.evict()
	}
}

func (s *limitShard) evict() {
	var victim limitKey
	least, seen := time.Duration(-1), 0
	for k, full := range s.full {
		if least < 0 || full < least {
			victim, least = k, full
		}
		if seen++; seen == 16 {
			break
		}
	}
	delete(s.full, victim)
}

// limitAddr is what counts as one address: all of an IPv6 /64 is one.
func limitAddr(a netip.Addr) netip.Addr {
	a = a.Unmap()
	if a.Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return a
}

// limit counts the request and answers it when there were too many.
func (c *call) limit(ep *endpoint) bool {
	if !c.h.opt.Limits || ep != nil && ep.free || c.trace != nil && c.trace.replay {
		return true
	}
	key, most := c.ofAll()
	var v verdict
	if most.n > 0 {
		v = c.h.limits.take(key, most)
	}
	if !v.over && ep != nil && ep.settings.rate.n > 0 {
		v = c.h.limits.take(limitKey{c.addr, ep.api, c.d.Name()}, ep.settings.rate)
	}
	if v.rate.n > 0 {
		v.write(c.w.Header())
	}
	if !v.over {
		return true
	}
	secs := seconds(v.reset)
	c.w.Header()["Retry-After"] = number(secs)
	c.fail(domain.E("e.api.limit").With(secs))
	return false
}

// ofAll is the rate for all requests of an address: of all domains together, or of
// this one when its domain.json says so (limits.rate); none is the zero rate.
func (c *call) ofAll() (limitKey, rate) {
	if c.d != nil {
		if conf := c.d.Config().Limits; conf != nil {
			if text := gjson.GetBytes(conf, "rate").String(); text != "" {
				own, _ := parseRate(text) // the config was checked; "none" is no rate
				return limitKey{c.addr, "", c.d.Name()}, own
			}
		}
	}
	return limitKey{addr: c.addr}, everything
}

// write tells the client where it stands (draft-ietf-httpapi-ratelimit-headers-05).
func (v verdict) write(h http.Header) {
	h["Ratelimit-Limit"] = number(v.rate.n)
	h["Ratelimit-Remaining"] = number(v.left)
	h["Ratelimit-Reset"] = number(seconds(v.reset))
}

func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// numbers are header values of small numbers, shared by all answers.
var numbers = func() (out [1024][]string) {
	for i := range out {
		out[i] = []string{strconv.Itoa(i)}
	}
	return out
}()

func number(n int) []string {
	if n >= 0 && n < len(numbers) {
		return numbers[n]
	}
	return []string{strconv.Itoa(n)}
}
