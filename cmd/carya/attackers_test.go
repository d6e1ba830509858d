package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Attackers work in a process of their own, the test binary started anew, which gives way
// to all others: what their own work costs is no matter of the server's, and would be done by
// other machines.

// attackersEnv makes a test binary a process of attackers.
const attackersEnv = "CARYA_ATTACKERS"

// score counts the attacks of one kind.
type score struct {
	Sent    int64 // begun
	Through int64 // taken by the server: answered below 400, or held as long as it goes on
	Refused int64 // answered from 400 on, or cut off
}

// scores are those of all kinds, by name.
type scores map[string]score

// attackers is the process, as the test sees it.
type attackers struct {
	proc *exec.Cmd
	enc  *json.Encoder
	dec  *json.Decoder
	far  string // host:port of a server of theirs, whose answers are long
}

// order has the attackers begin, or stop when Plan is empty.
type order struct {
	Addr string // of the server
	Site string // id of a site of bad's
	Plan string // of plans
}

// startAttackers starts the process; it ends with the test.
func startAttackers(t testing.TB) *attackers {
	t.Helper()
	a := &attackers{proc: exec.Command(os.Args[0])}
	a.proc.Env = append(os.Environ(), attackersEnv+"=1")
	a.proc.Stderr = os.Stderr
	a.proc.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // one priority for its threads
	in, err := a.proc.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := a.proc.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.proc.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); _ = a.proc.Wait() })
	a.enc, a.dec = json.NewEncoder(in), json.NewDecoder(out)
	if err := a.dec.Decode(&a.far); err != nil {
		t.Fatal(err)
	}
	return a
}

// begin has them attack until stop, which gives what they did.
func (a *attackers) begin(t testing.TB, o order) (stop func() scores) {
	t.Helper()
	if err := a.enc.Encode(o); err != nil {
		t.Fatal(err)
	}
	return func() (got scores) {
		t.Helper()
		if err := a.enc.Encode(order{}); err != nil {
			t.Fatal(err)
		}
		if err := a.dec.Decode(&got); err != nil {
			t.Fatal(err)
		}
		return got
	}
}

// attackersMain is the process: it takes orders until there are none.
func attackersMain(in io.Reader, out io.Writer) {
	giveWay()
	far := httptest.NewServer(http.HandlerFunc(longAnswer))
	defer far.Close()
	enc, dec := json.NewEncoder(out), json.NewDecoder(in)
	if enc.Encode(strings.TrimPrefix(far.URL, "http://")) != nil {
		return
	}
	stop := func() scores { return nil }
	for {
		var o order
		if dec.Decode(&o) != nil {
			return
		}
		if o.Plan != "" {
			stop = newAttack(o).run()
		} else if enc.Encode(stop()) != nil {
			return
		}
	}
}

// giveWay lets this process, all its threads and those that they make, work only where
// nobody else wants a processor: a thread of the lowest priority, without this, keeps
// whoever wakes up waiting for the rest of its slice, some milliseconds.
func giveWay() {
	_ = unix.Setpriority(unix.PRIO_PGRP, 0, 19)
	for range 2 { // a thread may be made meanwhile, by one that did not give way yet
		threads, _ := os.ReadDir("/proc/self/task")
		for _, e := range threads {
			id, _ := strconv.Atoi(e.Name())
			_ = unix.SchedSetAttr(id, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_IDLE}, 0)
		}
	}
}

func longAnswer(w http.ResponseWriter, _ *http.Request) {
	line := []byte(strings.Repeat("0123456789abcdef", 4<<10))
	for range 200 {
		if _, err := w.Write(line); err != nil {
			return
		}
	}
}

// attack is one time of attacking.
type attack struct {
	order
	ctx context.Context
	end context.CancelFunc
	all sync.WaitGroup

	mu   sync.Mutex
	done scores
}

func newAttack(o order) *attack {
	ctx, cancel := context.WithCancel(context.Background())
	return &attack{order: o, ctx: ctx, end: cancel, done: scores{}}
}

// plans are what attackers do at once.
var plans = map[string]func(*attack){
	"everything": (*attack).everything,
	"bodies":     (*attack).bodies,
}

func (a *attack) run() (stop func() scores) {
	plans[a.Plan](a)
	return func() scores {
		a.end()
		a.all.Wait()
		return a.done
	}
}

// everything attacks in all ways at once.
func (a *attack) everything() {
	a.slowBodies(200, 9)
	a.deafReaders(20, 5)
	a.posts("long form", 1, "form", formType, "a="+strings.Repeat("x", 10<<20))
	a.posts("many names", 2, "form", formType, strings.Repeat("site&", 850<<10/5))
	a.posts("long list", 1, "form", "application/json", `{"a":[1`+strings.Repeat(",1", 150_000)+"]}")
	a.posts("unsigned upload", 1, "signed", "multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n"+strings.Repeat("x", 4<<20)+"\r\n--B--\r\n")
	a.posts("slow script", 4, "slow", "text/plain", "x")
	a.gets("long search", 4, 4, "/api/bad/search")
	a.gets("long fetch", 4, 4, "/api/bad/fetch")
	a.gets("stream", 100, 10, "/api/bad/events")
	a.gets("captcha", 2, 40, "/api/bad/auth/captcha?size=300x150&account=anna&site="+a.Site)
	a.signIns(4, 400)
}

