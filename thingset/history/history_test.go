package history

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// shelf is the books of a fresh domain with a clock that is told the time.
type shelf struct {
	*Books
	t    *testing.T
	dir  string
	mu   sync.Mutex
	time time.Time
}

func newShelf(t *testing.T, config string) *shelf {
	t.Helper()
	dir := t.TempDir()
	os.MkdirAll(filepath.Join(dir, "demo", ".domain"), 0o755)
	if err := os.WriteFile(filepath.Join(dir, "demo", ".domain", "domain.json"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	root, err := domain.OpenRoot(dir, domain.RootOptions{Log: slog.New(slog.DiscardHandler), OnClose: func(d *domain.Domain) { Of(d).Close() }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	d, err := root.Domain("demo")
	if err != nil {
		t.Fatal(err)
	}
	s := &shelf{Books: Of(d), t: t, dir: filepath.Join(dir, "demo"), time: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	s.now = func() time.Time { s.mu.Lock(); defer s.mu.Unlock(); return s.time }
	return s
}

func (s *shelf) wait(d time.Duration) { s.mu.Lock(); defer s.mu.Unlock(); s.time = s.time.Add(d) }

func (s *shelf) add(name, record string) {
	s.t.Helper()
	if _, err := s.Add(name, []byte(record), 0); err != nil {
		s.t.Fatal(err)
	}
}

// ns are the members n of what a query finds.
func (s *shelf) ns(name string, q thingset.Query) string {
	s.t.Helper()
	page, err := s.Query(context.Background(), name, q)
	if err != nil {
		s.t.Fatal(err)
	}
	var out []string
	for _, r := range page.List {
		out = append(out, gjson.GetBytes(r.Body, "n").String())
	}
	return strings.Join(out, " ")
}

func (s *shelf) files(name string) (out []string) {
	list, _ := filepath.Glob(filepath.Join(s.dir, ".domain/history", name, "*"))
	for _, f := range list {
		out = append(out, filepath.Base(f))
	}
	return out
}

func TestRecordsAreFoundNewestFirst(t *testing.T) {
	t.Parallel()
	s := newShelf(t, "")
	for i := range 5 {
		s.add("a", fmt.Sprintf(`{"n":%d,"odd":%v}`, i, i%2 == 1))
		s.wait(20 * time.Hour)
	}
	if got := s.ns("a", thingset.Query{}); got != "4 3 2 1 0" {
		t.Errorf("all: %s", got)
	}
	if got := s.ns("a", thingset.Query{Skip: 1, Limit: 2, NoSum: true}); got != "3 2" {
		t.Errorf("a page: %s", got)
	}
	if got := s.ns("a", thingset.Query{Sort: []thingset.Order{{Key: "odd"}, {Key: "n"}}, Skip: 1, Limit: 3}); got != "2 4 1" {
		t.Errorf("sorted: %s", got)
	}
	m, _ := thingset.ParseMatch(`{odd:true}`)
	page, err := s.Query(context.Background(), "a", thingset.Query{Match: m, Limit: 1})
	if err != nil || page.Pager.Sum != 2 || len(page.List) != 1 {
		t.Errorf("%+v %v", page.Pager, err)
	}
	if n := len(s.files("a")); n != 4 {
		t.Errorf("%d files for 4 days: %v", n, s.files("a"))
	}
}

func TestSecretsAreLeftOut(t *testing.T) {
	t.Parallel()
	s := newShelf(t, "")
	line, err := s.Add("a", []byte(`{"n":1,"passwd":"p","Ticket":"t","__x":1,"id":"mine","ct":7,"expi":1}`), time.Hour)
	if err != nil || bytes.ContainsAny(line, "\n") || strings.Contains(string(line), `"p"`) || strings.Contains(string(line), `"t"`) || strings.Contains(string(line), "mine") {
		t.Errorf("%s %v", line, err)
	}
	if _, err := s.Add("../a", []byte(`{}`), 0); domain.CodeOf(err) != "e.cmd.arg" {
		t.Errorf("a name that climbs: %v", err)
	}
}

func TestAFileIsFullAtItsSize(t *testing.T) {
	t.Parallel()
	s := newShelf(t, `{history:{size:4096}}`)
	for i := range 100 {
		s.add("a", fmt.Sprintf(`{"n":%d,"text":%q}`, i, strings.Repeat("x", 60)))
	}
	files := s.files("a")
	if len(files) < 3 || files[0] != "2026-11-21-0001.jsonl" || files[1] != "2026-11-21-0002.jsonl" {
		t.Fatalf("%v", files)
	}
	for _, f := range files {
		if fi, _ := os.Stat(filepath.Join(s.dir, ".domain/history/a", f)); fi.Size() > 4096 || fi.Mode().Perm() != 0o600 {
			t.Errorf("%s: %d bytes, %v", f, fi.Size(), fi.Mode())
		}
	}
	if n := len(strings.Fields(s.ns("a", thingset.Query{}))); n != 100 {
		t.Errorf("%d records", n)
	}
}

func TestOldRecordsGo(t *testing.T) {
	t.Parallel()
	s := newShelf(t, `{history:{keep:{a:"2d"}}}`)
	s.add("a", `{"n":0}`)
	s.add("b", `{"n":0}`)
	if _, err := s.Add("b", []byte(`{"n":1}`), time.Hour); err != nil {
		t.Fatal(err)
	}
	s.wait(72 * time.Hour)
	s.add("a", `{"n":1}`)
	s.add("b", `{"n":2}`)
	if got := s.ns("a", thingset.Query{}); got != "1" {
		t.Errorf("kept for two days: %s", got)
	}
	if got := s.ns("b", thingset.Query{}); got != "2 0" {
		t.Errorf("one for an hour: %s", got)
	}
	raw, _ := os.ReadFile(filepath.Join(s.dir, ".domain/history/b/2026-11-21-0001.jsonl"))
	if len(s.files("a")) != 1 || bytes.Count(raw, []byte{'\n'}) != 1 {
		t.Errorf("files of a: %v; b: %s", s.files("a"), raw)
	}
}

func TestClearTakesTheOpenFileToo(t *testing.T) {
	t.Parallel()
	s := newShelf(t, "")
	s.add("a", `{"n":0}`)
	s.wait(time.Hour)
	s.add("a", `{"n":1}`)
	if n, err := s.Clear("a", 30*time.Minute); n != 1 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	s.add("a", `{"n":2}`)
	if got := s.ns("a", thingset.Query{}); got != "2 1" {
		t.Errorf("%s", got)
	}
	if n, err := s.Clear("a", 0); n != 2 || err != nil || s.ns("a", thingset.Query{}) != "" {
		t.Errorf("%d %v", n, err)
	}
}

func TestALineThatACrashCutOffHarmsNoOther(t *testing.T) {
	t.Parallel()
	s := newShelf(t, "")
	s.add("a", `{"n":0}`)
	s.Close()
	path := filepath.Join(s.dir, ".domain/history/a", s.files("a")[0])
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.WriteString(`{"id":"x","n":`)
	f.Close()
	s.add("a", `{"n":1}`)
	if got := s.ns("a", thingset.Query{}); got != "1 0" {
		t.Errorf("%s", got)
	}
}

func TestAFileThatAPersonRemovedIsMadeAnew(t *testing.T) {
	t.Parallel()
	s := newShelf(t, "")
	s.add("a", `{"n":0}`)
	os.RemoveAll(filepath.Join(s.dir, ".domain/history/a"))
	s.wait(2 * time.Second)
	s.add("a", `{"n":1}`)
	if got := s.ns("a", thingset.Query{}); got != "1" {
		t.Errorf("%q", got)
	}
}

func TestWritersDoNotMix(t *testing.T) {
	t.Parallel()
	s := newShelf(t, `{history:{size:8192}}`)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 100 {
				s.Add("a", fmt.Appendf(nil, `{"n":%d}`, i), 0)
			}
		})
	}
	wg.Wait()
	if n := len(strings.Fields(s.ns("a", thingset.Query{}))); n != 800 {
		t.Errorf("%d of 800", n)
	}
}

func TestARuleCopiesToAFile(t *testing.T) {
	t.Parallel()
	s := newShelf(t, `{history:{rules:[{history:"a",match:{ok:false},file:"~/logs/bad.jsonl"}, {file:"~/x",http:"http://both"}]}}`)
	s.add("a", `{"n":0,"ok":true}`)
	s.add("a", `{"n":1,"ok":false}`)
	s.add("b", `{"n":2,"ok":false}`)
	s.forward.close()
	got, err := os.ReadFile(filepath.Join(s.dir, "logs/bad.jsonl"))
	if err != nil || gjson.GetBytes(got, "n").Int() != 1 || bytes.Count(got, []byte{'\n'}) != 1 {
		t.Errorf("%s %v", got, err)
	}
	if n := len(s.conf().rules); n != 1 {
		t.Errorf("%d rules: one with two targets counts for nothing", n)
	}
}

// A copy goes where data may lie: records never become a script, a setting, metadata, a
// thing or a page.
func TestARuleNamesOnlyFilesWhereDataMayLie(t *testing.T) {
	t.Parallel()
	bad := []string{"~/.regapi/api/x", ".regapi/api/x", "~/.domain/domain.json", "~/.domain/secrets/key", "~/.meta.json", "~/www/.meta.json", "~/logs/.a.txt.meta.json",
		"~/notes/thing.json", "~/logs/Thing.JSON", "~/logs/thing%2ejson", "~/notes/index/a.json", "~/notes/data/1/x.jsonl", "~/www/index.html", "~/WWW/x", "~/linked/x", "~/out/x", "~/logs", "~", "../x", "/etc/x"}
	var rules []string
	for _, file := range append(bad, "~/logs/bad.jsonl") {
		rules = append(rules, `{file:"`+file+`"}`)
	}
	s := newShelf(t, "{history:{rules:[\n"+strings.Join(rules, ",\n")+"]}}")
	if err := errors.Join(
		os.MkdirAll(filepath.Join(s.dir, "notes/data/1"), 0o755), os.WriteFile(filepath.Join(s.dir, "notes/thing.json"), []byte("{}"), 0o644), os.Mkdir(filepath.Join(s.dir, "logs"), 0o755),
		os.Symlink(".regapi", filepath.Join(s.dir, "linked")), os.Symlink("../..", filepath.Join(s.dir, "out"))); err != nil {
		t.Fatal(err)
	}
	if n := len(s.conf().rules); n != 1 {
		t.Errorf("%d rules count", n)
	}
	faults := s.Check()
	for i, f := range faults {
		if f.Line != i+2 || f.Warn || f.MsgZH == "" {
			t.Errorf("%s: %s", bad[i], f)
		}
	}
	if len(faults) != len(bad) {
		t.Errorf("%d faults: %v", len(faults), faults)
	}
	s.add("a", `{"n":1}`)
	f := &s.Books.forward
	f.close() // the copy on its way would make the folder anew
	if err := os.Rename(filepath.Join(s.dir, "logs"), filepath.Join(s.dir, "before")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(".regapi", filepath.Join(s.dir, "logs")); err != nil { // afterwards
		t.Fatal(err)
	}
	if err := f.copy(t.Context(), parcel{rule: rule{file: "logs/bad.jsonl"}, line: []byte("{}")}); domain.CodeOf(err) != "e.io.forbidden" || !isFinal(err) {
		t.Errorf("through a link: %v", err)
	}
	if got, _ := os.ReadDir(filepath.Join(s.dir, ".regapi")); len(got) > 0 {
		t.Errorf("made: %v", got)
	}
}

func TestCheckTellsWhatIsWrongInTheHistorysSettings(t *testing.T) {
	t.Parallel()
	s := newShelf(t, `{history:{keep:{audit:"long"}, rule:[], rules:[
		{url:"https://siem.example/in"},
		{http:"https://siem.example/in", secret:"env:SIEM"},
		{http:"siem.example/in", secret:"file:secrets/siem"},
		{http:"https://siem.example/in"},
		{history:"a/b", file:"~/x"}, {match:{n:"^["}, file:"~/x"},
		{http:"https://siem.example/in", secret:"file:secrets/siem"}]}}`)
	want := []string{`:1:37: there is no "rule"`, ":1:23:", `:2:8: there is no "url"`, ":2:3: a rule has either file or http", ":4:9: not an http or https address", ":6:12: ", ":6:39: ",
		":3:43: warning: the operator has not granted the variable SIEM of the environment: carya grant demo env SIEM", ":5:3: warning: copies are to be signed", ":7:43: warning: file:secrets/siem cannot be opened"}
	faults := s.Check()
	for i, f := range faults {
		if i < len(want) && !strings.Contains(f.String(), want[i]) {
			t.Errorf("%s, want %s", f, want[i])
		}
	}
	if len(faults) != len(want) {
		t.Errorf("%d faults", len(faults))
	}
}

func TestAHookGetsTheSignedRecord(t *testing.T) {
	t.Parallel()
	s := newShelf(t, `{history:{rules:[{history:"a",http:"https://siem.example/in",secret:"k"}]}}`)
	got := make(chan string, 1)
	tries := 0
	s.SendBy(func(_ context.Context, _ *domain.Domain, url string, h http.Header, body []byte) error {
		if tries++; tries == 1 {
			return domain.E("e.http.failed") // tried again
		}
		mac := hmac.New(sha256.New, []byte("k"))
		mac.Write(body)
		if h.Get("X-Carya-Signature") != "sha256="+hex.EncodeToString(mac.Sum(nil)) || url != "https://siem.example/in" {
			t.Errorf("%s %v", url, h)
		}
		got <- string(body)
		return nil
	})
	s.add("a", `{"n":1}`)
	if body := <-got; gjson.Get(body, "n").Int() != 1 {
		t.Error(body)
	}
}

// A rule signs with what lies below the domain's secrets, and with no variable that
// was not granted: then no copy goes out.
func TestACopySignedByASecretNeedsTheSecret(t *testing.T) {
	t.Setenv("CARYA_TEST_SIEM", "of the operator")
	s := newShelf(t, `{}`)
	f := &s.Books.forward
	if key, err := f.key("env:CARYA_TEST_SIEM"); domain.CodeOf(err) != "e.domain.secret" || key != "" {
		t.Errorf("%q %v", key, err)
	}
	if key, err := f.key("plain"); key != "plain" || err != nil {
		t.Errorf("%q %v", key, err)
	}
	file := filepath.Join(f.books.d.Dir(), ".domain", "secrets", "siem")
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte("k\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if key, err := f.key("file:secrets/siem"); key != "k" || err != nil {
		t.Errorf("%q %v", key, err)
	}
	f.send.Store(new(Send(func(context.Context, *domain.Domain, string, http.Header, []byte) error {
		t.Error("a copy without a signature went out")
		return nil
	})))
	if err := f.copy(t.Context(), parcel{rule: rule{url: "https://siem.example/in", secret: "env:CARYA_TEST_SIEM"}, line: []byte("{}")}); err == nil {
		t.Error("no error")
	}
}

func TestACopyThatMayNotGoOutIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	s := newShelf(t, `{history:{rules:[{http:"http://10.0.0.1/in"}]}}`)
	tries := make(chan string, 8)
	s.SendBy(func(_ context.Context, _ *domain.Domain, _ string, _ http.Header, body []byte) error {
		tries <- gjson.GetBytes(body, "n").String()
		return domain.E("e.http.host")
	})
	s.add("a", `{"n":1}`)
	s.add("a", `{"n":2}`)
	if a, b := <-tries, <-tries; a != "1" || b != "2" {
		t.Errorf("tried: %s, %s", a, b)
	}
}

func TestAHookThatHangsKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	s := newShelf(t, `{history:{rules:[{http:"https://siem.example/in"}]}}`)
	hang := make(chan struct{})
	s.SendBy(func(ctx context.Context, _ *domain.Domain, _ string, _ http.Header, _ []byte) error {
		<-hang
		return nil
	})
	for range maxWaiting + 50 { // while the receiver hangs
		s.add("a", `{}`)
	}
	if n := s.Dropped(); n < 40 || n > 50 {
		t.Errorf("%d dropped of %d beyond the queue", n, 50)
	}
	if n := len(s.forward.queue); n > maxWaiting {
		t.Errorf("%d wait", n)
	}
	close(hang)
}

// A query of a long history waits for its turn now and then.
func TestALongHistoryIsReadInTurns(t *testing.T) {
	t.Parallel()
	b := newShelf(t, "{}")
	none, _ := thingset.ParseMatch(`{n:-1}`)
	for i := range 5000 {
		if _, err := b.Add("long", fmt.Appendf(nil, `{"n":%d}`, i), 0); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	over := errors.New("no turn any more")
	ctx := context.WithValue(t.Context(), domain.PaceKey{}, func() error {
		if n++; n == 3 {
			return over
		}
		return nil
	})
	for _, sort := range [][]thingset.Order{nil, {{Key: "n"}}} {
		n = 0
		_, err := b.Walk(ctx, "long", thingset.Query{Match: none, Sort: sort}, func([]byte) bool { return true })
		if !errors.Is(err, over) || n != 3 {
			t.Errorf("%v: %d turns, %v", sort, n, err)
		}
	}
}
