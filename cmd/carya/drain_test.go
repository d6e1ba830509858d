package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// stopping serves with a handler that says hello until it is cancelled.
func stopping(t *testing.T, conf *tls.Config) (addr string, cancel func(), ended <-chan error) {
	t.Helper()
	l, err := listenTCP(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &drain{next: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") })}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- serveUntil(ctx, l, &http.Server{Handler: h, ConnState: h.track, TLSConfig: conf}, h) }()
	return l.Addr().String(), cancel, done
}

// A request whose head was on its way when the server was told to stop is
// answered, however slowly the rest of it comes.
func TestAStopAnswersARequestThatIsUnderWay(t *testing.T) {
	t.Parallel()
	conf := certified(t)
	for name, dial := range map[string]func(addr string) (net.Conn, error){
		"plain": func(addr string) (net.Conn, error) { return net.Dial("tcp", addr) },
		"TLS": func(addr string) (net.Conn, error) {
			return tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			served := conf
			if name == "plain" {
				served = nil
			}
			addr, stop, ended := stopping(t, served)
			c, err := dial(addr)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			write := func(s string) {
				t.Helper()
				if _, err := io.WriteString(c, s); err != nil {
					t.Fatal(err)
				}
			}
			write("GET / HTTP/1.1\r\nHost: demo\r\n")
			stop()
			for range 10 { // longer than the listener lives
				time.Sleep(100 * time.Millisecond)
				write("X-More: 1\r\n")
			}
			write("\r\n")
			resp, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			if err != nil || string(body) != "hello" || !resp.Close {
				t.Errorf("%q, %v, to be closed: %t", body, err, resp.Close)
			}
			if err := <-ended; err != nil {
				t.Error(err)
			}
			if _, err := net.Dial("tcp", addr); err == nil {
				t.Error("it listens still")
			}
		})
	}
}

// Clients that have connected and wait to be accepted are served before the
// listener goes.
func TestAStopAcceptsThoseWhoWait(t *testing.T) {
	t.Parallel()
	l, err := listenTCP(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	raw, err := l.(*net.TCPListener).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	if n := queued(raw); n != 3 {
		t.Fatalf("%d wait, want 3", n)
	}
	deaf := make(chan error, 1)
	go func() { deaf <- deafen(l) }()
	for range 3 {
		select {
		case err := <-deaf:
			t.Fatal("nobody waited for those who wait:", err)
		case <-time.After(100 * time.Millisecond): // as slow as a busy machine
		}
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	if err := <-deaf; err != nil {
		t.Error(err)
	}
}

// certified is a TLS configuration with a certificate for tests.
func certified(t *testing.T) *tls.Config {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	return &tls.Config{Certificates: s.TLS.Certificates}
}
