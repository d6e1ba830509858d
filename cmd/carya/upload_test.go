package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	bigUpload = 64 << 20
	bigHeap   = 16 << 20 // by how much the server's heap may grow meanwhile
)

// noise is n bytes that nothing compresses, the same at each call.
func noise(n int64) io.Reader {
	return io.LimitReader(rand.NewChaCha8([32]byte{1}), n)
}

func hashOf(t *testing.T, r io.Reader) string {
	t.Helper()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// uploads is a server with endpoints that take large files, in a form and bare.
func uploads(t *testing.T) (s *server, admin string) {
	t.Helper()
	r := newRoot(t)
	r.must("init", "demo", "--pack", "auth")
	r.must("thing", "~/docs", "init")
	r.must("thing", "~/docs", "create", "-fields", `{id:"d1",nm:"first"}`)
	const head = "{\"http-methods\":\"POST\",\"http-body-max\":\"128M\",\"api-public\":true}\n%COPY:\n"
	r.write("demo", ".regapi/api/form", head+"thing ~/docs file d1 add -upload file -ajax -cqn\n%END%\n")
	r.write("demo", ".regapi/api/bare", head+"cat id:${id} | write ~/up/bare.bin\n%END%\n")
	const down = "{\"http-dynamic-header\":true}\n%COPY:\n"
	r.write("demo", ".regapi/api/down/form", down+"thing ~/docs file d1 cat ${http-qs-nm} -http\n%END%\n")
	r.write("demo", ".regapi/api/down/bare", down+"httpout -body ~/up/${http-qs-nm} -etag -range\n%END%\n")
	r.write("demo", ".regapi/api/down/plain", "cat ~/up/${http-qs-nm}")
	admin = freeAddr(t)
	return r.serve("--limits", "off", "--admin", admin), "http://" + admin
}

// freeAddr is an address that nobody listens on.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// gauge is a figure of the server's own metrics.
func gauge(t *testing.T, admin, name string) int64 {
	t.Helper()
	res, err := http.Get(admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			f, err := strconv.ParseFloat(value, 64)
			if err != nil {
				t.Fatal(err)
			}
			return int64(f)
		}
	}
	t.Fatalf("no %s", name)
	return 0
}

// form is a multipart body with a file of n bytes; it is made while it is read.
func form(n int64) (body io.Reader, kind string) {
	r, w := io.Pipe()
	m := multipart.NewWriter(w)
	go func() {
		part, err := m.CreateFormFile("file", "big.bin")
		if err == nil {
			_, err = io.Copy(part, noise(n))
		}
		if err == nil {
			err = m.Close()
		}
		w.CloseWithError(err)
	}()
	return r, m.FormDataContentType()
}

func (s *server) postBody(t *testing.T, name, kind string, body io.Reader) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "POST", s.url+"/api/demo/"+name, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	return s.send(req)
}

// files are the paths of all files below the root.
func (r *root) files() (out []string) {
	r.t.Helper()
	err := filepath.WalkDir(r.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, path)
		}
		return nil // one that has just gone is none
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// newFiles are those that were not there before.
func (r *root) newFiles(before []string) []string {
	return slices.DeleteFunc(r.files(), func(p string) bool {
		return slices.Contains(before, p) || strings.Contains(p, "/journal/")
	})
}

