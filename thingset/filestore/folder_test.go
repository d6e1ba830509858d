package filestore

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caryahq/carya/thingset"
)

// A folder of records that somebody moves away, and back some time later, is as it was:
// with what came to it in between, and what was edited elsewhere.
func TestAFolderThatIsMovedAwayAndBack(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"set", "set/index"} {
		for _, how := range []string{"at once", "later", "with a commit between"} {
			t.Run(what+" "+how, func(t *testing.T) {
				t.Parallel()
				h := newHand(t, thingset.Def{})
				h.reopen(h.watching)
				for n := range 5 {
					h.put(fmt.Sprint("r", n), fmt.Sprintf(`,"n":%d`, n))
				}
				h.settled("r4", `"n": 4`)
				h.until("all is settled", func() bool { return len(verify(t, h.top, false)) == 0 })
				dir := filepath.Join(h.top, "demo", what)
				h.ok(os.Rename(dir, dir+"-moved"))
				switch how {
				case "later":
					time.Sleep(editPatience + 4*editDelay)
				case "with a commit between":
					h.put("r1", `,"n":11`)
					h.settled("r1", `"n": 11`)
					h.ok(os.RemoveAll(dir))
				}

				h.ok(os.Rename(dir+"-moved", dir))
				h.write("r2", `{"id":"r2","n":22}`)
				h.until("an edit counts", func() bool { return h.get("r2") == "22" })
				time.Sleep(editPatience + 4*editDelay)
				got := ""
				for n := range 5 {
					got += " " + h.get(fmt.Sprint("r", n))
				}
				t.Logf("%s told %q", got, h.told())
				for range 2 {
					for n := range 5 {
						if id := fmt.Sprint("r", n); n != 1 && h.get(id) == "-" {
							t.Errorf("%s is gone", id)
						}
					}
					h.reopen(h.watching)
				}
			})
		}
	}
}

// What cannot be a record's own file is told, with its name, and harms nothing.
func TestWhatIsNoEditIsTold(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		do  func(h *hand)
		say string
	}{
		"a copy under a new name": {func(h *hand) {
			text, err := os.ReadFile(h.file("r1"))
			h.ok(err)
			h.write("copy", string(text))
		}, `copy.json: it is no record and does not count: its id is "r1", not "copy"`},
		"a folder in its place": {func(h *hand) {
			h.ok(os.Remove(h.file("r1")))
			h.ok(os.Mkdir(h.file("r1"), 0o755))
		}, "r1.json: the edit is no good, the record before it stays: e.io.forbidden : it is no regular file"},
		"a link in its place": {func(h *hand) {
			h.ok(os.Rename(h.file("r1"), h.file("r1")+".old"))
			h.ok(os.Symlink("r1.json.old", h.file("r1")))
		}, "r1.json: the edit is no good, the record before it stays: e.io.forbidden : it is no regular file"},
		"unreadable": {func(h *hand) {
			if os.Geteuid() == 0 {
				h.Skip("root reads everything")
			}
			h.write("r1", `{"id":"r1","n":5}`)
			h.ok(os.Chmod(h.file("r1"), 0))
		}, "r1.json: the edit is no good, the record before it stays: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHand(t, thingset.Def{})
			h.put("r1", `,"n":1`)
			h.settled("r1", `"n": 1`)
			h.until("all is settled", func() bool { return len(verify(t, h.top, false)) == 0 })
			one.do(h)
			h.until("it is told", func() bool { return strings.Contains(fmt.Sprint(h.told()), one.say) })
			h.put("r1", `,"n":2`)
			h.put("r3", `,"n":3`)
			h.settled("r3", `"n": 3`)
			if h.get("r1") != "2" || h.get("copy") != "-" || len(h.told()) != 1 {
				t.Errorf("%s %s %q", h.get("r1"), h.get("copy"), h.told())
			}
			h.reopen(nil)
			if h.get("r1") != "2" {
				t.Errorf("after a restart: %s", h.get("r1"))
			}
			h.ok(os.RemoveAll(h.file("r1")))
			h.write("r1", `{"id":"r1","n":6}`)
			h.until("the mended file counts", func() bool { return h.get("r1") == "6" })
		})
	}
}

// A file that may only be read is replaced as any other, and one with its time set back
// counts.
func TestARecordFileThatIsReadOnly(t *testing.T) {
	t.Parallel()
	h := newHand(t, thingset.Def{})
	h.put("r1", `,"n":1`)
	h.settled("r1", `"n": 1`)
	h.ok(os.Chmod(h.file("r1"), 0o400))
	h.put("r1", `,"n":2`)
	h.settled("r1", `"n": 2`)
	h.ok(os.Chmod(h.file("r1"), 0o444))
	h.ok(os.WriteFile(h.file("x")+"~", []byte(`{"id":"r1","n":3}`), 0o444))
	h.ok(os.Chtimes(h.file("x")+"~", time.Unix(1, 0), time.Unix(1, 0)))
	h.until("it is settled", func() bool { return len(verify(t, h.top, false)) == 0 })
	h.ok(os.Rename(h.file("x")+"~", h.file("r1")))
	h.until("the edit counts", func() bool { return h.get("r1") == "3" })
	if len(h.told()) > 0 {
		t.Errorf("told %q", h.told())
	}
}
