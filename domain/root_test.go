package domain

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/caryahq/carya/domain/grant"
)

func TestDomainNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a", "demo", "0", "a-b_c.d", strings.Repeat("a", 63)} {
		ok(t, CheckName(name))
	}
	for _, name := range []string{"", "A", ".a", "-a", "_a", "..", "a/b", "a b", "ä", "a\x00", strings.Repeat("a", 64)} {
		wantCode(t, CheckName(name), "e.domain.name")
	}
}

func TestLockNamesTheHolder(t *testing.T) {
	t.Parallel()
	r := testRoot(t, RootOptions{})
	_, err := OpenRoot(r.Dir(), RootOptions{})
	wantCode(t, err, "e.domain.locked")
	if !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("no pid in %v", err)
	}
	shared, err := OpenRoot(r.Dir(), RootOptions{Shared: true})
	ok(t, err)
	if !bytes.Equal(shared.secret("x", "demo"), r.secret("x", "demo")) {
		t.Error("the secrets differ")
	}
	ok(t, shared.Close(), r.Close())
	again, err := OpenRoot(r.Dir(), RootOptions{})
	ok(t, err)
	ok(t, again.Close())
}

func TestSharedDoesNotMakeARoot(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "none")
	if _, err := OpenRoot(dir, RootOptions{Shared: true}); err == nil {
		t.Error("no error")
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("it was made")
	}
}

// TestLockFallsWithItsHolder kills a process that holds a root.
func TestLockFallsWithItsHolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := helperProcess(t, "hold", dir)
	_, err := OpenRoot(dir, RootOptions{})
	wantCode(t, err, "e.domain.locked")
	if !strings.Contains(err.Error(), fmt.Sprint(cmd.Process.Pid)) {
		t.Errorf("not the holder's pid: %v", err)
	}
	ok(t, cmd.Process.Kill())
	cmd.Wait()
	r, err := OpenRoot(dir, RootOptions{})
	ok(t, err)
	ok(t, r.Close())
}

// helperProcess runs this test binary as another process and waits until it has
// said that it is ready.
func helperProcess(t *testing.T, what, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestHelperProcess$")
	cmd.Env = append(os.Environ(), "CARYA_TEST_HELPER="+what, "CARYA_TEST_DIR="+dir)
	out, err := cmd.StdoutPipe()
	ok(t, err, cmd.Start())
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	line := make([]byte, 5)
	if _, err := out.Read(line); err != nil || string(line) != "ready" {
		t.Fatalf("helper: %q %v", line, err)
	}
	return cmd
}

func TestHelperProcess(t *testing.T) {
	dir := os.Getenv("CARYA_TEST_DIR")
	switch os.Getenv("CARYA_TEST_HELPER") {
	case "hold":
		_, err := OpenRoot(dir, RootOptions{})
		ok(t, err)
		fmt.Print("ready")
		select {}
	case "write":
		helperWrites(t, dir)
	}
}

func TestSecretKeyIsKeptAndClosed(t *testing.T) {
	t.Parallel()
	r := testRoot(t, RootOptions{})
	key := filepath.Join(r.Dir(), ".carya", "secret.key")
	for path, mode := range map[string]os.FileMode{key: 0o600, filepath.Dir(key): 0o700 | os.ModeDir} {
		fi, err := os.Stat(path)
		ok(t, err)
		if fi.Mode() != mode {
			t.Errorf("%s: %v", path, fi.Mode())
		}
	}
	d := makeDomain(t, r, "demo")
	a, b, other := d.Secret("a"), d.Secret("b"), makeDomain(t, r, "other").Secret("a")
	raw, err := os.ReadFile(key)
	ok(t, err)
	if len(a) != 32 || len(raw) != 32 || bytes.Equal(a, b) || bytes.Equal(a, other) || bytes.Equal(a, raw) || !bytes.Equal(a, d.Secret("a")) {
		t.Error("not keys of their own")
	}
	ok(t, r.Close(), os.Chmod(key, 0o644))
	r, err = OpenRoot(r.Dir(), RootOptions{})
	ok(t, err)
	if fi, _ := os.Stat(key); fi.Mode() != 0o600 || !bytes.Equal(a, r.secret("a", "demo")) {
		t.Error("not closed again, or another key")
	}
	ok(t, r.Close(), os.WriteFile(key, []byte("short"), 0o600))
	_, err = OpenRoot(r.Dir(), RootOptions{})
	wantCode(t, err, "e.domain.key")
}

