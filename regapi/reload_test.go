package regapi

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
)

// until asks until the answer is as wanted. The time it takes is measured by
// the benchmark; here it only has to come.
func (w *world) until(url string, status int, body string) {
	w.t.Helper()
	var got int
	var text string
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if got, text = w.get(url); got == status && strings.Contains(text, body) {
			return
		}
	}
	w.t.Fatalf("%s stays %d %q, want %d %q", url, got, text, status, body)
}

// saves are the ways in which editors write a file.
var saves = map[string]func(name, text string) error{
	"in place": func(name, text string) error { return os.WriteFile(name, []byte(text), 0o644) },
	"renamed over": func(name, text string) error {
		tmp := filepath.Join(filepath.Dir(name), ".tmp-x")
		if err := os.WriteFile(tmp, []byte(text), 0o644); err != nil {
			return err
		}
		return os.Rename(tmp, name)
	},
	"old one away first": func(name, text string) error {
		if err := os.Rename(name, name+"~"); err != nil && !os.IsNotExist(err) {
			return err
		}
		return os.WriteFile(name, []byte(text), 0o644)
	},
	"same size and time": func(name, text string) error {
		info, err := os.Stat(name)
		if werr := os.WriteFile(name, []byte(text), 0o644); werr != nil || err != nil {
			return werr
		}
		return os.Chtimes(name, info.ModTime(), info.ModTime())
	},
}

// TestSavedScriptIsLive walks a script through its life, saved as editors do.
// "polled" has no watches, so that times are compared.
func TestSavedScriptIsLive(t *testing.T) {
	t.Parallel()
	for name, save := range saves {
		for _, polled := range []bool{false, true} {
			if polled && name == "same size and time" {
				continue // nothing could tell
			}
			t.Run(fmt.Sprintf("%s, polled=%v", name, polled), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				if polled {
					w = newPolledWorld(t)
				}
				w.life(save)
			})
		}
	}
}

// newPolledWorld has a root that watches nothing.
func newPolledWorld(t *testing.T) *world {
	return newWorldOn(t, domain.RootOptions{WatchDirs: -1, Poll: time.Hour})
}

func (w *world) life(save func(name, text string) error) {
	w.t.Helper()
	const url = "/api/demo/x"
	w.api("other", plain+"other")
	w.until("/api/demo/other", 200, "other")
	name := filepath.Join(w.root.Dir(), "demo", ".regapi", "api", "x")
	put := func(text string) {
		w.t.Helper()
		if err := save(name, text); err != nil {
			w.t.Fatal(err)
		}
	}
	w.until(url, 404, "")
	put("echo one")
	w.until(url, 200, "one")
	put("echo two")
	w.until(url, 200, "two")
	put("nope |")
	w.api("later", plain+"later")
	w.until("/api/demo/later", 200, "later")
	w.until(url, 200, "two")
	if faults := w.h.Check(w.domain("demo")); len(faults) != 1 || !strings.HasPrefix(faults[0].String(), "~/.regapi/api/x:1:") {
		w.t.Errorf("faults %v", faults)
	}
	put("echo six")
	w.until(url, 200, "six")
	w.api(".x.meta.json", `{"http-resp-code":201}`)
	w.until(url, 201, "six")
	w.api(".meta.json", `{"http-www-auth":true}`)
	w.until(url, 403, "nologin")
	w.remove(".regapi/api/.meta.json")
	w.until(url, 201, "six")
	w.remove(".regapi/api/x")
	w.until(url, 404, "e.api.noexists")
	if got, _ := w.get("/api/demo/other"); got != 200 {
		w.t.Errorf("the other endpoint answers %d", got)
	}
}

func TestBrokenMetadataKeepsTheLastGood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api("x", "echo one", ".x.meta.json", `{"http-resp-code":201}`)
	w.until("/api/demo/x", 201, "one")
	w.api(".x.meta.json", `{"http-resp-code":`)
	w.api("x", "echo two")
	w.until("/api/demo/x", 201, "two")
	w.api(".x.meta.json", `{"http-resp-code":5}`)
	w.api("y", "echo y")
	w.until("/api/demo/y", 200, "y")
	w.until("/api/demo/x", 201, "two")
	faults := w.h.Check(w.domain("demo"))
	if len(faults) != 1 || !strings.HasPrefix(faults[0].String(), "~/.regapi/api/.x.meta.json:1:19: http-resp-code") {
		t.Errorf("faults %v", faults)
	}
}

