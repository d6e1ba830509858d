package regapi

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/regapi/share"
	"github.com/caryahq/carya/shell"
)

// drip is a body that counts what is read of it.
type drip struct {
	io.Reader
	n int
}

func (d *drip) Read(p []byte) (int, error) {
	n, err := d.Reader.Read(p)
	d.n += n
	return n, err
}

func (d *drip) Close() error { return nil }

func field(name, value string) string {
	return "--B\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
}

const aFile = "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n"

// Of a body that a stranger sends no more is read than where a ticket may stand, and
// nothing is stored.
func TestNothingOfAStrangersBodyIsRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api(
		"auth", meta(`{"http-www-auth":true}`, "cat id:${id}"),
		"assert", meta(`{"pvg-assert":"read.x"}`, "cat id:${id}"),
		"token", meta(`{"api-access-token":"secret"}`, "cat id:${id}"),
		"header", meta(`{"http-www-auth":true,"http-www-ticket":"header:X-Ticket"}`, "cat id:${id}"),
		"site", meta(`{"http-www-auth":true}`, "cat id:${id}"),
	)
	long := strings.Repeat("x", 20<<20)
	for _, c := range []struct {
		url, kind, body string
		most            int
	}{
		{"auth", "multipart/form-data; boundary=B", aFile + long, guardHead},
		{"auth", "application/json", `{"a":"` + long + `"}`, guardHead},
		{"auth", "application/x-www-form-urlencoded", "a=" + long, guardHead},
		{"auth", "application/octet-stream", long, 0},
		{"assert", "multipart/form-data; boundary=B", aFile + long, guardHead},
		{"token", "multipart/form-data; boundary=B", aFile + long, 0},
		{"header", "multipart/form-data; boundary=B", aFile + long, 0},
		{"auth?ticket=wrong&site=s", "multipart/form-data; boundary=B", aFile + long, 0},
		{"auth?ticket=wrong", "multipart/form-data; boundary=B", aFile + long, guardHead},
	} {
		r := request{method: "POST", url: "/api/demo/" + c.url, header: []string{"Content-Type: " + c.kind}}.make()
		body := &drip{Reader: strings.NewReader(c.body)}
		r.Body, r.ContentLength = body, int64(len(c.body))
		rec := httptest.NewRecorder()
		w.h.ServeHTTP(rec, r)
		if rec.Code != 403 || body.n > c.most {
			t.Errorf("%s %s: %d, %d bytes read: %s", c.url, c.kind, rec.Code, body.n, rec.Body)
		}
	}
	if _, err := os.Stat(filepath.Join(w.root.Dir(), ".carya", "tmp")); err == nil {
		t.Error("something was stored")
	}
}

// A ticket counts where it stands in the first 64 KiB, and not behind.
func TestATicketStandsInTheHeadOfTheBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api("me", meta(`{"http-www-auth":true}`, "me"), "merge", meta(`{"http-www-auth":true,"http-post-json-merge":true}`, `echo "${last?none}"`))
	long := strings.Repeat("x", 100<<10)
	for _, c := range []struct{ kind, early, late string }{
		{"application/x-www-form-urlencoded", "ticket=T-bai&site=s1&a=" + long, "a=" + long + "&ticket=T-bai&site=s1"},
		{"application/json", `{"ticket":"T-bai","site":"s1","a":"` + long + `","last":7}`, `{"a":"` + long + `","ticket":"T-bai"}`},
		{"multipart/form-data; boundary=B", field("ticket", "T-bai") + field("site", "s1") + field("a", long) + "--B--\r\n", field("a", long) + field("ticket", "T-bai") + "--B--\r\n"},
	} {
		ask := func(url, body string) (int, string) {
			res := w.do(request{method: "POST", url: "/api/demo/" + url, body: body, header: []string{"Content-Type: " + c.kind}})
			return res.StatusCode, bodyOf(res)
		}
		if status, body := ask("me", c.early); status != 200 || body != "bai of id:s1" {
			t.Errorf("%s, early: %d %s", c.kind, status, body)
		}
		if status, body := ask("me", c.late); status != 403 {
			t.Errorf("%s, late: %d %s", c.kind, status, body)
		}
		if status, body := ask("me", strings.ReplaceAll(c.late, long, "x")); status != 200 {
			t.Errorf("%s, short: %d %s", c.kind, status, body)
		}
		if c.kind == "application/json" {
			if status, body := ask("merge", c.early); status != 200 || body != "7\n" {
				t.Errorf("what stands behind the head: %d %s", status, body)
			}
		}
	}
	for _, cut := range []string{`{"a":"` + long, `{"ticket":"T-bai","a":"` + long, "[" + long, long} {
		res := w.do(request{method: "POST", url: "/api/demo/me", body: cut, header: []string{"Content-Type: application/json"}})
		if res.StatusCode >= 500 {
			t.Errorf("%.20s: %d", cut, res.StatusCode)
		}
	}
}

