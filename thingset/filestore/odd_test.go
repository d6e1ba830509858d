package filestore

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caryahq/carya/domain/oddfile"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
)

// TestOddFilesInThePlaceOfRecords puts pipes, devices and a file without end
// where a record's own file is: the record before it counts, and it is told.
func TestOddFilesInThePlaceOfRecords(t *testing.T) {
	t.Parallel()
	for _, k := range oddfile.Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			h := newHand(t, thingset.Def{})
			h.put("r0", `,"n":0`)
			h.put("r1", `,"n":1`)
			h.settled("r1", `"n": 1`)
			h.until("all is settled", func() bool { return len(verify(t, h.top, false)) == 0 })
			k.Put(t, h.file("r1"))
			k.Put(t, h.file("r2"))
			told := func(id string) bool { return strings.Contains(fmt.Sprint(h.told()), id+".json") }
			h.until("it is told", func() bool { return told("r1") && told("r2") })
			h.write("r0", `{"id":"r0","n":7}`)
			h.until("another edit counts", func() bool { return h.get("r0") == "7" })
			for range 2 {
				if h.get("r1") != "1" || h.get("r2") != "-" {
					t.Errorf("r1 is %s, r2 %s", h.get("r1"), h.get("r2"))
				}
				h.mu.Lock()
				h.faults = nil
				h.mu.Unlock()
				h.reopen(nil)
				h.until("it is told again", func() bool { return told("r1") && told("r2") })
			}
			for n, line := range h.told() {
				for _, other := range h.told()[:n] {
					if line == other {
						t.Errorf("told twice: %s", line)
					}
				}
			}
			h.ok(h.s.Close())
			for _, repair := range []bool{false, true} {
				oddfile.Soon(t, "the doctor", func() {
					if list := fmt.Sprint(verify(t, h.top, repair)); !strings.Contains(list, "r1.json") || !strings.Contains(list, "r2.json") {
						t.Errorf("the doctor says %s", list)
					}
				})
			}
			if fi, err := os.Lstat(h.file("r1")); err != nil || k.Name == "a huge file" && fi.Size() != oddfile.Huge {
				t.Errorf("the doctor took what it could not read away: %v", err)
			}
			h.open(nil)
			h.ok(os.RemoveAll(h.file("r1")))
			h.write("r1", `{"id":"r1","n":11}`)
			h.until("the mended file counts", func() bool { return h.get("r1") == "11" })
		})
	}
}

// TestOddFilesInThePlaceOfTheEngines puts them where the engine's own files are.
func TestOddFilesInThePlaceOfTheEngines(t *testing.T) {
	t.Parallel()
	h, _ := packed(t)
	h.ok(os.WriteFile(filepath.Join(h.top, "demo", "set", "index", "loose.json"), []byte(`{"id":"loose"}`), 0o600))
	for _, file := range []string{"set/index/pack-1.keys", "set/index/pack-1.jsonl", "set/index", ".domain/journal/state", ".domain/journal/1.log", ".domain/journal/1.feed", ".domain/journal/tmp", ".domain/journal"} {
		for _, k := range oddfile.Kinds() {
			if k.Name == "a huge file" && strings.HasSuffix(file, ".log") {
				continue // a segment is read in parts
			}
			t.Run(k.Name+" as "+file, func(t *testing.T) {
				t.Parallel()
				top := copyTree(t, h.top)
				k.Put(t, filepath.Join(top, "demo", file))
				oddfile.Soon(t, "opening", func() {
					s := lasting(t, top, time.Millisecond)
					defer s.Close()
					if s.Define(t.Context(), "demo", "set", h.def) == nil {
						_, _ = s.Commit(t.Context(), "demo", []thingset.Write{{Set: "set", ID: "new", Body: []byte(`{"id":"new"}`)}})
					}
				})
				oddfile.Soon(t, "the doctor", func() { _ = Verify(filepath.Join(top, "demo"), false, func(Fault) {}) })
			})
		}
	}
}

