package filestore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/thingset"
)

// hand is a domain whose files a person edits while the engine runs, or does not.
type hand struct {
	*testing.T
	top string
	s   *Store
	def thingset.Def

	mu     sync.Mutex
	faults []string
}

func newHand(t *testing.T, def thingset.Def) *hand {
	t.Helper()
	h := &hand{T: t, top: t.TempDir(), def: def}
	h.ok(os.Mkdir(filepath.Join(h.top, "demo"), 0o755))
	h.open(nil)
	t.Cleanup(func() { h.ok(h.s.Close()) })
	return h
}

func (h *hand) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *hand) open(change func(*Options)) {
	h.Helper()
	o := Options{
		Dir: func(dom string) string { return filepath.Join(h.top, dom) }, Log: slog.New(slog.DiscardHandler),
		Settle: time.Millisecond, Poll: 5 * time.Millisecond,
		OnFault: func(_ string, f Fault) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.faults = append(h.faults, f.String())
		},
	}
	if change != nil {
		change(&o)
	}
	var err error
	h.s, err = Open(o)
	h.ok(err)
	h.ok(h.s.Define(h.Context(), "demo", "set", h.def))
}

func (h *hand) reopen(change func(*Options)) {
	h.Helper()
	h.ok(h.s.Close())
	h.open(change)
}

func (h *hand) put(id, members string) {
	h.Helper()
	_, err := h.s.Commit(h.Context(), "demo", []thingset.Write{{Set: "set", ID: id, Body: fmt.Appendf(nil, `{"id":%q%s}`, id, members)}})
	h.ok(err)
}

func (h *hand) file(id string) string {
	return filepath.Join(h.top, "demo", "set", "index", id+".json")
}

func (h *hand) write(id, text string) {
	h.Helper()
	h.ok(os.WriteFile(h.file(id), []byte(text), 0o644))
}

// get is the member n of a record, "-" when it is not there.
func (h *hand) get(id string) string {
	h.Helper()
	rec, err := h.s.Get(context.Background(), "demo", "set", id)
	if err != nil {
		return "-"
	}
	return gjson.GetBytes(rec.Body, "n").String()
}

// until waits for something that has to come.
func (h *hand) until(what string, is func() bool) {
	h.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			h.Fatalf("never: %s; faults %q", what, h.told())
		}
	}
}

func (h *hand) told() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.faults...)
}

func (h *hand) settled(id, part string) {
	h.Helper()
	h.until(id+" is settled", func() bool {
		text, err := os.ReadFile(h.file(id))
		return err == nil && strings.Contains(string(text), part)
	})
}

func TestEditsByHandArePickedUpWhileRunning(t *testing.T) {
	t.Parallel()
	h := newHand(t, thingset.Def{Unique: [][]string{{"nm"}}})
	for n := range 5 {
		h.put(fmt.Sprint("r", n), fmt.Sprintf(`,"nm":"p%d","n":%d`, n, n))
	}
	h.settled("r4", `"n": 4`)
	h.write("r1", "// by hand\n{id: 'r1', nm: 'p1', n: 100}")
	h.until("the edit counts", func() bool { return h.get("r1") == "100" })
	h.write("new", `{"id":"new","n":7}`)
	h.until("the new file counts", func() bool { return h.get("new") == "7" })
	h.ok(os.Remove(h.file("r2")))
	h.until("the removed one is gone", func() bool { return h.get("r2") == "-" })

	h.write("r3", `{"id":"r3","nm":"p4","n":9}`)
	h.until("a taken unique value is told", func() bool { return strings.Contains(fmt.Sprint(h.told()), "r3.json") })
	h.write("r0", "{ no")
	h.until("a broken file is told", func() bool { return strings.Contains(fmt.Sprint(h.told()), "r0.json") })
	if h.get("r3") != "3" || h.get("r0") != "0" {
		t.Errorf("bad edits replaced good records: %s %s", h.get("r3"), h.get("r0"))
	}
	h.write("r0", `{"id":"r0","n":55}`)
	h.until("the mended file counts", func() bool { return h.get("r0") == "55" })
	if text, _ := os.ReadFile(h.file("r1")); !strings.HasPrefix(string(text), "// by hand") {
		t.Errorf("the person's text was replaced: %s", text)
	}
}

