package conns

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"time"
)

// served is a server behind a guarded listener.
func served(t *testing.T, stall time.Duration, h http.Handler) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: h}
	go srv.Serve(plainListener{l, stall})
	t.Cleanup(func() { srv.Close() })
	return l.Addr().String()
}

// A client that takes nothing is let go, whoever writes to it; one that takes a little
// now and then is not.
func TestAClientThatTakesNothingIsLetGo(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	addr := served(t, 100*time.Millisecond, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, err := w.Write(make([]byte, 64<<20))
		ended <- err
	}))
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v", err)
	}
	res, err := http.Get("http://" + addr)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if n, err := io.Copy(io.Discard, res.Body); n != 64<<20 || err != nil {
		t.Errorf("one that reads has %d bytes, %v", n, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A file is sent whole, piece by piece, also a part of one.
func TestFilesAreSentWhole(t *testing.T) {
	t.Parallel()
	content := bytes.Repeat([]byte("0123456789abcdef"), 40_000)
	name := t.TempDir() + "/f"
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	addr := served(t, Stall, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, name) }))
	for header, want := range map[string][]byte{"": content, "bytes=100-300099": content[100:300100], "bytes=639990-": content[639990:]} {
		req, _ := http.NewRequest("GET", "http://"+addr, nil)
		if header != "" {
			req.Header.Set("Range", header)
		}
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%q: %d bytes of %d, %v", header, len(got), len(want), err)
		}
	}
}
