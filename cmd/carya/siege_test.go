package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// siege is load on a running server: one domain, `bad`, is attacked in every way that is
// known, while others are used as ever.
type siege struct {
	*server
	foes *attackers
	site string // of bad
}

// page is an endpoint of every domain: a small answer, never limited by address.
const page = "{\"http-rate\":\"none\"}\n%COPY:\necho '{\"ok\":true,\"domain\":\"NAME\"}'\n%END%\n"

// besieged lays out the domains and serves them. CARYA_SOAK_ADMIN=127.0.0.1:8081 lets the
// server be looked into meanwhile (/debug/pprof).
func besieged(t testing.TB, others ...string) *siege {
	t.Helper()
	s := &siege{foes: startAttackers(t)}
	r := newRoot(t)
	for _, name := range append([]string{"bad"}, others...) {
		r.must("init", name)
		r.write(name, ".regapi/api/page", strings.ReplaceAll(page, "NAME", name))
	}
	r.layOutBad(s.foes.far)
	s.site = r.siteID("bad", "~/www")
	s.server = r.serve("--admin", os.Getenv("CARYA_SOAK_ADMIN"))
	for _, name := range append([]string{"bad"}, others...) {
		if a := s.get(name + "/page"); a.status != 200 {
			t.Fatal(a.status, a.body)
		}
	}
	return s
}

// layOutBad lays out what can be attacked; far is a server whose answers are long.
func (r *root) layOutBad(far string) {
	r.t.Helper()
	r.must("pack", "add", "auth", "bad")
	r.write("bad", ".regapi/api/form", "httpparam -in id:${id} -c | head -n 1")
	r.write("bad", ".regapi/api/body", "cat id:${id} | md5sum")
	r.write("bad", ".regapi/api/signed", "{\"http-www-auth\":true}\n%COPY:\ncat id:${id}\n%END%\n")
	r.write("bad", ".regapi/api/large", "cat ~/large.txt ~/large.txt ~/large.txt ~/large.txt | cat")
	r.write("bad", "large.txt", strings.Repeat("0123456789abcdef", 512<<10))
	r.write("bad", ".regapi/api/slow", "echo '["+strings.Repeat("1,", 2999)+"1]' | each 'echo $${it} | md5sum'")
	r.write("bad", ".regapi/api/search", "cat ~/lines.txt | grep '([0-9a-f]+f?)+z' -c")
	r.write("bad", "lines.txt", strings.Repeat(strings.Repeat("0123456789abcdef", 8)+"\n", 16<<10))
	r.write(".carya", "operator.json", fmt.Sprintf(`{"domains":{"bad":{"networks":["127.0.0.1:%s"]}}}`, far[strings.LastIndexByte(far, ':')+1:]))
	r.write("bad", ".domain/domain.json", fmt.Sprintf("{http:{hosts:[%q],private:true}}", far))
	r.write("bad", ".regapi/api/fetch", "http http://"+far+"/ -max 20000000 -full | md5sum")
	r.write("bad", ".regapi/api/events", "{\"http-sse\":true}\n%COPY:\nthing ~/things watch -sse\n%END%\n")
	r.write("bad", "things/thing.json", "{}")
}

// attack has the attackers follow a plan until stop, which gives what they did.
func (s *siege) attack(t testing.TB, plan string) (stop func() scores) {
	t.Helper()
	return s.foes.begin(t, order{strings.TrimPrefix(s.url, "http://"), s.site, plan})
}

// latencies are what answers of a domain's page took.
type latencies struct {
	mu    sync.Mutex
	list  []time.Duration
	wrong []string
}

// use asks a domain's page on some connections, every so often, until ctx ends.
func (s *siege) use(ctx context.Context, name string, conns int, every time.Duration) *latencies {
	return use(ctx, s.url+"/api/"+name+"/page", `"domain":"`+name+`"`, conns, every)
}

// use asks a page that holds a text.
func use(ctx context.Context, url, want string, conns int, every time.Duration) *latencies {
	l := &latencies{}
	var all sync.WaitGroup
	for range conns {
		all.Go(func() {
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}, Timeout: 20 * time.Second}
			tick := time.NewTicker(every)
			defer tick.Stop()
			for ctx.Err() == nil {
				l.ask(client, url, want)
				select {
				case <-ctx.Done():
				case <-tick.C:
				}
			}
			client.CloseIdleConnections()
		})
	}
	all.Wait()
	return l
}

func (l *latencies) ask(c *http.Client, url, want string) {
	begun := time.Now()
	res, err := c.Get(url)
	if err == nil {
		var b []byte
		if b, err = io.ReadAll(res.Body); err == nil && (res.StatusCode != 200 || !strings.Contains(string(b), want)) {
			err = fmt.Errorf("%d %s", res.StatusCode, b)
		}
		res.Body.Close()
	}
	took := time.Since(begun)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.wrong = append(l.wrong, err.Error())
		return
	}
	l.list = append(l.list, took)
}

// at is a percentile.
func (l *latencies) at(p float64) time.Duration {
	slices.Sort(l.list)
	if len(l.list) == 0 {
		return 0
	}
	return l.list[min(len(l.list)-1, int(p*float64(len(l.list))))]
}

// residentMiB is the server's memory.
func (s *siege) residentMiB(t testing.TB) float64 {
	t.Helper()
	return float64(s.resident(t)) / (1 << 20)
}

// processor is the time that the server has worked.
func (s *siege) processor(t testing.TB) time.Duration {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.proc.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+2:]))
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// watchResident notes the memory until the returned function is called, which gives what
// there was.
func (s *siege) watchResident(t testing.TB) (stop func() []float64) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	seen := make(chan []float64, 1)
	go func() {
		list := []float64{s.residentMiB(t)}
		for ctx.Err() == nil {
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
			list = append(list, s.residentMiB(t))
		}
		seen <- list
	}()
	return func() []float64 { cancel(); return <-seen }
}

// waited is how long threads of the server that could run have waited for a processor.
func (s *siege) waited(t testing.TB) (sum time.Duration) {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/task", s.proc.Process.Pid)
	tasks, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		var ran, waited int64
		if b, err := os.ReadFile(dir + "/" + task.Name() + "/schedstat"); err == nil {
			fmt.Sscan(string(b), &ran, &waited)
		}
		sum += time.Duration(waited)
	}
	return sum
}