// A program that is being started has the lock file open until it runs: it does not keep
// the root locked when this process has let it go.
func TestTheLockGoesWithTheRoot(t *testing.T) {
	t.Parallel()
	r := testRoot(t, RootOptions{})
	fd, err := syscall.Dup(int(r.lock.Fd()))
	ok(t, err)
	defer syscall.Close(fd)
	ok(t, r.Close())
	r, err = OpenRoot(r.Dir(), RootOptions{})
	ok(t, err)
	ok(t, r.Close())
}

func TestDomainOpensOnce(t *testing.T) {
	t.Parallel()
	var opened, closed atomic.Int32
	r := testRoot(t, RootOptions{
		OnOpen: func(d *Domain) error {
			opened.Add(1)
			d.Put("k", d.Name())
			return nil
		},
		OnClose: func(*Domain) { closed.Add(1) },
	})
	ok(t, os.MkdirAll(filepath.Join(r.Dir(), "demo"), 0o755))
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			d, err := r.Domain("demo")
			if err != nil || d.Value("k") != "demo" {
				t.Errorf("%v %v", d.Value("k"), err)
			}
		})
	}
	all.Wait()
	ok(t, r.Close())
	if opened.Load() != 1 || closed.Load() != 1 {
		t.Errorf("opened %d, closed %d", opened.Load(), closed.Load())
	}
	_, err := r.Domain("demo")
	wantCode(t, err, "e.domain.closed")
}

func TestOnOpenErrorFailsTheOpening(t *testing.T) {
	t.Parallel()
	fail := errors.New("no")
	r := testRoot(t, RootOptions{OnOpen: func(*Domain) error { return fail }})
	ok(t, os.MkdirAll(filepath.Join(r.Dir(), "demo"), 0o755))
	if _, err := r.Domain("demo"); !errors.Is(err, fail) {
		t.Errorf("%v", err)
	}
	fail = nil
	_, err := r.Domain("demo")
	ok(t, err)
}

func TestCreateAndNames(t *testing.T) {
	t.Parallel()
	r := testRoot(t, RootOptions{})
	makeDomain(t, r, "b")
	makeDomain(t, r, "a")
	ok(t, os.Mkdir(filepath.Join(r.Dir(), "Not-A-Domain"), 0o755), os.WriteFile(filepath.Join(r.Dir(), "file"), nil, 0o644))
	names, err := r.Names()
	if err != nil || !slices.Equal(names, []string{"a", "b"}) {
		t.Errorf("%v %v", names, err)
	}
	_, err = r.Create("a")
	wantCode(t, err, "e.domain.exists")
	_, err = r.Create("..")
	wantCode(t, err, "e.domain.name")
	_, err = r.Domain("c")
	wantCode(t, err, "e.domain.noexists")
	_, err = r.Domain("file")
	wantCode(t, err, "e.domain.noexists")
	_, err = r.Domain(".carya")
	wantCode(t, err, "e.domain.name")
	var all sync.WaitGroup
	var made atomic.Int32
	for range 8 {
		all.Go(func() {
			if _, err := r.Create("race"); err == nil {
				made.Add(1)
			} else if CodeOf(err) != "e.domain.exists" {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if made.Load() != 1 {
		t.Errorf("made %d times", made.Load())
	}
}

func TestIdleDomainIsClosedAndOpensAgain(t *testing.T) {
	t.Parallel()
	var closed atomic.Int32
	r := testRoot(t, RootOptions{OnClose: func(*Domain) { closed.Add(1) }})
	d := makeDomain(t, r, "demo")
	r.closeIdle(time.Now().Add(-time.Hour))
	release := d.Use()
	r.closeIdle(time.Now().Add(time.Hour))
	w, err := d.Tree(Owner).Create("x")
	ok(t, err)
	release()
	r.closeIdle(time.Now().Add(time.Hour))
	if closed.Load() != 0 {
		t.Fatal("closed while in use")
	}
	ok(t, w.Commit())
	r.closeIdle(time.Now().Add(time.Hour))
	if closed.Load() != 1 {
		t.Fatal("not closed")
	}
	_, err = d.Tree(Owner).ReadFile("x")
	wantCode(t, err, "e.domain.closed")
	again, err := r.Domain("demo")
	ok(t, err)
	if again == d {
		t.Error("the closed one")
	}
	_, err = again.Tree(Owner).ReadFile("x")
	ok(t, err)
}

// TestUseWhileIdleClosing asks for domains while they are being closed: none that
// was handed out may be closed.
func TestUseWhileIdleClosing(t *testing.T) {
	t.Parallel()
	r := testRoot(t, RootOptions{})
	makeDomain(t, r, "demo")
	stop := make(chan struct{})
	var closing, using sync.WaitGroup
	closing.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				r.closeIdle(time.Now().Add(-time.Nanosecond)) // not used at this moment
			}
		}
	})
	for range 4 {
		using.Go(func() {
			for range 300 {
				d, err := r.Domain("demo")
				if err != nil {
					t.Error(err)
					return
				}
				release := d.Use()
				if d.last.Load() != closedMark { // else it went between the two, long idle by this test's clock
					if _, err := d.Tree(Owner).Stat(".domain"); err != nil && d.last.Load() != closedMark {
						t.Error(err)
					}
				}
				release()
			}
		})
	}
	using.Wait()
	close(stop)
	closing.Wait()
}

