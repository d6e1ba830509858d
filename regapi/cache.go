package regapi

import (
	"context"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/caryahq/carya/domain"
)

// Answers of endpoints with cache-test are kept: only those to a GET of nobody
// in particular, and only of scripts that do not ask who calls.

const (
	cacheFor  = time.Minute // default of cache-duration
	cacheURL  = 2 << 10     // an answer to a longer address is not kept
	cacheHost = 256         // nor to a longer host
	keptOver  = 1 << 10     // what an answer takes beside its texts
	lazyFor   = 1000        // durations after which an answer that cannot be renewed is too old
)

// cacheKey is all that an answer may depend on. A reload makes other endpoints,
// so that their old answers are never found again.
type cacheKey struct {
	ep        *endpoint
	host, url string
	secure    bool
	lang      domain.Lang
}

// cached is a kept answer; it never changes.
type cached struct {
	key    cacheKey
	dom    string
	header http.Header
	body   []byte
	made   time.Time
	file   domain.Path // where it lies as a page; "" when it does not
	drop   func()      // removes the file

	renewed atomic.Int64 // when the last renewal began, Unix ns
}

// size is how many bytes an answer takes. Nothing of it is a part of a longer text.
func (c *cached) size() int {
	n := keptOver + len(c.body) + len(c.key.host) + len(c.key.url)
	for name, values := range c.header {
		n += len(name)
		for _, v := range values {
			n += len(v)
		}
	}
	return n
}

// cacheable gives the key of a request whose answer may be kept.
func (c *call) cacheable() (cacheKey, bool) {
	rule := &c.ep.cache
	if !rule.on || verbOf(c.r.Method) != vGet || c.r.ContentLength != 0 {
		return cacheKey{}, false
	}
	if c.r.Header["Cookie"] != nil || c.r.Header["Authorization"] != nil || c.ticket() != "" {
		return cacheKey{}, false
	}
	url := c.path()
	if c.r.URL.RawQuery != "" {
		url += "?" + c.r.URL.RawQuery
	}
	if len(url) > cacheURL || len(c.r.Host) > cacheHost {
		return cacheKey{}, false
	}
	if rule.test != nil {
		if fits, err := rule.test.MatchString(c.r.Context(), url); err != nil || !fits {
			return cacheKey{}, false
		}
	}
	return cacheKey{c.ep, c.r.Host, url, c.secure, c.lang}, true
}

// fromCache answers with what was kept. An expired answer is sent once more
// with cache-lazy, and renewed behind.
func (c *call) fromCache() bool {
	k, ok := c.cacheable()
	if !ok {
		return false
	}
	c.out.keep = k
	hit := c.h.answers.find(k)
	if hit == nil || c.r.Context().Value(renewal{}) != nil {
		return false
	}
	if age, lasts := c.begun.Sub(hit.made), c.ep.cache.lasts(); age > lasts {
		if !c.ep.cache.lazy || age > lazyFor*lasts {
			return false
		}
		if now, last := c.begun.UnixNano(), hit.renewed.Load(); now-last > int64(lasts) && hit.renewed.CompareAndSwap(last, now) {
			go c.h.renew(c.r.Clone(context.WithValue(context.Background(), renewal{}, true)))
		}
	}
	h := c.w.Header()
	maps.Copy(h, hit.header)
	h["Age"] = []string{strconv.Itoa(int(c.begun.Sub(hit.made) / time.Second))}
	c.out.status, c.out.started, c.out.size = http.StatusOK, true, int64(len(hit.body))
	if hit.file != "" {
		c.toFile(hit.file)
		return true
	}
	h["Content-Length"] = number(len(hit.body))
	c.w.Write(hit.body)
	return true
}

func (r *cacheRule) lasts() time.Duration {
	if r.duration > 0 {
		return r.duration
	}
	return cacheFor
}

// renewal marks a request that nobody waits for.
type renewal struct{}

// renew runs a request again for the cache.
func (h *Handler) renew(r *http.Request) {
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler {
			panic(p)
		}
	}()
	h.ServeHTTP(nowhere{http.Header{}}, r)
}

// nowhere is a ResponseWriter that keeps nothing.
type nowhere struct{ h http.Header }

func (n nowhere) Header() http.Header         { return n.h }
func (n nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (n nowhere) WriteHeader(int)             {}

// cloneTexts are copies of texts, which may be parts of longer ones.
func cloneTexts(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strings.Clone(s)
	}
	return out
}

// remember keeps a whole, good answer whose headers are set.
func (a *answer) remember() *cached {
	h := a.c.w.Header()
	if a.keep.ep == nil || a.status != http.StatusOK || h["Set-Cookie"] != nil {
		return nil
	}
	a.keep.host, a.keep.url = strings.Clone(a.keep.host), strings.Clone(a.keep.url) // parts of the request's head
	k := &cached{key: a.keep, dom: a.c.d.Name(), header: http.Header{}, body: append([]byte(nil), a.buf...), made: a.c.begun}
	for name, values := range h {
		if name != "X-Request-Id" && !strings.HasPrefix(name, "Ratelimit-") && !strings.HasPrefix(name, "Access-Control-") {
			k.header[strings.Clone(name)] = cloneTexts(values)
		}
	}
	a.c.toPage(k)
	a.c.h.answers.keep(k)
	return k
}
