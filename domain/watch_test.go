package domain

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// changes collects what OnChange tells.
type changes struct {
	t  testing.TB
	ch chan Path
}

func watchChanges(t testing.TB, d *Domain) *changes {
	c := &changes{t, make(chan Path, 100_000)}
	t.Cleanup(d.OnChange(func(p Path) { c.ch <- p }))
	return c
}

// until waits for every one of the paths, in any order, and gives all it saw.
func (c *changes) until(want ...Path) []Path {
	c.t.Helper()
	var seen []Path
	deadline := time.After(10 * time.Second)
	for {
		missing := slices.DeleteFunc(slices.Clone(want), func(p Path) bool { return slices.Contains(seen, p) })
		if len(missing) == 0 {
			return seen
		}
		select {
		case p := <-c.ch:
			seen = append(seen, p)
		case <-deadline:
			c.t.Fatalf("not told of %v, only of %v", missing, seen)
		}
	}
}

// watchModes are a domain that is watched by the system, one that is compared, one
// that is both.
var watchModes = map[string]int{"watched": 0, "compared": -1, "mixed": 3}

func eachWatchMode(t *testing.T, f func(t *testing.T, d *Domain)) {
	for name, dirs := range watchModes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := testRoot(t, RootOptions{WatchDirs: dirs, Poll: 10 * time.Millisecond})
			f(t, makeDomain(t, r, "demo"))
		})
	}
}

func TestOnChangeTellsOwnAndOthersChanges(t *testing.T) {
	t.Parallel()
	eachWatchMode(t, func(t *testing.T, d *Domain) {
		put(t, d, "www/a.html", "x")
		c := watchChanges(t, d)
		tr := d.Tree(Owner)
		put(t, d, "www/a.html", "changed")
		c.until("www/a.html")
		put(t, d, "www/.a.html.meta.json", "{a:1}")
		c.until("www/a.html")
		put(t, d, "www/.meta.json", "{a:1}")
		c.until("www")
		put(t, d, ".regapi/api/deep/er/x", "echo")
		c.until(".regapi/api/deep/er/x")
		put(t, d, ".regapi/api/deep/er/x", "echo 2")
		c.until(".regapi/api/deep/er/x")
		ok(t, tr.WriteFile("own/f", nil))
		c.until("own", "own/f")
		ok(t, tr.Rename("own", "moved"))
		c.until("own", "moved", "moved/f")
		put(t, d, "moved/f", "by hand")
		c.until("moved/f")
		ok(t, os.Rename(filepath.Join(d.Dir(), "moved"), filepath.Join(d.Dir(), "www/in")))
		c.until("moved", "www/in", "www/in/f")
		put(t, d, "www/in/f", "again")
		c.until("www/in/f")
		ok(t, os.RemoveAll(filepath.Join(d.Dir(), "www")))
		c.until("www")
		put(t, d, "www/new/x", "x")
		c.until("www/new/x")
	})
}

func TestNewFoldersAreTakenWithWhatTheyHold(t *testing.T) {
	t.Parallel()
	eachWatchMode(t, func(t *testing.T, d *Domain) {
		c := watchChanges(t, d)
		var want []Path
		for i := range 30 { // made at once, while the watch runs after them
			p := Path(fmt.Sprintf("n%d/a/b/c/f", i))
			put(t, d, string(p), "x")
			want = append(want, p)
		}
		c.until(want...)
	})
}

func TestEnginesFoldersAreNotWatched(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	put(t, d, "set/thing.json", "{}")
	put(t, d, "set/index/1.json", "{}")
	put(t, d, ".domain/session/s/1", "{}")
	put(t, d, "plain/index/x", "x")
	c := watchChanges(t, d)
	put(t, d, "set/index/2.json", "{}")
	put(t, d, "set/data/1/a", "")
	put(t, d, ".domain/session/s/2", "{}")
	ok(t, d.Tree(Owner).WriteFile(".domain/captcha/x/y", nil))
	put(t, d, "plain/index/x", "xx")
	c.until("plain/index/x")
	put(t, d, "plain/thing.json", "{}") // from now on its index is an engine's
	c.until("plain/thing.json")
	put(t, d, "plain/index/x", "xxx")
	put(t, d, "end", "")
	for _, p := range c.until("end") {
		if p != "end" {
			t.Errorf("told of %s", p)
		}
	}
	w := d.watch.w.Load()
	for _, p := range []Path{"set/index", "set/data", ".domain/session", ".domain/captcha", "plain/index"} {
		if w.covers(p) {
			t.Errorf("%s is watched", p)
		}
	}
}

func TestFallBackIsSaidOnce(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var log strings.Builder
	w := writerFunc(func(b []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return log.Write(b)
	})
	r := testRoot(t, RootOptions{WatchDirs: 2, Poll: time.Millisecond, Log: slog.New(slog.NewTextHandler(w, nil))})
	d := makeDomain(t, r, "demo")
	for i := range 5 {
		put(t, d, fmt.Sprintf("d%d/f", i), "")
	}
	c := watchChanges(t, d)
	put(t, d, "d4/f", "changed")
	c.until("d4/f")
	mu.Lock()
	defer mu.Unlock()
	if n := strings.Count(log.String(), "more directories than are watched"); n != 1 {
		t.Errorf("said %d times: %s", n, log.String())
	}
}

