package regapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"unsafe"
)

// What an answer is found by, and its head, count as much as its body: nobody fills memory
// with hosts, addresses or heads.
func TestAllOfAKeptAnswerCounts(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 60_000)
	for name, one := range map[string]*cached{
		"host": {key: cacheKey{host: long}},
		"url":  {key: cacheKey{url: long}},
		"head": {header: http.Header{"X-A": {long}}},
		"name": {header: http.Header{long: {""}}},
	} {
		var a answerCache
		for i := range 2_000 {
			c := &cached{key: one.key, header: one.header}
			c.key.host += fmt.Sprint(i)
			a.keep(c)
		}
		if n := len(a.items); n == 0 || n*len(long) > cacheBytes {
			t.Errorf("%s: %d are kept", name, n)
		}
		for len(a.items) > 0 {
			a.remove(a.order.Back().Value.(*kept), false)
		}
		if a.bytes != 0 {
			t.Errorf("%s: %d bytes of nothing", name, a.bytes)
		}
	}
}

// No answer is kept under a host that is none, and what is kept of a request keeps no more
// of it in memory: a host is a part of all its head.
func TestAKeptAnswerIsNoPartOfARequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api("page", meta(`{"cache-test":true}`, "echo hello"))
	head := strings.Repeat("h", 60_000)
	host := head[:9]
	for _, h := range []string{host, head} {
		r := (request{url: "/api/demo/page"}).make()
		r.Host = h
		w.h.ServeHTTP(nowhere{http.Header{}}, r)
	}
	if n := len(w.h.answers.items); n != 1 {
		t.Fatalf("%d answers are kept", n)
	}
	for k := range w.h.answers.items {
		if k.host != host || unsafe.StringData(k.host) == unsafe.StringData(host) {
			t.Errorf("it is kept under %q", k.host)
		}
	}
}
