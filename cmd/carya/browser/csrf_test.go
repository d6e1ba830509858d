package browser

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cd "github.com/chromedp/chromedp"
)

// A page of another origin, in a real browser that has a session's cookie, changes
// nothing: not by forms, fetch, pictures or navigation. The page of the site itself does,
// so that the test would notice if the cookie did not count at all.
func TestAForeignPageChangesNothingByCookie(t *testing.T) {
	d := serveDemo(t)
	d.write(".regapi/api/mark", "{\"http-www-ticket\":\"cookie:ticket\",\"http-www-auth\":true}\n%COPY:\necho ${http-qs-by?x} >> ~/marks.txt\n%END%\n")
	d.write(".regapi/api/markpost", "{\"http-methods\":\"POST\",\"http-www-ticket\":\"cookie:ticket\",\"http-www-auth\":true}\n%COPY:\necho ${http-qs-by?x} >> ~/marks.txt\n%END%\n")
	d.write(".regapi/api/copied", "{\"http-methods\":\"POST\",\"copy-cookie\":{\"ticket\":\"ticket\"},\"http-www-auth\":true}\n%COPY:\necho ${http-qs-by?x} >> ~/marks.txt\n%END%\n")
	d.write("www/own.html", "<!doctype html><title>own</title>")
	own := strings.Replace(d.url, "127.0.0.1", "demo.localhost", 1)
	ticket := d.ticket("xiaobai")

	p := browse(t)
	p.do("open the site", cd.Navigate(own+"/own.html"))
	for _, same := range []string{"", "; SameSite=None", "; SameSite=Strict"} { // the last one counts; None without Secure is Lax or nothing
		p.do("set the cookie", cd.Evaluate[cd.Void](fmt.Sprintf("(document.cookie = 'ticket=%s; path=/%s', undefined)", ticket, same)))
	}
	p.do("be lax", cd.Evaluate[cd.Void](fmt.Sprintf("(document.cookie = 'ticket=%s; path=/; SameSite=Lax', undefined)", ticket)))
	p.do("the site itself", cd.Evaluate[cd.Void](`fetch("/api/markpost?by=own", {method: "POST", credentials: "include"}).then(r => { document.title = "sent " + r.status })`),
		cd.Poll[cd.Void](`document.title.startsWith("sent")`))
	if got := d.marks(); got != "own\n" {
		t.Fatalf("the cookie does not count at all: %q, %s", got, get(p, "title", cd.Title()))
	}

	// sub.demo.localhost is of the same site as far as cookies go, 127.0.0.1 of another.
	foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, foreignPage, own)
	}))
	t.Cleanup(foreign.Close)
	port := foreign.URL[strings.LastIndexByte(foreign.URL, ':'):]
	for _, origin := range []string{"http://127.0.0.1", "http://sub.demo.localhost", "http://demo.localhost"} { // the last by its port only
		for n := range 12 {
			p.do(fmt.Sprintf("%s tries %d", origin, n), cd.Navigate(fmt.Sprintf("%s%s/?n=%d", origin, port, n)), cd.Evaluate[cd.Void](fmt.Sprintf("attack(%d)", n)))
			p.over()
			if got := d.marks(); got != "own\n" {
				t.Errorf("%s: try %d changed something: %q", origin, n, got)
				return
			}
		}
	}
}

// over waits until an attack has been answered: in its page, or by another one.
func (p *page) over() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 20*time.Second)
	defer cancel()
	for {
		over, err := cd.Run(ctx, cd.Evaluate[bool](`window.done === true || document.readyState === "complete" && !location.search.startsWith("?n=")`))
		switch {
		case ctx.Err() != nil:
			p.t.Fatalf("nothing came of it: %v", err)
		case err == nil && over: // an error: the page was just left
			return
		}
	}
}

// foreignPage is a page that tries to act as whoever looks at it. Those that leave the
// page are over when the answer has come in a frame.
const foreignPage = `<!doctype html><title>foreign</title><body><script>
const target = %q;
function form(method, action, type) {
  const f = document.createElement("form");
  f.method = method; f.action = target + action; f.enctype = type; f.target = "into";
  f.innerHTML = '<input name="by" value="form">';
  const i = document.createElement("iframe");
  i.name = "into"; i.onload = () => { if (i.begun) window.done = true; };
  document.body.append(i, f); i.begun = true; f.submit();
}
const over = (promise) => promise.catch(() => 0).then(() => { window.done = true });
function picture(action) {
  const i = new Image(); i.onload = i.onerror = () => { window.done = true }; i.src = target + action; document.body.append(i);
}
function attack(n) {
  window.done = false;
  switch (n) {
  case 0: form("POST", "/api/markpost?by=a0", "application/x-www-form-urlencoded"); break;
  case 1: form("POST", "/api/markpost?by=a1", "multipart/form-data"); break;
  case 2: form("POST", "/api/copied?by=a2", "text/plain"); break;
  case 3: form("GET", "/api/mark?by=a3", "text/plain"); break;
  case 4: over(fetch(target + "/api/markpost?by=a4", {method: "POST", mode: "no-cors", credentials: "include", headers: {"Content-Type": "text/plain"}, body: '{"by":"json"}'})); break;
  case 5: over(fetch(target + "/api/markpost?by=a5", {method: "POST", credentials: "include", headers: {"Content-Type": "application/json"}, body: "{}"})); break;
  case 6: over(fetch(target + "/api/mark?by=a6", {mode: "no-cors", credentials: "include"})); break;
  case 7: picture("/api/mark?by=a7"); break;
  case 8: window.done = navigator.sendBeacon(target + "/api/markpost?by=a8", "x"); over(fetch(target + "/api/auth/site", {mode: "no-cors"})); break;
  case 9: location.href = target + "/api/mark?by=a9"; break;
  case 10: { const f = document.createElement("form"); f.method = "POST"; f.action = target + "/api/markpost?by=a10"; document.body.append(f); f.submit(); break; }
  case 11: { const f = document.createElement("form"); f.method = "POST"; f.action = target + "/api/copied?by=a11"; document.body.append(f); f.submit(); break; }
  }
}
</script>`

// write writes a file of the sample domain.
func (d *demo) write(name, text string) {
	d.t.Helper()
	file := filepath.Join(d.root, "demo", name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		d.t.Fatal(err)
	}
}

// marks is what the endpoints have written.
func (d *demo) marks() string {
	text, _ := os.ReadFile(filepath.Join(d.root, "demo", "marks.txt"))
	return string(text)
}

// ticket is one of a session that the owner opens.
func (d *demo) ticket(who string) string {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, d.exe, "--root", d.root, "-d", "demo", "sh", "demo", "-c", "www auth ~/www "+who+" | json -get ticket -str").Output()
	if err != nil {
		d.t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
