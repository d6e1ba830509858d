// Package browser tests the sample sign-in page in a real browser.
package browser

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	cd "github.com/chromedp/chromedp"
)

// page is what the test reads and does, by CSS selector.
const (
	signin  = "#signin"
	profile = "#profile"
)

var (
	address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
	secret  = regexp.MustCompile(`password (\S+)`)
)

func TestSignInPage(t *testing.T) {
	d := serveDemo(t)
	p := browse(t)
	p.do("open the page", cd.Navigate(d.url+"/www/demo/"), cd.WaitVisible(signin))
	testLanguages(t, p)
	testCaptchaPicture(t, p, d)
	testWrongCode(t, p, d)
	testSignIn(t, p, d)
	testProfile(t, p)
	testByCode(t, p, d, "13955550001", "sms")
	testByCode(t, p, d, "dora@example.com", "email")
}

// testByCode signs up by a code from the outbox, as somebody without an account,
// and signs out again.
func testByCode(t *testing.T, p *page, d *demo, account, as string) {
	p.do("switch to codes", cd.Click(signin+" .switch"), cd.WaitVisible("#bycode"))
	p.do("name", cd.SetValue("#bycode [name=name]", account), cd.Click("#bycode .picture"))
	p.do("picture", cd.Poll[cd.Void]("document.querySelector('#bycode .picture img').naturalWidth > 0"))
	d.must("www", "captcha", "~/www", "robot", account, "-code", "13579")
	p.do("a wrong captcha",
		cd.SetValue("#bycode [name=captcha]", "00000"),
		cd.Click("#send"),
		cd.Poll[cd.Void]("document.querySelector('#bycode .problem').textContent !== ''"),
	)
	p.do("send",
		cd.SetValue("#bycode [name=captcha]", "13579"),
		cd.Click("#send"),
		cd.Poll[cd.Void]("document.querySelector('#bycode .done').textContent !== ''"),
	)
	if done := get(p, "done", cd.Text("#bycode .done")); !strings.Contains(done, account) {
		t.Errorf("done: %q", done)
	}
	p.shoot("bycode-" + as + ".png")
	p.do("sign in",
		cd.SetValue("#bycode [name=vcode]", d.sent(account)),
		cd.Click("#bycode [type=submit]"),
		cd.WaitVisible(profile),
	)
	if who := get(p, "who", cd.Text("#who")); who != account {
		t.Errorf("signed in as %q", who)
	}
	p.do("sign out", cd.Click("#signout"), cd.WaitVisible(signin))
	p.do("the wait is over", cd.Evaluate[cd.Void]("(again = 0, countDown(), undefined)"))
}

// testLanguages switches the page's language and back.
func testLanguages(t *testing.T, p *page) {
	en := get(p, "title", cd.Text(signin+" h1"))
	p.do("switch", cd.Click("#lang"))
	zh := get(p, "title", cd.Text(signin+" h1"))
	p.shoot("signin-zh.png")
	p.do("switch back", cd.Click("#lang"))
	if zh != "登录" || en != "Sign in" {
		t.Errorf("titles %q and %q", zh, en)
	}
}

func testCaptchaPicture(t *testing.T, p *page, d *demo) {
	p.do("name", cd.SendKeys("#signin [name=name]", "xiaobai\t"))
	p.do("picture", cd.Poll[cd.Void]("document.querySelector('#captcha img').naturalWidth > 0"))
	size := get(p, "size", cd.Evaluate[[]int]("(i => [i.naturalWidth, i.naturalHeight])(document.querySelector('#captcha img'))"))
	if len(size) != 2 || size[0] != 120 || size[1] != 48 {
		t.Errorf("captcha is %v", size)
	}
	p.shoot("signin.png")
}

// testWrongCode sends the form with a code that no picture shows.
func testWrongCode(t *testing.T, p *page, d *demo) {
	p.do("a wrong code",
		cd.SendKeys("#signin [name=passwd]", d.passwd),
		cd.SendKeys("#signin [name=captcha]", "abc"),
		cd.Click(signin+" [type=submit]"),
		cd.Poll[cd.Void]("document.querySelector('#signin .problem').textContent !== ''"),
	)
	if got := get(p, "problem", cd.Text(signin+" .problem")); !strings.Contains(got, "code is wrong") {
		t.Errorf("a wrong code: %q", got)
	}
}

// testSignIn sends the form with a code that the owner has set on the command
// line, as a person would who can read the picture.
func testSignIn(t *testing.T, p *page, d *demo) {
	d.must("www", "captcha", "~/www", "robot", "xiaobai", "-code", "246810")
	p.do("sign in",
		cd.SetValue("#signin [name=captcha]", "246810"),
		cd.Click(signin+" [type=submit]"),
		cd.WaitVisible(profile),
	)
	if who := get(p, "who", cd.Text("#who")); who != "小白" {
		t.Errorf("signed in as %q", who)
	}
	p.shoot("profile.png")
}