// dial sends the beginning of a request to a server.
func dial(t *testing.T, url, head string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := io.WriteString(conn, head); err != nil {
		t.Fatal(err)
	}
	return conn
}

func answerOf(t *testing.T, conn net.Conn) (int, string) {
	t.Helper()
	conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode, bodyOf(res)
}

// A client that asks first whether it may send is refused without being told to send.
func TestWhoAsksFirstIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api("auth", meta(`{"http-www-auth":true}`, "cat id:${id}"), "small", meta(`{"http-body-max":"1K"}`, "cat id:${id}"), "open", "cat id:${id}")
	srv := httptest.NewServer(w.h)
	t.Cleanup(srv.Close)
	for name, want := range map[string]int{"auth?ticket=no&site=s": 403, "small": 413, "auth": 403, "open": 100} {
		conn := dial(t, srv.URL, "POST /api/demo/"+name+" HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\nExpect: 100-continue\r\n\r\n")
		if status, body := answerOf(t, conn); status != want {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

// Bodies that come slowly hold no slot: others run in it meanwhile, in the same domain
// and in another.
func TestSlowBodiesHoldNoSlot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) { o.Running = 1 })
	w.domain("other")
	w.api("body", "cat id:${id}", "quick", "echo")
	w.file("other:.regapi/api/quick", "echo")
	srv := httptest.NewServer(w.h)
	t.Cleanup(srv.Close)
	var slow []net.Conn
	for range 20 {
		slow = append(slow, dial(t, srv.URL, "POST /api/demo/body HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab"))
	}
	for w.h.Usage(w.domain("demo")).Coming < len(slow) {
		time.Sleep(time.Millisecond)
	}
	for _, url := range []string{"demo/quick", "other/quick"} {
		if status, body := w.get("/api/" + url); status != 200 {
			t.Errorf("%s: %d %s", url, status, body)
		}
	}
	for _, conn := range slow {
		io.WriteString(conn, "cd")
		if status, body := answerOf(t, conn); status != 200 || body != "abcd" {
			t.Errorf("%d %s", status, body)
		}
	}
}

// An address sends so many bodies at once, a domain takes so many.
func TestSlowBodiesOfOneAddressAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) { o.Limits = true })
	w.api("body", "cat id:${id}")
	srv := httptest.NewServer(w.h)
	t.Cleanup(srv.Close)
	const head = "POST /api/demo/body HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"
	for range 64 {
		dial(t, srv.URL, head)
	}
	for w.h.Usage(w.domain("demo")).Coming < 64 {
		time.Sleep(time.Millisecond)
	}
	if status, body := answerOf(t, dial(t, srv.URL, head+"abcd")); status != 429 || !strings.Contains(body, "e.api.limit") {
		t.Errorf("%d %s", status, body)
	}
}

// A client that does not take its answer gives its slot to others.
func TestAReaderThatDoesNotReadHoldsNoSlot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) { o.Running = 1 })
	w.api("big", "big 60000000", "quick", "echo")
	srv := httptest.NewServer(w.h)
	t.Cleanup(srv.Close)
	conn := dial(t, srv.URL, "GET /api/demo/big HTTP/1.1\r\nHost: x\r\n\r\n")
	one := make([]byte, 1)
	if _, err := io.ReadFull(conn, one); err != nil { // the answer is on its way
		t.Fatal(err)
	}
	if status, body := w.get("/api/demo/quick"); status != 200 {
		t.Errorf("%d %s", status, body)
	}
	res, err := http.ReadResponse(bufio.NewReader(io.MultiReader(strings.NewReader(string(one)), conn)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, res.Body); n != 60_000_000 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	conn.Close()
	for w.h.Running() > 0 {
		time.Sleep(time.Millisecond)
	}
}

// Bodies have their share of memory and disk, and give it back.
func TestBodiesAreBoundedByTheDomainsShare(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.file(":.carya/operator.json", `{"domains":{"demo":{"shares":{"body":"1M","disk":"3M"}}}}`)
	w.api("body", "cat id:${id}", "form", "form")
	d := w.domain("demo")
	for d.Grants().Shares.Body != 1<<20 {
		time.Sleep(time.Millisecond)
	}
	for _, c := range []struct {
		url, kind string
		n, status int
	}{
		{"body", "text/plain", 2 << 20, 200},
		{"body", "text/plain", 4 << 20, 503},
		{"form", "application/x-www-form-urlencoded", 200 << 10, 200},
		{"form", "application/x-www-form-urlencoded", 2 << 20, 503},
	} {
		res := w.do(request{method: "POST", url: "/api/demo/" + c.url, body: "a=" + strings.Repeat("x", c.n), header: []string{"Content-Type: " + c.kind}})
		if body := bodyOf(res); res.StatusCode != c.status {
			t.Errorf("%s of %d: %d %.100s", c.url, c.n, res.StatusCode, body)
		}
		if u := w.h.Usage(d); u.Memory != 0 || u.Disk != 0 {
			t.Errorf("held afterwards: %+v", u)
		}
	}
	if u := w.h.Usage(d); fmt.Sprint(u.Refused) != "map[slots:0 address:0 coming:0 memory:1 disk:1 requests:0]" {
		t.Errorf("%v", u.Refused)
	}
}