// TestOddFilesInThePlaceOfFoldersThatAreInUse puts them where folders of records of a
// domain in use are: the doctor looks there beside the server, and waits for none.
func TestOddFilesInThePlaceOfFoldersThatAreInUse(t *testing.T) {
	t.Parallel()
	for _, k := range oddfile.Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			h := newHand(t, thingset.Def{})
			h.put("r0", `,"n":0`)
			h.until("all is settled", func() bool { return len(verify(t, h.top, false)) == 0 })
			k.Put(t, filepath.Dir(h.file("r0")))
			oddfile.Soon(t, "the doctor", func() { _ = h.s.Verify("demo", false, func(Fault) {}) })
			h.ok(os.RemoveAll(filepath.Dir(h.file("r0"))))
		})
	}
}

// TestARecordAsLargeAsAllowedIsReadFromItsFile holds that what a commit takes can
// be read from a person's file too, however it is printed.
func TestARecordAsLargeAsAllowedIsReadFromItsFile(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 150) + strings.Repeat("1,", 1<<19) + "1" + strings.Repeat("]", 150)
	for name, body := range map[string]string{
		"one text": `{"id":"big","s":"` + strings.Repeat("x", thingset.MaxRecord-19) + `"}`,
		"deep":     `{"id":"big","s":` + deep + `}`,
	} {
		text := recordText([]byte(body))
		if len(text) > maxText {
			t.Errorf("%s: %d bytes of text", name, len(text))
		}
		if back, err := readText(text, "big"); err != nil || string(back) != body {
			t.Errorf("%s: it comes back otherwise: %v", name, err)
		}
	}
}

func TestAFileThatIsNotUTF8IsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	h := newHand(t, thingset.Def{})
	h.put("r0", `,"n":0`)
	h.settled("r0", `"n": 0`)
	h.write("r0", "{\"id\":\"r0\",\n \"n\":1, \"nm\":\"\xd0\xa1\xb0\xd7\"}")
	h.until("it is told", func() bool { return strings.Contains(fmt.Sprint(h.told()), "line 2, column 16: the text is not UTF-8") })
	if h.get("r0") != "0" {
		t.Errorf("it counts: %s", h.get("r0"))
	}
	h.write("r0", `{"id":"r0","n":2}`)
	h.until("the mended file counts", func() bool { return h.get("r0") == "2" })
}

// TestARecordThatIsNotUTF8FromBeforeIsReadable makes a journal as a version wrote
// it that did not look: the record is there, and so it stays.
func TestARecordThatIsNotUTF8FromBeforeIsReadable(t *testing.T) {
	t.Parallel()
	h := newHand(t, thingset.Def{Unique: [][]string{{"nm"}}})
	h.reopen(func(o *Options) { o.Settle, o.Poll = time.Hour, time.Hour })
	h.put("old", `,"n":1,"nm":"WXYZ"`)
	h.put("other", `,"n":2,"nm":"b"`)
	top := copyTree(t, h.top)
	h.top = top
	file := journalFile(t, top)
	segment, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(file), ".log"))
	h.ok(err)
	data, err := os.ReadFile(file)
	h.ok(err)
	at, changed := 0, false
	for at < len(data) {
		place := frame.Place{File: segment, Offset: int64(at)}
		i := frame.Find(data[at:], place)
		if i < 0 {
			break
		}
		at += i
		place.Offset = int64(at)
		_, n, _ := frame.Open(data[at:], place)
		if j := bytes.Index(data[at:at+n], []byte("WXYZ")); j >= 0 {
			copy(data[at+j:], "\xd0\xa1\xb0\xd7")
			frame.Seal(data[at:at+n], place)
			changed = true
		}
		at += n
	}
	if !changed {
		t.Fatal("the journal does not hold the record")
	}
	h.ok(os.WriteFile(file, data, 0o600))
	for range 3 {
		h.open(nil)
		if h.get("old") != "1" || h.get("other") != "2" {
			t.Fatalf("old is %s, other %s; %q", h.get("old"), h.get("other"), h.told())
		}
		h.until("it is settled", func() bool { return len(verify(t, h.top, false)) == 0 })
		h.ok(h.s.Close())
	}
	if list := h.told(); len(list) > 0 {
		t.Errorf("told: %q", list)
	}
	h.open(nil)
	h.put("old", `,"n":3,"nm":"mended"`)
	if h.get("old") != "3" {
		t.Errorf("it cannot be mended: %s", h.get("old"))
	}
}