// testProfile edits the profile, reloads, and signs out.
func testProfile(t *testing.T, p *page) {
	const name = `<b>"小白" & co</b>`
	p.do("edit",
		cd.SetValue("[name=nickname]", name),
		cd.Click("#edit [type=submit]"),
		cd.Poll[cd.Void]("document.querySelector('#edit .done').textContent !== ''"),
	)
	if got := get(p, "done", cd.Text("#edit .done")); got != "Saved" {
		t.Errorf("done: %q", got)
	}
	p.do("reload", cd.Reload(), cd.WaitVisible(profile))
	if got := get(p, "who", cd.Text("#who")); got != name {
		t.Errorf("after a reload: %q", got)
	}
	p.do("sign out", cd.Click("#signout"), cd.WaitVisible(signin))
	if got := get(p, "ticket", cd.Evaluate[string]("sessionStorage.getItem('ticket') ?? 'none'")); got != "none" {
		t.Errorf("the ticket is still kept: %q", got)
	}
}

// page is a tab of a headless browser.
type page struct {
	t   *testing.T
	ctx context.Context
}

func (p *page) do(what string, steps ...cd.Action[cd.Void]) {
	p.t.Helper()
	get(p, what, cd.Steps(steps...))
}

func get[T any](p *page, what string, a cd.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 20*time.Second)
	defer cancel()
	v, err := cd.Run(ctx, a)
	if err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
	return v
}

// shoot keeps a screenshot where CARYA_SHOTS says, for a person to look at.
func (p *page) shoot(name string) {
	p.t.Helper()
	png := get(p, name, cd.CaptureScreenshot())
	if len(png) < 5000 {
		p.t.Errorf("%s: a picture of %d bytes shows nothing", name, len(png))
	}
	if dir := os.Getenv("CARYA_SHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name), png, 0o644); err != nil {
			p.t.Fatal(err)
		}
	}
}

// browse starts a headless browser that ends with the test.
func browse(t *testing.T) *page {
	t.Helper()
	options := append(cd.DefaultExecAllocatorOptions[:],
		cd.NoSandbox, cd.Flag("lang", "en"), cd.WindowSize(900, 820),
		cd.Flag("disable-quic", true), cd.Flag("disable-component-update", true),
		cd.UserDataDir(t.TempDir()))
	alloc, cancel := cd.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel := cd.NewContext(alloc)
	t.Cleanup(cancel)
	if _, err := cd.Run(ctx, cd.Navigate("about:blank")); err != nil {
		t.Fatalf("start the browser (chromium must be installed: make setup): %v", err)
	}
	return &page{t, ctx}
}

// demo is the sample domain, served.
type demo struct {
	t           *testing.T
	exe, root   string
	url, passwd string
}

// must runs a verb beside the server.
func (d *demo) must(words ...string) {
	d.t.Helper()
	if out, err := exec.Command(d.exe, append([]string{"--root", d.root, "-d", "demo"}, words...)...).CombinedOutput(); err != nil {
		d.t.Fatalf("%v: %v\n%s", words, err, out)
	}
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// sent is the code in the outbox's message to a receiver.
func (d *demo) sent(to string) string {
	d.t.Helper()
	files, err := filepath.Glob(filepath.Join(d.root, "demo", ".domain", "outbox", "*"))
	if err != nil {
		d.t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			d.t.Fatal(err)
		}
		if at := strings.Index(string(text), "Subject:"); strings.Contains(string(text), to) {
			if at < 0 {
				at = strings.Index(string(text), `"text"`)
			}
			return sixDigits.FindString(string(text)[at:])
		}
	}
	d.t.Fatalf("nothing was sent to %s", to)
	return ""
}

// serveDemo builds the program and serves the sample domain as `make run` does.
func serveDemo(t *testing.T) *demo {
	t.Helper()
	dir := t.TempDir()
	d := &demo{t: t, exe: filepath.Join(dir, "carya"), root: filepath.Join(dir, "domains")}
	if out, err := exec.Command("go", "build", "-o", d.exe, "..").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	c := exec.Command(d.exe, "--root", d.root, "--lang", "en", "serve", "--listen", "127.0.0.1:0", "--admin", "", "--demo")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	said := readUntil(t, out, "captcha.png")
	found := secret.FindStringSubmatch(said)
	if found == nil {
		t.Fatalf("no password in %s", said)
	}
	d.url, d.passwd = address.FindString(said), found[1]
	return d
}

// readUntil reads until the text holds word.
func readUntil(t *testing.T, r io.Reader, word string) string {
	t.Helper()
	var said strings.Builder
	buf := make([]byte, 4096)
	for !strings.Contains(said.String(), word) {
		n, err := r.Read(buf)
		said.Write(buf[:n])
		if err != nil {
			t.Fatalf("the server ended: %s", said.String())
		}
	}
	return said.String()
}
