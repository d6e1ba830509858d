package filestore

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/oddfile"
	"github.com/caryahq/carya/thingset"
)

// eachOddPlace visits where the journal has something that cannot be anything else. A huge file
// in the place of a segment, and a folder in that of a folder, are none.
func eachOddPlace(t *testing.T, try func(t *testing.T, place string, k oddfile.Kind)) {
	for _, place := range []string{".domain/journal/tmp", ".domain/journal/dropped", ".domain/journal/0000000099.log", ".domain/journal"} {
		segment := strings.HasSuffix(place, ".log")
		for _, k := range oddfile.Kinds() {
			if segment && k.Name == "a huge file" || !segment && k.Name == "a folder" {
				continue
			}
			t.Run(k.Name+" as "+place, func(t *testing.T) {
				t.Parallel()
				try(t, place, k)
			})
		}
	}
}

// faultOf is the first fault of a file.
func faultOf(list []Fault, file string) (f Fault, ok bool) {
	i := slices.IndexFunc(list, func(f Fault) bool { return f.File == file })
	if i < 0 {
		return f, false
	}
	return list[i], true
}

// The doctor names what lies in the place of the journal's own folders and segments, and
// moves it away; nothing else is changed for it.
func TestTheDoctorMovesOddFilesOutOfTheJournal(t *testing.T) {
	t.Parallel()
	h, _ := packed(t)
	eachOddPlace(t, func(t *testing.T, place string, k oddfile.Kind) {
		top := copyTree(t, h.top)
		k.Put(t, filepath.Join(top, "demo", place))
		list := verify(t, top, false)
		if f, ok := faultOf(list, place); !ok || f.Repaired || len(list) > 1 {
			t.Errorf("the doctor says %v", list)
		}
		list = verify(t, top, true)
		if f, ok := faultOf(list, place); !ok || !f.Repaired || len(list) > 1 || !strings.Contains(f.Msg.ZH, ".kept") {
			t.Errorf("with --repair it says %v", list)
		}
		if list = verify(t, top, false); len(list) > 0 {
			t.Errorf("afterwards it says %v", list)
		}
		s := lasting(t, top, time.Millisecond)
		defer s.Close()
		if err := s.Define(t.Context(), "demo", "set", h.def); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Count(t.Context(), "demo", "set"); n != 40 || err != nil {
			t.Errorf("%d records, %v", n, err)
		}
	})
}

// So it does beside a server, which goes on.
func TestTheDoctorMovesOddFilesOutOfAJournalInUse(t *testing.T) {
	t.Parallel()
	eachOddPlace(t, func(t *testing.T, place string, k oddfile.Kind) {
		h := newHand(t, thingset.Def{})
		h.put("r0", `,"n":0`)
		h.until("all is settled", func() bool { return len(verify(t, h.top, false)) == 0 })
		k.Put(t, filepath.Join(h.top, "demo", place))
		var list []Fault
		h.ok(h.s.Verify("demo", false, func(f Fault) { list = append(list, f) }))
		if _, ok := faultOf(list, place); !ok {
			t.Errorf("the doctor says %v", list)
		}
		list = nil
		h.ok(h.s.Verify("demo", true, func(f Fault) { list = append(list, f) }))
		if f, ok := faultOf(list, place); !ok || !f.Repaired {
			t.Errorf("with --repair it says %v", list)
		}
		h.put("r1", `,"n":1`)
		if h.get("r0") != "0" || h.get("r1") != "1" {
			t.Errorf("r0 is %s, r1 %s", h.get("r0"), h.get("r1"))
		}
		list = nil
		h.ok(h.s.Verify("demo", false, func(f Fault) { list = append(list, f) }))
		if len(list) > 0 {
			t.Errorf("afterwards it says %v", list)
		}
	})
}

// A set of which something cannot be read is named, with all that is wrong with the others.
func TestTheDoctorGoesOnBehindASetThatCannotBeRead(t *testing.T) {
	t.Parallel()
	h, _ := packed(t)
	for _, place := range []string{"set/index", "set", "set/index/pack-1.jsonl", "set/index/pack-1.keys"} {
		folder := !strings.Contains(place, "pack-")
		for _, k := range oddfile.Kinds() {
			if k.Name != "a pipe" && k.Name != "a link to a device" && (folder || k.Name != "a folder") {
				continue
			}
			t.Run(k.Name+" as "+place, func(t *testing.T) {
				t.Parallel()
				top := copyTree(t, h.top)
				for _, beside := range []string{"a", "z"} {
					if err := os.MkdirAll(filepath.Join(top, "demo", beside, "index"), 0o755); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(filepath.Join(top, "demo", beside, "index", "r.json"), []byte("{"), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				k.Put(t, filepath.Join(top, "demo", place))
				s := lasting(t, top, time.Millisecond)
				defer s.Close()
				for _, how := range []string{"cold", "open", "repair"} {
					if how == "open" {
						if err := s.Define(t.Context(), "demo", "a", thingset.Def{}); domain.CodeOf(err) == "e.internal" {
							t.Fatal(err)
						}
					}
					var list []Fault
					if err := s.Verify("demo", how == "repair", func(f Fault) { list = append(list, f) }); err != nil {
						t.Errorf("%s: %v", how, err)
					}
					named := slices.ContainsFunc(list, func(f Fault) bool { return strings.HasPrefix(f.File+"/", "set/") })
					_, first := faultOf(list, "a/index/r.json")
					_, last := faultOf(list, "z/index/r.json")
					if !named || !first || !last {
						t.Errorf("%s: the doctor says %v", how, list)
					}
				}
			})
		}
	}
}

// So it does when the set is in use.
func TestTheDoctorGoesOnBehindASetInUseThatCannotBeRead(t *testing.T) {
	t.Parallel()
	h := newHand(t, thingset.Def{Loose: -1})
	h.put("r0", `,"n":0`)
	h.until("all is settled", func() bool { return len(verify(t, h.top, false)) == 0 })
	h.ok(os.MkdirAll(filepath.Join(h.top, "demo/z/index"), 0o755))
	h.ok(os.WriteFile(filepath.Join(h.top, "demo/z/index/r.json"), []byte("{"), 0o600))
	oddfile.Kinds()[0].Put(t, filepath.Join(h.top, "demo/set/index"))
	var list []Fault
	h.ok(h.s.Verify("demo", false, func(f Fault) { list = append(list, f) }))
	_, set := faultOf(list, "set/index")
	if _, last := faultOf(list, "z/index/r.json"); !set || !last {
		t.Errorf("the doctor says %v", list)
	}
	h.ok(os.RemoveAll(filepath.Join(h.top, "demo/set/index")))
}
