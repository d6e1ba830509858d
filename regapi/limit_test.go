package regapi

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func prefixes(t *testing.T, list []string) (out []netip.Prefix) {
	t.Helper()
	for _, s := range list {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

func TestLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) { o.Limits = true })
	w.api(
		"few", meta(`{"http-rate":"2/m"}`, "echo"),
		"free", meta(`{"http-rate":"none"}`, "echo"),
		"other", meta(`{"http-rate":"2/m"}`, "echo"),
	)
	for i := range 2 {
		res := w.do(request{url: "/api/demo/few"})
		if res.StatusCode != 200 || res.Header.Get("RateLimit-Limit") != "2" || res.Header.Get("RateLimit-Remaining") != fmt.Sprint(1-i) {
			t.Errorf("%d: %d %v", i, res.StatusCode, res.Header)
		}
	}
	res := w.do(request{url: "/api/demo/few"})
	body := bodyOf(res)
	if res.StatusCode != 429 || res.Header.Get("Retry-After") != "30" || !strings.Contains(body, `"e.api.limit"`) || !strings.Contains(body, `"data":30`) {
		t.Errorf("%d %v %s", res.StatusCode, res.Header, body)
	}
	if status, _ := w.get("/api/demo/other"); status != 200 {
		t.Errorf("another endpoint: %d", status)
	}
	last := 0
	for n := 0; n < 20*everything.n && last != 429; n++ { // it fills again meanwhile
		last, _ = w.get("/www/demo/nothing")
	}
	if last != 429 {
		t.Errorf("many requests: %d", last)
	}
	if res := w.do(request{url: "/api/demo/free"}); res.StatusCode != 200 || res.Header.Get("RateLimit-Limit") != "" {
		t.Errorf("an endpoint without limit: %d %v", res.StatusCode, res.Header)
	}
}

func TestLimitsOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api("few", meta(`{"http-rate":"1/m"}`, "echo"))
	for range 400 {
		if res := w.do(request{url: "/api/demo/few"}); res.StatusCode != 200 || res.Header.Get("RateLimit-Limit") != "" {
			t.Fatalf("%d %v", res.StatusCode, res.Header)
		}
	}
}

func TestBucketFillsAgain(t *testing.T) {
	t.Parallel()
	var s limitShard
	k, r := limitKey{}, rate{4, 8 * time.Second}
	for i := range 4 {
		if v := s.take(k, r, 0); v.over || v.left != 3-i {
			t.Fatalf("%d: %+v", i, v)
		}
	}
	for _, c := range []struct {
		at   time.Duration
		over bool
		left int
	}{{0, true, 0}, {2*time.Second - 1, true, 0}, {2 * time.Second, false, 0}, {2 * time.Second, true, 0}, {6 * time.Second, false, 1}, {time.Hour, false, 3}} {
		if v := s.take(k, r, c.at); v.over != c.over || v.left != c.left {
			t.Errorf("at %v: %+v", c.at, v)
		}
	}
}

func TestLimitTableIsBounded(t *testing.T) {
	t.Parallel()
	var s limitShard
	r := rate{1, time.Hour}
	for i := range 4 * limitKeys {
		addr := netip.AddrFrom4([4]byte{1, byte(i >> 16), byte(i >> 8), byte(i)})
		if v := s.take(limitKey{addr: addr}, r, time.Duration(i)); v.over {
			t.Fatalf("a new address is over: %+v", v)
		}
	}
	if len(s.full) > limitKeys {
		t.Errorf("%d keys", len(s.full))
	}
}

func TestOneIPv6NetIsOneAddress(t *testing.T) {
	t.Parallel()
	same := func(a, b string) bool { return limitAddr(netip.MustParseAddr(a)) == limitAddr(netip.MustParseAddr(b)) }
	if !same("2001:db8:1:2::1", "2001:db8:1:2:ffff::9") || same("2001:db8:1:2::1", "2001:db8:1:3::1") {
		t.Error("IPv6 is not counted by /64")
	}
	if !same("::ffff:1.2.3.4", "1.2.3.4") || same("1.2.3.4", "1.2.3.5") {
		t.Error("IPv4 is not counted by address")
	}
}
