package conns

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

// handed is what scan hands on of a stream, read in pieces of n bytes.
func handed(stream string, n int) string {
	r := reader{}
	in := strings.NewReader(stream)
	var out bytes.Buffer
	buf := make([]byte, n)
	for {
		k, err := r.read(in, buf)
		out.Write(buf[:k])
		if err != nil {
			return out.String()
		}
	}
}

const (
	get  = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
	post = "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
	chun = "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n"
)

func TestPlainRequestsPass(t *testing.T) {
	t.Parallel()
	long := "GET /" + strings.Repeat("a", 9000) + " HTTP/1.1\r\nX: " + strings.Repeat("b", 9000) + "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
	for _, s := range []string{
		get, post, chun, get + post + chun + get, long + post,
		"GET / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc" + get,
		"POST / HTTP/1.1\r\ncontent-length: 3\r\nContent-Length:3 \r\n\r\nabc" + get,
		"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n" + chun,
	} {
		for _, n := range []int{1, 2, 3, 7, 64, 4096, 1 << 20} {
			if got := handed(s, n); got != s {
				t.Errorf("%.60q by %d: only %d of %d bytes", s, n, len(got), len(s))
			}
		}
	}
}

func TestAmbiguousRequestsAreRefused(t *testing.T) {
	t.Parallel()
	both := "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
	for name, s := range map[string]string{
		"length and chunks":      both,
		"chunks and length":      "POST / HTTP/1.1\r\nTRANSFER-encoding:\tchunked\r\ncontent-LENGTH: 5\r\n\r\n0\r\n\r\n",
		"two lengths":            "POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
		"a list of lengths":      "POST / HTTP/1.1\r\nContent-Length: 5, 5\r\n\r\nhello",
		"a signed length":        "POST / HTTP/1.1\r\nContent-Length: +5\r\n\r\nhello",
		"no length":              "POST / HTTP/1.1\r\nContent-Length:\r\n\r\nhello",
		"chunks in HTTP/1.0":     "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"a folded line":          "POST / HTTP/1.1\r\nX: a\r\n Content-Length: 5\r\n\r\nhello",
		"a folded length":        "POST / HTTP/1.1\r\nContent-Length:\r\n 5\r\n\r\nhello",
		"LF only":                "GET / HTTP/1.1\nHost: x\n\n",
		"LF only in one line":    "GET / HTTP/1.1\r\nHost: x\nContent-Length: 5\r\n\r\nhello",
		"LF at the end":          "GET / HTTP/1.1\r\nHost: x\r\n\n",
		"a chunk that is none":   "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
		"a chunk size of 0x":     "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
		"a chunk that is longer": "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhello\r\n0\r\n\r\n",
		"LF behind a chunk":      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n\r\n",
		"LF behind a chunk size": "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
		"LF in a trailer":        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\n\r\n\r\n",
	} {
		for _, before := range []string{"", get, post, chun + post} {
			for _, n := range []int{1, 3, 4096} {
				got := handed(before+s+get, n)
				if !strings.HasPrefix(got, before) || len(got) >= len(before)+len(s) {
					t.Errorf("%s behind %d bytes, by %d: %q passes", name, len(before), n, got)
				}
				if served := requests(got); len(served) > strings.Count(before, "HTTP/1") {
					t.Errorf("%s: net/http reads %d requests of it", name, len(served))
				}
			}
		}
	}
}

// requests are where net/http sees requests end in a stream, bodies read to their end.
func requests(stream string) (ends []int) {
	in := strings.NewReader(stream)
	b := bufio.NewReader(in)
	for {
		r, err := http.ReadRequest(b)
		if err != nil {
			return ends
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return ends
		}
		ends = append(ends, len(stream)-in.Len()-b.Buffered())
	}
}

// FuzzFramingIsThatOfNetHTTP holds the guard's idea of where requests end to net/http's,
// and both to whatever way the bytes come in.
func FuzzFramingIsThatOfNetHTTP(f *testing.F) {
	for _, s := range []string{get, post, chun, get + post + chun, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5 ; a\r\nhello\r\n0\r\nContent-Length: 4\r\n\r\n" + get, "\r\n" + get, "GET / HTTP/1.1 \r\n\r\n"} {
		f.Add(s, uint8(3))
	}
	f.Fuzz(func(t *testing.T, stream string, n uint8) {
		got := handed(stream, 4096)
		if other := handed(stream, int(n)+1); other != got {
			t.Fatalf("by %d: %q, at once: %q", n+1, other, got)
		}
		var mine framing
		var ends []int
		for i := range len(got) {
			if mine.scan([]byte{got[i]}); mine.state == inHead && !mine.first && mine.part == nil {
				ends = append(ends, i+1)
			}
		}
		for i, end := range requests(got) {
			if i >= len(ends) || ends[i] != end {
				t.Fatalf("%q: net/http sees requests end at %v, the guard at %v", got, requests(got), ends)
			}
		}
	})
}

func BenchmarkFraming(b *testing.B) {
	head := []byte("GET /api/demo/auth/checkme?site=dc0s9j1ksduegtftk220&ticket=0123456789012345678901234567890123456789abc HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nAccept: */*\r\nAccept-Language: en\r\nAccept-Encoding: gzip\r\nConnection: keep-alive\r\nCookie: a=b\r\n\r\n")
	var f framing
	b.ReportAllocs()
	for b.Loop() {
		if f.scan(head) != len(head) {
			b.Fatal("refused")
		}
	}
}
