package filestore

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/caryahq/carya/thingset"
)

// A link that leads out of the domain in the place of a folder or a file is named in words,
// in both languages, with a server and without one.
func TestTheDoctorNamesLinksThatLeadOut(t *testing.T) {
	t.Parallel()
	for _, place := range []string{"set", "set/index", "set/index/.pack-1.jsonl", "set/index/.pack-1.keys", "set/index/r0.json"} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			h := newHand(t, thingset.Def{})
			h.put("r0", `,"n":0`)
			settleNow(t, h.s)
			top := copyTree(t, h.top)
			name := filepath.Join(h.top, "demo", place)
			h.ok(os.RemoveAll(name))
			h.ok(os.Symlink(t.TempDir(), name))
			var list []Fault
			h.ok(h.s.Verify("demo", false, func(f Fault) { list = append(list, f) }))
			namesLink(t, "beside a server", list, place)
			h.ok(os.RemoveAll(filepath.Join(top, "demo", place)))
			h.ok(os.Symlink(t.TempDir(), filepath.Join(top, "demo", place)))
			namesLink(t, "without one", verify(t, top, false), place)
			h.ok(os.Remove(name))
		})
	}
}

func namesLink(t *testing.T, where string, list []Fault, place string) {
	t.Helper()
	said := func(f Fault) bool {
		return f.File == place && strings.Contains(f.Msg.EN, "a link that leads out of the domain lies in its place: remove it") &&
			strings.Contains(f.Msg.ZH, "指向域外的链接：请删除它")
	}
	if !slices.ContainsFunc(list, said) || strings.Contains(list[0].Msg.EN+list[0].Msg.ZH, "escapes") {
		t.Errorf("%s: %v", where, list)
	}
}