func TestNewFolderIsLive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.until("/api/demo/a/b", 404, "")
	w.api("a/b", plain+"deep")
	w.until("/api/demo/a/b", 200, "deep")
	w.remove(".regapi")
	w.until("/api/demo/a/b", 404, "")
	w.api("a/b", plain+"again")
	w.until("/api/demo/a/b", 200, "again")
}

// TestReloadUnderLoadFailsNoRequest changes, breaks and mends scripts while
// clients call over real connections: each answer is that of some version.
func TestReloadUnderLoadFailsNoRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api("steady", plain+"steady", "x", plain+"version-0")
	for i := range 50 {
		w.api(fmt.Sprintf("many/%d", i), plain+"many")
	}
	srv := httptest.NewServer(w.h)
	defer srv.Close()
	if status, body := w.get("/api/demo/x"); status != 200 { // the first good version is known before it is overwritten
		t.Fatalf("x answers %d %q", status, body)
	}
	var wg sync.WaitGroup
	var stop atomic.Bool
	var asked atomic.Int64
	for _, name := range []string{"steady", "x", "many/7", "x"} {
		wg.Go(func() {
			for !stop.Load() {
				res, err := http.Get(srv.URL + "/api/demo/" + name)
				if err != nil {
					t.Error(err)
					return
				}
				body := bodyOf(res)
				res.Body.Close()
				asked.Add(1)
				if res.StatusCode != 200 || !strings.HasPrefix("steady version- many", strings.TrimRight(body, "0123456789")) && !strings.Contains(body, "version-") && body != "many" {
					t.Errorf("%s answers %d %q", name, res.StatusCode, body)
					return
				}
			}
		})
	}
	kinds := []string{"in place", "renamed over"}
	name := filepath.Join(w.root.Dir(), "demo", ".regapi", "api", "x")
	for i := range 60 {
		text := fmt.Sprintf("%sversion-%d", plain, i)
		if i%3 == 1 {
			text = "broken |"
		}
		if err := saves[kinds[i%len(kinds)]](name, text); err != nil {
			t.Fatal(err)
		}
		w.api(fmt.Sprintf("new/%d", i), "echo")
		w.remove(fmt.Sprintf(".regapi/api/new/%d", i-1))
		for n := asked.Load(); asked.Load() < n+20 && !t.Failed(); {
			time.Sleep(time.Millisecond)
		}
	}
	stop.Store(true)
	wg.Wait()
	w.until("/api/demo/x", 200, "version-59")
}

func TestOnlyWhatChangedIsCompiled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 20 {
		w.api(fmt.Sprint("e", i), "echo one")
	}
	m := w.h.mount(w.domain("demo"))
	before := m.current(time.Now()).endpoints
	w.api("e7", "echo two")
	w.until("/api/demo/e7", 200, "two")
	for i, ep := range m.current(time.Now()).endpoints {
		if (ep != before[i]) != (ep.api == "api/e7") {
			t.Errorf("%s: compiled again: %v", ep.api, ep != before[i])
		}
	}
}

// Who saves an endpoint and asks for it at once gets it, not a 404: in a folder that
// is new, in one that is old, behind a wildcard, and as a further method.
func TestSavedEndpointAnswersAtOnce(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]*world{"watched": newWorld(t), "polled": newPolledWorld(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i := range 5 {
				dir := fmt.Sprintf("d%d/", i)
				for _, tt := range []struct{ file, method, url string }{
					{dir + "one", "GET", dir + "one"},
					{dir + "two", "GET", dir + "two"},
					{dir + "_ANY/pay", "GET", dir + "17/pay"},
					{dir + "_get", "GET", dir},
					{dir + "_post", "POST", dir},
				} {
					if res := w.do(request{method: tt.method, url: "/api/demo/" + tt.url}); res.StatusCode == 200 {
						t.Fatalf("%s is there already", tt.file)
					}
					w.api(tt.file, plain+tt.file)
					if res := w.do(request{method: tt.method, url: "/api/demo/" + tt.url}); res.StatusCode != 200 {
						t.Errorf("%s answers %d when it is asked at once", tt.file, res.StatusCode)
					}
				}
			}
		})
	}
}