func TestReplacedFolderIsOpenedAnew(t *testing.T) {
	t.Parallel()
	r := testRoot(t, RootOptions{})
	d := makeDomain(t, r, "demo")
	ok(t, os.RemoveAll(d.Dir()))
	d.last.Store(time.Now().Add(-2 * time.Second).UnixNano())
	_, err := r.Domain("demo")
	wantCode(t, err, "e.domain.noexists")
	again := makeDomain(t, r, "demo")
	ok(t, again.Tree(Owner).WriteFile("x", nil))
}

func hostsFile(t testing.TB, dir, name, hosts string) {
	t.Helper()
	file := filepath.Join(dir, name, ".domain", "domain.json")
	ok(t, os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(hosts), 0o644))
}

func TestOnlyTheOperatorMapsHosts(t *testing.T) {
	t.Parallel()
	r := testRoot(t, RootOptions{})
	hostsFile(t, r.Dir(), "a", `{hosts:["wished.example", "127.0.0.1"]}`)
	hostsFile(t, r.Dir(), "b", `{}`)
	hostsFile(t, r.Dir(), "c.d", `{}`)
	for host, of := range map[string]string{"A.example.": "a", "商店.cn": "b", "203.0.113.7": "b", "::1": "b"} {
		_, err := r.Grant(of, grant.Change{Kind: "host", Value: host})
		ok(t, err)
	}
	for host, want := range map[string]string{
		"a.example": "a", "A.EXAMPLE:8080": "a", "a.example.": "a", "xn--czrs0t.cn:9500": "b", "203.0.113.7:80": "b", "[::1]:80": "b",
		"a.localhost": "a", "B.localhost:8080": "b", "c.d.localhost.": "c.d",
		"wished.example": "", "127.0.0.1": "", "127.0.0.1:8080": "", "localhost": "", "none.localhost": "", ".localhost": "", "..localhost": "",
		"": "", "x y": "", "*": "", "none.example": "",
	} {
		d, found := r.ByHost(host)
		if found != (want != "") || found && d.Name() != want {
			t.Errorf("%q: %v", host, found)
		}
		if r.HasHost(host) != (want != "" && !strings.Contains(strings.ToLower(host), "localhost")) {
			t.Errorf("has %q: %v", host, r.HasHost(host))
		}
	}
	_, err := r.Grant("a", grant.Change{Kind: "host", Value: "XN--CZRS0T.cn"})
	wantCode(t, err, "e.grant.taken")
	if !strings.Contains(err.Error(), "xn--czrs0t.cn is the domain b's") {
		t.Error(err)
	}
	_, err = r.Grant("nobody", grant.Change{Kind: "host", Value: "n.example"})
	wantCode(t, err, "e.domain.noexists")
	_, err = r.Grant("a", grant.Change{Kind: "host", Value: "n.example:80"})
	wantCode(t, err, "e.grant.value")
	_, err = r.Grant("b", grant.Change{Kind: "host", Value: "203.0.113.7", Revoke: true})
	ok(t, err)
	if _, found := r.ByHost("203.0.113.7"); found {
		t.Error("a host that was taken back is mapped")
	}
	put := func(text string) {
		ok(t, os.WriteFile(filepath.Join(r.Dir(), ".carya", "operator.json"), []byte(text), 0o600))
	}
	put("{domains:{\n a:{hosts:[7]}}}")
	_, err = r.Grant("a", grant.Change{Kind: "host", Value: "n.example"})
	wantCode(t, err, "e.grant.file")
	if !strings.Contains(err.Error(), ".carya/operator.json:2:12: want a text") {
		t.Error(err)
	}
	if _, found := r.ByHost("a.example"); !found {
		t.Error("a broken file has taken the last good grants")
	}
}