// What the scripts of a domain hold counts against its share, and is given back; another
// domain's do not notice. So do answers that are held back.
func TestWhatScriptsHoldIsBoundedByTheDomainsShare(t *testing.T) {
	t.Parallel()
	open := make(chan chan bool)
	gate := &shell.Command{Name: "gate", Params: []shell.Param{{Name: "WORD", Type: shell.Text}}, Run: func(c *shell.Call) error {
		pass := make(chan bool)
		select {
		case open <- pass:
			<-pass
			return nil
		case <-c.Context().Done():
			return c.Context().Err()
		}
	}}
	w := newWorld(t, func(o *Options) { o.Registry = testRegistry(gate) })
	w.file(":.carya/operator.json", `{"domains":{"demo":{"shares":{"body":"2M"}}}}`)
	w.api("hold", "gate $(big 900000)", "much", "echo $(big 3000000)", "small", "echo $(big 100000)",
		"picture", meta(`{"http-header-Content-Type":"image/png"}`, "big 1500000"))
	other := w.domain("other")
	w.file("other:.regapi/api/much", "echo $(big 3000000)")
	d := w.domain("demo")
	for d.Grants().Shares.Body != 2<<20 {
		time.Sleep(time.Millisecond)
	}
	status := func(url string, want int) {
		t.Helper()
		if code, body := w.get(url); code != want {
			t.Errorf("%s: %d %.100s", url, code, body)
		}
	}
	status("/api/demo/much", 503)
	status("/api/demo/picture", 200)
	if u := w.h.Usage(d); u.Memory != 0 {
		t.Errorf("held afterwards: %+v", u)
	}
	var ended sync.WaitGroup
	var held []chan bool
	for range 2 {
		ended.Go(func() { status("/api/demo/hold", 200) })
		held = append(held, <-open)
	}
	if u := w.h.Usage(d); u.Memory < 1<<20 || u.Memory > 2<<20 {
		t.Errorf("two hold %d bytes", u.Memory)
	}
	status("/api/demo/hold", 503)
	status("/api/demo/picture", 503)
	status("/api/demo/small", 200)
	status("/api/other/much", 200)
	for _, pass := range held {
		close(pass)
	}
	ended.Wait()
	for _, d := range []*domain.Domain{d, other} {
		if u := w.h.Usage(d); u.Memory != 0 {
			t.Errorf("%s holds afterwards: %+v", d.Name(), u)
		}
	}
}

// The temporary files of a domain's scripts count against its share of disk.
func TestTemporaryFilesOfScriptsCountForTheDomain(t *testing.T) {
	t.Parallel()
	put := &shell.Command{Name: "put", Params: []shell.Param{{Name: "N", Type: shell.Int}}, Run: func(c *shell.Call) error {
		n, err := c.Arg(0).Int()
		if err == nil {
			err = c.HoldDisk(int64(n))
		}
		return err
	}}
	var u share.Usage
	var w *world
	seen := &shell.Command{Name: "seen", Run: func(c *shell.Call) error {
		err := c.HoldDisk(2 << 20)
		u = w.h.Usage(c.Domain)
		return err
	}}
	w = newWorld(t, func(o *Options) { o.Registry = testRegistry(put, seen) })
	w.file(":.carya/operator.json", `{"domains":{"demo":{"shares":{"disk":"3M"}}}}`)
	w.api("much", "put 4000000", "often", strings.Repeat("put 2000000\n", 5), "seen", "seen")
	d := w.domain("demo")
	for d.Grants().Shares.Disk != 3<<20 {
		time.Sleep(time.Millisecond)
	}
	for url, want := range map[string]int{"much": 503, "often": 200, "seen": 200} {
		if code, body := w.get("/api/demo/" + url); code != want {
			t.Errorf("%s: %d %.100s", url, code, body)
		}
	}
	if u.Disk != 2<<20 || w.h.Usage(d).Disk != 0 {
		t.Errorf("%d bytes while it runs, %d afterwards", u.Disk, w.h.Usage(d).Disk)
	}
}
