package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// guess is one try to sign in from an address of its own; it gives the error's
// code, "" for one that was not answered.
func (p *people) guess(c *http.Client, addr, name string) (code string) {
	req, err := http.NewRequest("POST", p.url+"/api/demo/auth/login_by_passwd?site="+p.site, strings.NewReader(url.Values{"name": {name}, "passwd": {"wrong password"}}.Encode()))
	if err != nil {
		return ""
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Forwarded-For", addr)
	res, err := c.Do(req)
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(b)}.json("errCode").String()
}

// addrOf is the n-th of many addresses.
func addrOf(n int) string { return fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255) }

// TestAttackEnumerateByTime compares what refusals take over HTTP, as
// www/timing_test.go does inside the server with more tries.
func TestAttackEnumerateByTime(t *testing.T) {
	p := newPeople(t, "--limits", "off", "--trust-proxy", "127.0.0.1")
	const tries = 60
	var script strings.Builder
	for i := range tries {
		fmt.Fprintf(&script, "www account ~/www -new '{nm:\"bare%d\"}' | head -n 0\nwww account ~/www -new '{nm:\"known%d\",passwd:%s}' | head -n 0\n", i, i, quote(passwd))
	}
	if out, errs, code := p.run(script.String(), "-d", "demo", "sh"); code != 0 {
		t.Fatal(out, errs)
	}
	kinds := []string{"unknown", "bare", "known"}
	client := &http.Client{Transport: &http.Transport{}}
	var took [3][]float64
	for i := range tries {
		for _, k := range rand.Perm(3) {
			begun := time.Now()
			code := p.guess(client, addrOf(3*i+k), fmt.Sprint(kinds[k], i))
			took[k] = append(took[k], float64(time.Since(begun)))
			if code != "e.auth.login.invalid.passwd" {
				t.Fatalf("%s: %s", kinds[k], code)
			}
		}
	}
	limit := math.Sqrt(-math.Log(1e-6/2)/2) * math.Sqrt(2.0/tries)
	for _, pair := range [][2]int{{0, 1}, {0, 2}, {1, 2}} {
		if d := distance(took[pair[0]], took[pair[1]]); d > limit {
			t.Errorf("%s can be told from %s: distance %.3f > %.3f", kinds[pair[0]], kinds[pair[1]], d, limit)
		}
	}
}

// distance is the Kolmogorov-Smirnov distance of two samples. It sorts them.
func distance(a, b []float64) (d float64) {
	slices.Sort(a)
	slices.Sort(b)
	below := func(s []float64, x float64) float64 {
		n := 0
		for _, v := range s {
			if v <= x {
				n++
			}
		}
		return float64(n) / float64(len(s))
	}
	for _, x := range slices.Concat(a, b) {
		d = max(d, math.Abs(below(a, x)-below(b, x)))
	}
	return d
}

// TestAttackManySignInsDoNotExhaustMemory tries one account from many addresses,
// most of them while it is locked, which costs no hash. That a million names and
// addresses stay bounded without HTTP is shown in www/hash_test.go.
func TestAttackManySignInsDoNotExhaustMemory(t *testing.T) {
	t.Parallel()
	p := newPeople(t, "--limits", "off", "--trust-proxy", "127.0.0.1")
	const tries, workers = 20_000, 8
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}
	for i := range 50 {
		p.guess(client, addrOf(1<<20+i), "anna")
	}
	before := p.resident(t)
	var all sync.WaitGroup
	var next, refused atomic.Int64
	for range workers {
		all.Go(func() {
			for n := next.Add(1); n <= tries; n = next.Add(1) {
				if p.guess(client, addrOf(int(n)), "anna") == "e.auth.login.locked" {
					refused.Add(1)
				}
			}
		})
	}
	all.Wait()
	if n := refused.Load(); n < tries*9/10 {
		t.Errorf("only %d of %d tries were refused", n, tries)
	}
	if grown := p.resident(t) - before; grown > 96<<20 {
		t.Errorf("%d tries cost %d MiB", tries, grown>>20)
	}
	if size := folderSize(t, p.path("demo", ".domain", "history")); size > 1<<20 {
		t.Errorf("the audit of refused tries is %d bytes", size)
	}
}

