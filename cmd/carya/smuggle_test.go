package main

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A request that says its length in two ways is answered 400 and its connection closed,
// also behind others on the same connection and over TLS; what stands behind it is never
// taken for a request.
func TestARequestOfTwoLengthsIsRefused(t *testing.T) {
	t.Parallel()
	conf := certified(t)
	const (
		get   = "GET /ok HTTP/1.1\r\nHost: x\r\n\r\n"
		chunk = "POST /ok HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
		bad   = "POST /bad HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
	)
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
			for _, before := range []string{"", get, chunk + get} {
				c, err := dial(addr)
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				io.WriteString(c, before+bad+get)
				c.SetReadDeadline(time.Now().Add(20 * time.Second))
				in, got := bufio.NewReader(c), ""
				for range strings.Count(before, " HTTP/1.1") + 1 {
					res, err := http.ReadResponse(in, nil)
					if err != nil {
						t.Fatalf("behind %q: %v", before, err)
					}
					io.Copy(io.Discard, res.Body)
					got += " " + res.Status[:3]
				}
				if want := strings.Repeat(" 200", strings.Count(before, " HTTP/1.1")) + " 400"; got != want {
					t.Errorf("behind %q:%s, want%s", before, got, want)
				}
				if _, err := in.ReadByte(); err == nil {
					t.Errorf("behind %q: the connection goes on", before)
				}
			}
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

// HTTP/2 and what is known of a TLS connection are as they are without the guard.
func TestTheGuardedListenerSpeaksAllProtocols(t *testing.T) {
	t.Parallel()
	addr, stop, ended := stopping(t, certified(t))
	for _, proto := range []string{"HTTP/2.0", "HTTP/1.1"} {
		tr := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: proto == "HTTP/2.0"}
		res, err := (&http.Client{Transport: tr}).Get("https://" + addr + "/")
		if err != nil {
			t.Fatal(proto, err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.Proto != proto || res.TLS == nil || string(body) != "hello" {
			t.Errorf("%s: %s %s", proto, res.Proto, body)
		}
		tr.CloseIdleConnections()
	}
	res, err := http.Get("http://" + addr + "/")
	if err != nil || res.StatusCode != 400 {
		t.Errorf("plain HTTP to TLS: %v %v", res, err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