// bodies are those of section 8 of the design: 2,000 slow bodies from 9 addresses and 90
// more, 40 readers that do not read, forms of 10 MB.
func (a *attack) bodies() {
	a.slowBodies(1000, 9)
	a.slowBodies(1000, 90)
	a.deafReaders(40, 10)
	a.posts("long form", 2, "form", formType, "a="+strings.Repeat("x", 10<<20))
}

// count adds to the score of a kind.
func (a *attack) count(kind string, t score) {
	a.mu.Lock()
	defer a.mu.Unlock()
	d := a.done[kind]
	a.done[kind] = score{d.Sent + t.Sent, d.Through + t.Through, d.Refused + t.Refused}
}

// judge counts an attack by its answer.
func (a *attack) judge(kind string, status int) {
	if status > 0 && status < 400 {
		a.count(kind, score{Through: 1})
	} else {
		a.count(kind, score{Refused: 1})
	}
}

// dial connects from one of many addresses of this machine.
func (a *attack) dial(from int) (net.Conn, error) {
	d := net.Dialer{Timeout: 5 * time.Second, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, byte(1+from/250), byte(1+from%250))}}
	return d.DialContext(a.ctx, "tcp", a.Addr)
}

// each has n attackers do something again and again, each in turn from so many addresses
// of its own kind; who is refused tries again a little later.
func (a *attack) each(kind string, n, addresses int, do func(conn net.Conn)) {
	for i := range n {
		a.all.Go(func() {
			for from := i; a.ctx.Err() == nil; from += n {
				if conn, err := a.dial(from % addresses); err == nil {
					end := context.AfterFunc(a.ctx, func() { conn.Close() })
					a.count(kind, score{Sent: 1})
					do(conn)
					end()
					conn.Close()
				}
				a.pause(100 * time.Millisecond)
			}
		})
	}
}

func (a *attack) pause(d time.Duration) {
	select {
	case <-a.ctx.Done():
	case <-time.After(d):
	}
}

// slowBodies send a byte now and then. One that the server still takes after a while is
// through.
func (a *attack) slowBodies(n, addresses int) {
	const kind = "slow body"
	a.each(kind, n, addresses, func(conn net.Conn) {
		fmt.Fprint(conn, "POST /api/bad/body HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
		for n := 0; a.ctx.Err() == nil; n++ {
			if _, err := conn.Write([]byte("x")); err != nil {
				a.count(kind, score{Refused: 1})
				return
			}
			if n == 2 {
				a.count(kind, score{Through: 1})
			}
			a.pause(3 * time.Second)
		}
	})
}

// deafReaders ask for what is long and read nothing of it but the status.
func (a *attack) deafReaders(n, addresses int) {
	const kind = "deaf reader"
	a.each(kind, n, addresses, func(conn net.Conn) {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetReadBuffer(4 << 10)
		}
		fmt.Fprint(conn, "GET /api/bad/large HTTP/1.1\r\nHost: x\r\n\r\n")
		a.judge(kind, status(conn))
		a.pause(40 * time.Second)
	})
}

// status reads no more than the status of an answer, 0 when there is none.
func status(conn net.Conn) (n int) {
	var line [len("HTTP/1.1 200")]byte
	if _, err := io.ReadFull(conn, line[:]); err == nil {
		fmt.Sscanf(string(line[9:]), "%d", &n)
	}
	return n
}

// posts send a whole body to an endpoint and wait for the answer.
func (a *attack) posts(kind string, n int, name, ctype, body string) {
	head := fmt.Sprintf("POST /api/bad/%s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", name, ctype, len(body))
	a.each(kind, n, n, func(conn net.Conn) {
		in := bufio.NewReader(conn)
		for first := true; a.ctx.Err() == nil; first = false {
			if !first {
				a.count(kind, score{Sent: 1})
			}
			if !a.post(conn, in, kind, head+body) {
				return
			}
			a.pause(100 * time.Millisecond)
		}
	})
}

// post sends one request and reads its answer; false when the connection is of no more use.
func (a *attack) post(conn net.Conn, in *bufio.Reader, kind, request string) bool {
	_, broken := io.WriteString(conn, request) // the answer may be there before all is sent
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		if a.ctx.Err() == nil {
			a.judge(kind, 0)
		}
		return false
	}
	a.judge(kind, res.StatusCode)
	_, err = io.Copy(io.Discard, res.Body)
	return err == nil && broken == nil && !res.Close
}

// gets ask an endpoint and read what comes, as long as it comes.
func (a *attack) gets(kind string, n, addresses int, path string) {
	a.each(kind, n, addresses, func(conn net.Conn) {
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path)
		if n := status(conn); n > 0 || a.ctx.Err() == nil {
			a.judge(kind, n)
		}
		_, _ = io.Copy(io.Discard, conn) // it ends when it ends
	})
}

// signIns guess, each time another name, so that each costs a hash. All are refused.
func (a *attack) signIns(n, addresses int) {
	const kind = "sign-in"
	var next sync.Mutex
	number := 0
	a.each(kind, n, addresses, func(conn net.Conn) {
		next.Lock()
		number++
		body := fmt.Sprintf("name=nobody%d&passwd=wrong+password", number)
		next.Unlock()
		a.post(conn, bufio.NewReader(conn), kind, fmt.Sprintf("POST /api/bad/auth/login_by_passwd?site=%s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", a.Site, formType, len(body), body))
	})
}

const formType = "application/x-www-form-urlencoded"