func TestEditsByHandAreFoundAtOpen(t *testing.T) {
	t.Parallel()
	h := newHand(t, thingset.Def{})
	for n := range 6 {
		h.put(fmt.Sprint("r", n), fmt.Sprintf(`,"n":%d`, n))
	}
	h.ok(h.s.Close())
	h.write("r1", `{"id":"r1","n":11}`)
	h.write("r2", "{ broken")
	h.write("r3", `{"id":"r1"}`)
	h.write("new", `{"id":"new","n":8}`)
	h.ok(os.Remove(h.file("r4")))
	h.open(nil)
	got := h.get("r0") + h.get("r1") + h.get("r2") + h.get("r3") + h.get("r4") + h.get("r5") + h.get("new")
	if got != "01123-58" {
		t.Errorf("records %s", got)
	}
	if list := h.told(); len(list) != 2 {
		t.Errorf("faults %q", list)
	}
	if text, _ := os.ReadFile(h.file("r2")); string(text) != "{ broken" {
		t.Errorf("the broken file was changed: %q", text)
	}
	h.put("r2", `,"n":22`)
	h.reopen(nil)
	if text, _ := os.ReadFile(h.file("r2")); h.get("r2") != "22" || string(text) != "{ broken" {
		t.Errorf("%s %q", h.get("r2"), text)
	}
}

func TestWhenBothChangedTheLoserIsKept(t *testing.T) {
	t.Parallel()
	h := newHand(t, thingset.Def{})
	h.put("r", `,"n":1`)
	h.reopen(func(o *Options) { o.Settle, o.Poll = time.Hour, time.Hour })
	h.put("r", `,"n":2`) // not in its file yet
	h.write("r", `{"id":"r","n":3}`)
	h.reopen(nil)
	if h.get("r") != "3" {
		t.Errorf("n is %s", h.get("r"))
	}
	kept, _ := filepath.Glob(filepath.Join(filepath.Dir(h.file("r")), "r.conflict-*.json"))
	if len(kept) != 1 {
		t.Fatalf("kept %v, faults %q", kept, h.told())
	}
	if text, _ := os.ReadFile(kept[0]); !strings.Contains(string(text), `"n": 2`) {
		t.Errorf("the loser is %s", text)
	}
	if list := h.told(); len(list) != 1 || !strings.Contains(list[0], "conflict-") {
		t.Errorf("faults %q", list)
	}
}

func TestCopiedFolderIsTakenAsItIs(t *testing.T) {
	t.Parallel()
	h := newHand(t, thingset.Def{})
	for n := range 20 {
		h.put(fmt.Sprint("r", n), fmt.Sprintf(`,"n":%d`, n))
	}
	h.ok(h.s.Close())
	h.top = copyTree(t, h.top) // other inodes, other times
	h.open(nil)
	var before thingset.Rev
	for c, err := range h.s.Changes(t.Context(), "demo", 20) {
		h.ok(err)
		t.Errorf("a copied file counts as an edit: %s", c.ID)
	}
	before, err := h.s.Commit(t.Context(), "demo", nil)
	h.ok(err)
	if before != 20 || h.get("r7") != "7" || len(h.told()) != 0 {
		t.Errorf("revision %d, n %s, faults %q", before, h.get("r7"), h.told())
	}
}

func TestACheckRefusesAnEdit(t *testing.T) {
	t.Parallel()
	h := newHand(t, thingset.Def{})
	h.put("r", `,"n":1`)
	h.reopen(func(o *Options) {
		o.Check = func(_, _ string, body []byte) error {
			if gjson.GetBytes(body, "n").Int() > 5 {
				return errors.New("too big")
			}
			return nil
		}
	})
	h.write("r", `{"id":"r","n":6}`)
	h.until("the refusal is told", func() bool { return strings.Contains(fmt.Sprint(h.told()), "too big") })
	if h.get("r") != "1" {
		t.Error("the edit counts")
	}
}

func TestALargeSetTakesLooseFilesIntoItsPacks(t *testing.T) {
	t.Parallel()
	h := newHand(t, thingset.Def{Loose: 10})
	for n := range 30 {
		h.put(fmt.Sprint("r", n), fmt.Sprintf(`,"n":%d`, n))
	}
	loose := func() int {
		files, _ := filepath.Glob(h.file("*"))
		return len(files)
	}
	packed := func() int { // ids; until it is in a pack a record has changed, and an edit conflicts with it
		files, _ := filepath.Glob(filepath.Join(filepath.Dir(h.file("x")), "pack-*.jsonl"))
		seen := map[string]bool{}
		for _, name := range files {
			text, _ := os.ReadFile(name)
			for line := range strings.Lines(string(text)) {
				seen[gjson.Get(line, "id").Str] = true
			}
		}
		delete(seen, "")
		return len(seen)
	}
	h.until("there are packs alone, with all", func() bool { return packed() == 30 && loose() == 0 })
	h.write("r3", `{"id":"r3","n":33}`)
	h.until("the loose file counts", func() bool { return h.get("r3") == "33" && loose() == 0 })
	for n := range 26 {
		_, err := h.s.Commit(t.Context(), "demo", []thingset.Write{{Set: "set", ID: fmt.Sprint("r", n+4)}})
		h.ok(err)
	}
	h.until("own files come back", func() bool { return loose() == 4 })
	h.reopen(nil)
	if got := h.get("r0") + h.get("r3") + h.get("r4"); got != "033-" {
		t.Error(got)
	}
}