func TestConfigKeepsTheLastGood(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	var mu sync.Mutex
	r := testRoot(t, RootOptions{Log: slog.New(slog.NewTextHandler(&lockedWriter{&mu, &log}, nil))})
	d := makeDomain(t, r, "demo")
	tr := d.Tree(Owner)
	if c := d.Config(); c.Lang != ZH || c.Hosts != nil {
		t.Errorf("%+v", c)
	}
	ok(t, tr.WriteFile(configPath, []byte(`{hosts:['x.example'], owner:"me", defaults:{lang:'en'}, limits:{rate:'5/s'}, senders:{sms:{}}}`)))
	c := d.Config()
	if c.Owner != "me" || c.Lang != EN || string(c.Limits) != `{"rate":"5/s"}` || string(c.Senders) != `{"sms":{}}` {
		t.Errorf("%+v", c)
	}
	ok(t, tr.WriteFile(configPath, []byte("{\n hosts: 'x'}")))
	if d.Config() != c {
		t.Error("the last good one is lost")
	}
	mu.Lock()
	if !strings.Contains(log.String(), "domain.json:2:9") {
		t.Errorf("log: %s", log.String())
	}
	mu.Unlock()
	ok(t, tr.WriteFile(configPath, []byte("{owner:'you'}")))
	if d.Config().Owner != "you" {
		t.Error("not read again")
	}
}

type lockedWriter struct {
	mu  *sync.Mutex
	buf *bytes.Buffer
}

func (w *lockedWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.Write(b)
}

func TestCheckSaysWhere(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	put(t, d, ".domain/domain.json", "{\n  hosts: [1, 'ok.example'],\n  what: 1, defaults: {lang: 'de'}}")
	put(t, d, "a/.meta.json", "{\n  title: }")
	put(t, d, "b/.meta.json", "{id:'same', nm:'x'}")
	put(t, d, "c/.meta.json", "{id:'same'}")
	put(t, d, "c/.gone.meta.json", "{}")
	put(t, d, "d/.meta.json", "[1]")
	put(t, d, "e/.meta.json", "{ id: 5 }")
	var got []string
	for _, f := range d.Check() {
		got = append(got, f.String())
	}
	want := []string{
		"~/.domain/domain.json:2:11: not a host name",
		`~/.domain/domain.json:3:9: warning: unknown key "what"`,
		"~/.domain/domain.json:3:29: lang must be zh-CN or en",
		"~/a/.meta.json:2:10: ",
		`~/b/.meta.json:1:16: warning: "nm" is the object's own`,
		"~/c/.gone.meta.json: warning: there is no file ~/c/gone",
		"~/c/.meta.json: warning: the id same is ~/b's too",
		"~/d/.meta.json:1:1: an object is expected",
		"~/e/.meta.json:1:7: not an id",
	}
	if len(got) != len(want) {
		t.Fatalf("%s", strings.Join(got, "\n"))
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("got %s, want %s", got[i], want[i])
		}
	}
}

func TestConfigChecksLimits(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		`{limits:{rate:"300/10s"}}`: "",
		`{limits:{rate:"5/m"}}`:     "",
		`{limits:{rate:"none"}}`:    "",
		`{limits:{}}`:               "",
		`{limits:{rate:"0/s"}}`:     "limits.rate is none or a rate",
		`{limits:{rate:"5"}}`:       "limits.rate is none or a rate",
		`{limits:{rate:5}}`:         "limits.rate is none or a rate",
		`{limits:{rat:"5/s"}}`:      `warning: limits have no "rat"`,
		`{limits:"5/s"}`:            "limits must be an object",
	} {
		_, faults := parseConfig(src)
		if got := fmt.Sprint(faults); want == "" && len(faults) > 0 || !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", src, got, want)
		}
	}
}
