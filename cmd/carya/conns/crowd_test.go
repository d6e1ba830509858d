package conns

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
)

// crowded is a server that takes so many connections at once.
func crowded(t *testing.T, most int, h http.HandlerFunc) (addr string, c *Crowd, idle chan net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c = NewCrowd(most)
	idle = make(chan net.Conn, 100)
	srv := &http.Server{Handler: h, ConnState: func(conn net.Conn, s http.ConnState) {
		if c.Track(conn, s); s == http.StateIdle {
			idle <- conn
		}
	}}
	go srv.Serve(Plain(l))
	t.Cleanup(func() { srv.Close() })
	return l.Addr().String(), c, idle
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// ask sends a request and reads the whole answer.
func ask(conn net.Conn, path string) (string, error) {
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return string(b), err
}

// However many connect and send nothing, or stay after their request, others are
// answered; those that came first are closed.
func TestIdleConnectionsKeepNobodyOut(t *testing.T) {
	t.Parallel()
	addr, _, idle := crowded(t, 8, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") })
	var first []net.Conn
	for i := range 8 {
		conn := dial(t, addr)
		first = append(first, conn)
		if i%2 == 0 {
			if got, err := ask(conn, "/"); got != "ok" || err != nil {
				t.Fatalf("%q, %v", got, err)
			}
			<-idle
		}
	}
	for range 20 {
		if got, err := ask(dial(t, addr), "/"); got != "ok" || err != nil {
			t.Fatalf("%q, %v", got, err)
		}
		<-idle
	}
	for i, conn := range first {
		if n, err := conn.Read(make([]byte, 1)); n > 0 || err == nil {
			t.Errorf("%d is still open: %d, %v", i, n, err)
		}
	}
}

// Who is at work is not cut off: the next one is.
func TestConnectionsAtWorkAreNotCut(t *testing.T) {
	t.Parallel()
	began, end := make(chan bool), make(chan bool)
	addr, c, idle := crowded(t, 2, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/long" {
			began <- true
			<-end
		}
		io.WriteString(w, "ok")
	})
	done := make(chan error, 2)
	for range 2 {
		conn := dial(t, addr)
		go func() {
			_, err := ask(conn, "/long")
			done <- err
		}()
		<-began
	}
	if got, err := ask(dial(t, addr), "/"); err == nil {
		t.Errorf("a third one has %q", got)
	}
	close(end)
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
		<-idle
	}
	for range 5 { // there is room again
		if got, err := ask(dial(t, addr), "/"); got != "ok" || err != nil {
			t.Fatalf("%q, %v", got, err)
		}
		<-idle
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.place) + len(c.busy); n > 2 || n != c.waiting.Len()+len(c.busy) {
		t.Errorf("%d are known, %d wait", n, c.waiting.Len())
	}
}
