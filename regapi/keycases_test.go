package regapi

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
)

// keyCase shows one metadata key at work: an endpoint with it is dropped into a
// domain and asked over HTTP. The same steps must go wrong when the key is
// struck out, so that no case passes without the key.
type keyCase struct {
	key    string // of the table of keys
	value  string // relaxed JSON
	beside string // further metadata: members, each with a comma behind
	script string
	name   string   // the endpoint's file below api; "x" when empty
	files  []string // paths and texts in turn
	limits bool
	steps  []keyStep
	after  func(w *world, kept *recordsTest) bool // what else must hold behind the steps; nil: nothing
}

// keyStep is a call after a pause; the call is given up after callFor.
type keyStep struct {
	pause time.Duration
	scenario
}

const callFor = 3 * time.Second

func step(q request, status int, equals string, has ...string) keyStep {
	return keyStep{scenario: scenario{request: q, status: status, equals: equals, has: has}}
}

func to(url string) request { return request{url: "/api/demo/" + url} }

func (k *keyCase) member() string {
	name := k.key
	if strings.HasSuffix(name, "<Name>") {
		name = headerPrefix + "X-One"
	}
	return name
}

// try lays out a domain, with the key or without, and gives what went wrong.
func (k *keyCase) try(t *testing.T, with bool) (wrong []string) {
	t.Helper()
	kept := &recordsTest{kept: map[string][]string{}}
	w := newWorld(t, func(o *Options) { o.Recorder, o.Limits = kept, k.limits })
	w.grant("demo", "host", "demo.example")
	for i := 0; i < len(k.files); i += 2 {
		w.file(k.files[i], k.files[i+1])
	}
	name, own := k.name, ""
	if name == "" {
		name = "x"
	}
	if with {
		own = `"` + k.member() + `":` + k.value
	}
	w.api(name, meta("{"+k.beside+own+"}", k.script))
	for _, s := range k.steps {
		time.Sleep(s.pause)
		wrong = append(wrong, s.run(w)...)
	}
	if k.after != nil && !k.after(w, kept) {
		wrong = append(wrong, "what was to follow did not")
	}
	return wrong
}

func (s *keyStep) run(w *world) []string {
	ctx, giveUp := context.WithCancel(context.Background())
	defer giveUp()
	defer time.AfterFunc(callFor, giveUp).Stop()
	rec := httptest.NewRecorder()
	w.h.ServeHTTP(rec, s.make().WithContext(ctx))
	return s.wrong(rec.Result())
}

// TestEveryKeyWorks walks the table of keys: each has a case.
func TestEveryKeyWorks(t *testing.T) {
	t.Parallel()
	cases := keyCases()
	for _, key := range Keys() {
		t.Run(key.Name, func(t *testing.T) {
			t.Parallel()
			n := 0
			for i := range cases {
				if cases[i].key == key.Name {
					n++
					cases[i].hold(t)
				}
			}
			if n == 0 {
				t.Error("no case shows it working")
			}
		})
	}
	for _, c := range cases {
		if !slices.ContainsFunc(Keys(), func(k Key) bool { return k.Name == c.key }) {
			t.Errorf("a case of %q, which is no key", c.key)
		}
	}
}

func (k *keyCase) hold(t *testing.T) {
	t.Helper()
	for _, wrong := range k.try(t, true) {
		t.Error(wrong)
	}
	if k.try(t, false) == nil {
		t.Errorf("%s: the case passes without the key, too", k.value)
	}
}

// checked reports whether a domain's faults tell of something.
func (w *world) checked(what string) bool {
	return slices.ContainsFunc(w.h.Check(w.domain("demo")), func(f domain.Fault) bool { return strings.Contains(f.String(), what) })
}

// traces are the kept traces of an endpoint.
func (w *world) traces(api string) int {
	list, err := filepath.Glob(filepath.Join(w.root.Dir(), "demo", traceDir, api, "*.json"))
	if err != nil {
		w.t.Fatal(err)
	}
	return len(list)
}

// pages are the files of a folder of the site.
func (w *world) pages(dir string) int {
	entries, _ := os.ReadDir(filepath.Join(w.root.Dir(), "demo/www", dir))
	return len(entries)
}