// A large upload lies on disk, never in memory, and is whole; what was put aside
// for it is gone afterwards.
func TestUploadsStayOutOfMemoryAndAreWhole(t *testing.T) {
	t.Parallel()
	s, admin := uploads(t)
	small, kind := form(1000)
	wantOK(t, s.postBody(t, "form", kind, small)) // what every first request makes
	if err := os.Remove(s.path("demo", "docs/data/d1/file/big.bin")); err != nil {
		t.Fatal(err)
	}
	if a := s.postBody(t, "bare", "application/octet-stream", noise(1000)); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	before, want := s.files(), hashOf(t, noise(bigUpload))
	heap, open := gauge(t, admin, "go_memstats_heap_sys_bytes"), gauge(t, admin, "process_open_fds")

	body, kind := form(bigUpload)
	wantOK(t, s.postBody(t, "form", kind, body))
	if a := s.postBody(t, "bare", "application/octet-stream", noise(bigUpload)); a.status != 200 {
		t.Errorf("bare: %d %s", a.status, a.body)
	}
	for _, name := range []string{"docs/data/d1/file/big.bin", "up/bare.bin"} {
		f, err := os.Open(s.path("demo", name))
		if err != nil {
			t.Fatal(err)
		}
		if got := hashOf(t, f); got != want {
			t.Errorf("%s is not what was sent", name)
		}
		f.Close()
	}
	s.download(t, "form?nm=big.bin", want)
	s.download(t, "bare?nm=bare.bin", want)
	if a := s.get("demo/down/plain", "nm", "bare.bin"); hashOf(t, strings.NewReader(a.body)) != want {
		t.Error("cat prints another file")
	}
	// HeapSys never shrinks: it is the most that the heap has been.
	if grown := gauge(t, admin, "go_memstats_heap_sys_bytes") - heap; grown > bigHeap {
		t.Errorf("the heap grew by %d bytes for %d", grown, bigUpload)
	}
	if added := s.newFiles(before); len(added) != 1 || !strings.HasSuffix(added[0], "docs/data/d1/file/big.bin") {
		t.Errorf("left behind: %q", added)
	}
	s.nothingOpen(t, admin, open)
}

// download reads the file back, whole, in part, and when it is known already.
func (s *server) download(t *testing.T, name, want string) {
	t.Helper()
	get := func(header, value string) *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), "GET", s.url+"/api/demo/down/"+name, nil)
		if err != nil {
			t.Fatal(err)
		}
		if header != "" {
			req.Header.Set(header, value)
		}
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { res.Body.Close() })
		return res
	}
	whole := get("", "")
	if whole.StatusCode != 200 || whole.ContentLength != bigUpload || hashOf(t, whole.Body) != want {
		t.Errorf("the download is not what was sent: %d, %d bytes", whole.StatusCode, whole.ContentLength)
	}
	tag := whole.Header.Get("Etag")
	if res := get("If-None-Match", tag); tag == "" || res.StatusCode != 304 {
		t.Errorf("known by %q: %d", tag, res.StatusCode)
	}
	const from, n = bigUpload - 1000, 500
	all := noise(bigUpload)
	if _, err := io.CopyN(io.Discard, all, from); err != nil {
		t.Fatal(err)
	}
	part := get("Range", fmt.Sprintf("bytes=%d-%d", from, from+n-1))
	if part.StatusCode != 206 || part.ContentLength != n || hashOf(t, part.Body) != hashOf(t, io.LimitReader(all, n)) {
		t.Errorf("a part: %d, %d bytes, %v", part.StatusCode, part.ContentLength, part.Header)
	}
}

// nothingOpen waits until the server has no more files open than before.
func (s *server) nothingOpen(t *testing.T, admin string, before int64) {
	t.Helper()
	http.DefaultClient.CloseIdleConnections()
	until(t, 20*time.Second, "no file is open any more", func() bool { return gauge(t, admin, "process_open_fds") <= before+4 })
}

// An upload whose client goes away leaves no file, open or on disk.
func TestBrokenOffUploadsLeaveNothing(t *testing.T) {
	t.Parallel()
	s, admin := uploads(t)
	small, kind := form(1000)
	wantOK(t, s.postBody(t, "form", kind, small))
	before, open := s.files(), gauge(t, admin, "process_open_fds")
	for range 10 {
		s.breakOff(t, "form", "multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"torn.bin\"\r\n\r\n")
		s.breakOff(t, "bare", "application/octet-stream", "")
	}
	s.nothingOpen(t, admin, open)
	if added := s.newFiles(before); len(added) > 0 {
		t.Errorf("left behind: %q", added)
	}
	if a := s.get("demo/down/form", "nm", "torn.bin"); a.status == 200 && a.json("ok").Bool() {
		t.Errorf("half a file is there: %.80s", a.body)
	}
}

// breakOff sends the first 2 MiB of a body that says it has 8, and hangs up.
func (s *server) breakOff(t *testing.T, name, kind, begin string) {
	t.Helper()
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /api/demo/%s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", name, u.Host, kind, 8<<20, begin)
	if _, err := io.Copy(conn, noise(2<<20)); err != nil {
		t.Fatal(err)
	}
}