// resident is the server's memory in bytes.
func (s *server) resident(t testing.TB) int64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.proc.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.ParseInt(strings.Fields(string(b))[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}

func folderSize(t *testing.T, dir string) (n int64) {
	t.Helper()
	for _, file := range holding(t, dir, "") {
		if fi, err := os.Stat(file); err == nil {
			n += fi.Size()
		}
	}
	return n
}

// flood signs in with ever new names from ever new addresses, each a hash, until ctx
// ends; it counts those that were answered.
func (p *people) flood(ctx context.Context, workers int, done *atomic.Int64) *sync.WaitGroup {
	var all sync.WaitGroup
	var next atomic.Int64
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}
	for range workers {
		all.Go(func() {
			for ctx.Err() == nil {
				n := int(next.Add(1))
				if p.guess(client, addrOf(n), fmt.Sprint("flood", n)) == "e.auth.login.invalid.passwd" {
					done.Add(1)
				}
			}
		})
	}
	return &all
}

// TestAttackFloodOfHashesLeavesOthersAnswering counts: while sign-ins flood the
// server, more calls of checkme are answered, one after the other, than hashes are
// made. Without a bounded pool each would wait behind all hashes at work.
func TestAttackFloodOfHashesLeavesOthersAnswering(t *testing.T) {
	p := newPeople(t, "--limits", "off", "--trust-proxy", "127.0.0.1")
	ticket := p.signIn("demo", p.site, "anna")
	ctx, stop := context.WithCancel(t.Context())
	var hashes atomic.Int64
	all := p.flood(ctx, 32, &hashes)
	defer all.Wait()
	defer stop()
	until(t, 30*time.Second, "the flood is there", func() bool { return hashes.Load() > 20 })
	const calls = 300
	at := hashes.Load()
	for range calls {
		p.alive(t, ticket)
	}
	if n := hashes.Load() - at; n > calls {
		t.Errorf("%d calls were answered while %d passwords were hashed", calls, n)
	}
	at = hashes.Load()
	until(t, 30*time.Second, "sign-ins go on", func() bool { return hashes.Load() > at+5 })
}

// BenchmarkCheckmeUnderFlood measures p99 of checkme beside a flood of sign-ins and
// alone, in turn.
func BenchmarkCheckmeUnderFlood(b *testing.B) {
	p := newPeople(b, "--limits", "off", "--trust-proxy", "127.0.0.1")
	ticket := p.signIn("demo", p.site, "anna")
	round := func(n int) []float64 {
		var took []float64
		for range n {
			begun := time.Now()
			if a := p.get("demo/auth/checkme", "site", p.site, "ticket", ticket); a.status != 200 {
				b.Fatal(a.body)
			}
			took = append(took, float64(time.Since(begun)))
		}
		return took
	}
	round(200)
	var idle, busy []float64
	var hashes atomic.Int64
	var hashed int64 // while checkme was measured
	var flooded time.Duration
	for b.Loop() {
		for range 5 {
			idle = append(idle, round(1000)...)
			ctx, stop := context.WithCancel(b.Context())
			all := p.flood(ctx, 32, &hashes)
			time.Sleep(300 * time.Millisecond) // the flood is there
			begun, at := time.Now(), hashes.Load()
			busy = append(busy, round(1000)...)
			flooded, hashed = flooded+time.Since(begun), hashed+hashes.Load()-at
			stop()
			all.Wait()
		}
	}
	slices.Sort(idle)
	slices.Sort(busy)
	p99 := func(s []float64) float64 { return s[len(s)*99/100] }
	sum := func(s []float64) (total float64) {
		for _, v := range s {
			total += v
		}
		return total
	}
	b.ReportMetric(p99(idle)/1e6, "idle-p99-ms")
	b.ReportMetric(p99(busy)/1e6, "flood-p99-ms")
	b.ReportMetric(p99(busy)/p99(idle), "flood/idle")
	b.ReportMetric(sum(idle)/sum(busy), "flood/idle-req/s")
	b.ReportMetric(float64(hashed)/flooded.Seconds(), "hashes/s")
}