type writerFunc func(b []byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func TestStopEndsTheCalls(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	c := watchChanges(t, d)
	stop := d.OnChange(func(Path) { t.Error("called after stop") })
	stop()
	put(t, d, "x", "")
	c.until("x")
}

func TestLostEventsMeanLookingAtEverything(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	put(t, d, "a/.meta.json", "{id:'one'}")
	c := watchChanges(t, d)
	_, err := d.Tree(API).Resolve(Ref{ID: "one"})
	ok(t, err)
	w := d.watch.w.Load()
	d.root.notify.leave(w) // changes go by unseen
	ok(t, os.Rename(filepath.Join(d.Dir(), "a"), filepath.Join(d.Dir(), "b")))
	d.root.notify.join(w)
	w.lost()
	c.until("")
	if p, err := d.Tree(API).Resolve(Ref{ID: "one"}); p != "b" {
		t.Errorf("%q %v", p, err)
	}
	put(t, d, "b/new", "")
	c.until("b/new")
}

// TestCacheAgreesWithTheDisk lets somebody else change a domain at random while
// it is read through the cache; soon after, what the cache says must be what a
// fresh look says.
func TestCacheAgreesWithTheDisk(t *testing.T) {
	t.Parallel()
	eachWatchMode(t, func(t *testing.T, d *Domain) {
		stop := d.OnChange(func(Path) {})
		defer stop()
		rnd := rand.New(rand.NewPCG(1, uint64(len(t.Name()))))
		for round := range 12 {
			done := make(chan struct{})
			var reading sync.WaitGroup
			reading.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
						sayAll(d)
					}
				}
			})
			for range 40 {
				shuffle(rnd, d)
			}
			close(done)
			reading.Wait()
			deadline := time.Now().Add(5 * time.Second)
			for {
				got, want := sayAll(d), freshly(t, d)
				if got == want {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("round %d, cached:\n%s\non disk:\n%s", round, got, want)
				}
				time.Sleep(time.Millisecond)
			}
		}
	})
}

// names gives the few paths that the random changes are about.
func names() (out []Path) {
	for _, a := range []Path{"a", "b", "c"} {
		out = append(out, a)
		for _, b := range []Path{"x", "y"} {
			out = append(out, a+"/"+b)
			for _, c := range []Path{"f", "g"} {
				out = append(out, a+"/"+b+"/"+c)
			}
		}
	}
	return out
}

// shuffle makes one random change, by the system and by the tree in turn.
func shuffle(rnd *rand.Rand, d *Domain) {
	all := names()
	p, q := all[rnd.IntN(len(all))], all[rnd.IntN(len(all))]
	file := func(p Path) string { return filepath.Join(d.Dir(), string(p)) }
	body := []byte(strings.Repeat("x", rnd.IntN(50)))
	meta := fmt.Appendf(nil, "{id:'id%d', n:%d}", rnd.IntN(9), rnd.IntN(1000))
	switch rnd.IntN(10) {
	case 0:
		os.RemoveAll(file(p))
	case 1:
		os.Rename(file(p), file(q))
	case 2, 3:
		os.MkdirAll(file(p), 0o755)
	case 4:
		os.WriteFile(file(p), body, 0o644)
	case 5:
		os.WriteFile(filepath.Join(file(p), ".meta.json"), meta, 0o644)
	case 6:
		os.WriteFile(file(metaPath(p, FILE)), meta, 0o644)
	case 7:
		d.Tree(Owner).WriteFile(p, body)
	case 8:
		d.Tree(Owner).Rename(p, q)
	case 9:
		os.Symlink("../"+string(q), file(p))
	}
}

// sayAll is what a domain says of all names and ids.
func sayAll(d *Domain) string {
	var out []byte
	for _, p := range names() {
		o, err := d.Tree(Owner).Stat(p)
		out = fmt.Appendf(out, "%s %s ", p, CodeOf(err))
		if err == nil {
			out = o.AppendJSON(out)
		}
		out = append(out, '\n')
	}
	for i := range 9 {
		p, err := d.Tree(Owner).Resolve(Ref{ID: fmt.Sprint("id", i)})
		out = fmt.Appendf(out, "id%d %s %s\n", i, p, CodeOf(err))
	}
	return string(out)
}

// freshly is sayAll of the same folder opened anew.
func freshly(t *testing.T, d *Domain) string {
	r, err := OpenRoot(d.root.dir, RootOptions{Shared: true, Log: slog.New(slog.DiscardHandler)})
	ok(t, err)
	defer r.Close()
	f, err := r.Domain(d.name)
	ok(t, err)
	return sayAll(f)
}

func TestWatchDirTellsNamesInAnEnginesFolder(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	put(t, d, "set/thing.json", "{}")
	put(t, d, "set/index/1.json", "{}")
	c := &changes{t, make(chan Path, 1000)}
	_, err := d.WatchDir("set/index", func(name string) { c.ch <- Path(name) })
	ok(t, err)
	_, err = d.WatchDir("set/none", func(string) {})
	wantCode(t, err, "e.io.obj.noexists")
	put(t, d, "set/index/2.json", "{}")
	c.until("2.json")
	d.root.folders.lost()
	c.until("")
	ok(t, os.RemoveAll(filepath.Join(d.Dir(), "set/index")))
	c.until("1.json", "")
	put(t, d, "set/index/3.json", "{}")
	stop, err := d.WatchDir("set/index", func(name string) { c.ch <- Path(name) })
	ok(t, err)
	put(t, d, "set/index/4.json", "{}")
	c.until("4.json")
	stop()
	stop()
}

// What changed between the last look and the beginning of the watch is not told by it.
func TestSettingsThatChangedBeforeTheWatchCount(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	put(t, d, ".domain/domain.json", `{defaults:{lang:"zh-CN"}}`)
	if d.Config().Lang != ZH {
		t.Fatal(d.Config().Lang)
	}
	put(t, d, ".domain/domain.json", `{defaults:{lang:"en"}}`)
	defer d.OnChange(func(Path) {})()
	if d.Config().Lang != EN {
		t.Error("the settings of before count for good")
	}
}
