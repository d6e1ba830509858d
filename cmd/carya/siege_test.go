package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// siege is load on a running server: one domain, `bad`, is attacked in every way that is
// known, while others are used as ever.
type siege struct {
	*server
	addr string
	ctx  context.Context
	all  sync.WaitGroup
	sent atomic.Int64 // requests of the attack
}

// page is an endpoint of every domain: a small answer, never limited by address.
const page = "{\"http-rate\":\"none\"}\n%COPY:\necho '{\"ok\":true,\"domain\":\"NAME\"}'\n%END%\n"

// besieged lays out the domains and serves them.
func besieged(t testing.TB, others ...string) *siege {
	t.Helper()
	r := newRoot(t)
	for _, name := range append([]string{"bad"}, others...) {
		r.must("init", name)
		r.write(name, ".regapi/api/page", strings.ReplaceAll(page, "NAME", name))
	}
	r.write("bad", ".regapi/api/form", "httpparam -in id:${id} -c | head -n 1")
	r.write("bad", ".regapi/api/body", "cat id:${id} | md5sum")
	r.write("bad", ".regapi/api/signed", "{\"http-www-auth\":true}\n%COPY:\ncat id:${id}\n%END%\n")
	r.write("bad", ".regapi/api/large", "cat ~/large.txt ~/large.txt ~/large.txt ~/large.txt | cat")
	r.write("bad", "large.txt", strings.Repeat("0123456789abcdef", 512<<10))
	r.write("bad", ".regapi/api/slow", "echo '["+strings.Repeat("1,", 2999)+"1]' | each '${it} | echo $${it} | md5sum'")
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		line := []byte(strings.Repeat("0123456789abcdef", 4<<10))
		for range 200 {
			if _, err := w.Write(line); err != nil {
				return
			}
		}
	}))
	t.Cleanup(far.Close)
	host := strings.TrimPrefix(far.URL, "http://")
	r.write(".carya", "operator.json", fmt.Sprintf(`{"domains":{"bad":{"networks":["127.0.0.1:%s"]}}}`, host[strings.LastIndexByte(host, ':')+1:]))
	r.write("bad", ".domain/domain.json", fmt.Sprintf("{http:{hosts:[%q],private:true}}", host))
	r.write("bad", ".regapi/api/fetch", "http http://"+host+"/ -max 20000000 -full | md5sum")
	r.write("bad", ".regapi/api/events", "{\"http-sse\":true}\n%COPY:\nthing ~/things watch -sse\n%END%\n")
	r.write("bad", "things/thing.json", "{}")
	s := &siege{server: r.serve()}
	s.addr = strings.TrimPrefix(s.url, "http://")
	for _, name := range append([]string{"bad"}, others...) {
		if a := s.get(name + "/page"); a.status != 200 {
			t.Fatal(a.status, a.body)
		}
	}
	return s
}

// dial connects from one of many addresses of this machine.
func (s *siege) dial(from int) (net.Conn, error) {
	d := net.Dialer{Timeout: 5 * time.Second, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, byte(1+from/250), byte(1+from%250))}}
	return d.DialContext(s.ctx, "tcp", s.addr)
}

// begin makes ctx the time of the attack; the end of it is waited for.
func (s *siege) begin(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	s.ctx = ctx
	return func() { cancel(); s.all.Wait() }
}

// each has n attackers do something again and again, each from an address of its own out
// of so many; who is refused tries again a little later.
func (s *siege) each(n, addresses int, attack func(conn net.Conn)) {
	for i := range n {
		s.all.Go(func() {
			for s.ctx.Err() == nil {
				conn, err := s.dial(i % addresses)
				if err == nil {
					end := context.AfterFunc(s.ctx, func() { conn.Close() })
					s.sent.Add(1)
					attack(conn)
					end()
					conn.Close()
				}
				s.pause(100 * time.Millisecond)
			}
		})
	}
}

func (s *siege) pause(d time.Duration) {
	select {
	case <-s.ctx.Done():
	case <-time.After(d):
	}
}

// slowBodies send a byte now and then.
func (s *siege) slowBodies(n, addresses int) {
	s.each(n, addresses, func(conn net.Conn) {
		io.WriteString(conn, "POST /api/bad/body HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
		for s.ctx.Err() == nil {
			if _, err := conn.Write([]byte("x")); err != nil {
				return
			}
			s.pause(3 * time.Second)
		}
	})
}

// deafReaders ask for what is long and read nothing of it.
func (s *siege) deafReaders(n, addresses int) {
	s.each(n, addresses, func(conn net.Conn) {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetReadBuffer(4 << 10)
		}
		io.WriteString(conn, "GET /api/bad/large HTTP/1.1\r\nHost: x\r\n\r\n")
		s.pause(40 * time.Second)
	})
}

// posts send a whole body to an endpoint and wait for the answer.
func (s *siege) posts(n, addresses int, name, kind, body string) {
	head := fmt.Sprintf("POST /api/bad/%s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", name, kind, len(body))
	s.each(n, addresses, func(conn net.Conn) {
		in := bufio.NewReader(conn)
		for s.ctx.Err() == nil {
			io.WriteString(conn, head)
			if _, err := io.WriteString(conn, body); err != nil {
				return
			}
			res, err := http.ReadResponse(in, nil)
			if err != nil {
				return
			}
			_, err = io.Copy(io.Discard, res.Body)
			if s.pause(100 * time.Millisecond); err != nil || res.Close {
				return
			}
		}
	})
}

const formType = "application/x-www-form-urlencoded"

// latencies are what answers of a domain's page took.
type latencies struct {
	mu    sync.Mutex
	list  []time.Duration
	wrong []string
}

// use asks a domain's page on some connections, every so often, until ctx ends.
func (s *siege) use(ctx context.Context, name string, conns int, every time.Duration) *latencies {
	l := &latencies{}
	var all sync.WaitGroup
	for range conns {
		all.Go(func() {
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}, Timeout: 20 * time.Second}
			tick := time.NewTicker(every)
			defer tick.Stop()
			for ctx.Err() == nil {
				l.ask(client, s.url+"/api/"+name+"/page", `"domain":"`+name+`"`)
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
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.proc.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	pages, _ := strconv.ParseFloat(strings.Fields(string(b))[1], 64)
	return pages * float64(os.Getpagesize()) / (1 << 20)
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
