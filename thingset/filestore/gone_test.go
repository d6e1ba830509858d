package filestore

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caryahq/carya/thingset"
)

// goneCase is something that was removed from a set, and what the doctor has to say of it,
// in both languages, on a line about a place.
type goneCase struct {
	glob, place  string
	cold, beside []string
}

var goneCases = []goneCase{
	{"set", "set/index", []string{"the folder is gone", "put it back", "--repair", "make an empty folder ~/set", "carya rm -r '~/set'", "目录不见了", "请放回原处", "空目录"},
		[]string{"the folder is gone", "put it back", "--repair writes all of them anew", "carya rm -r '~/set'", "目录不见了", "重新写入"}},
	{"set/index", "set/index", []string{"the folder is gone", "or remove the set with carya rm -r '~/set'", "或用 carya rm -r '~/set'"},
		[]string{"the folder is gone", "or remove the set with carya rm -r '~/set'"}},
	{"set/index/*pack-1.*", "", []string{"pack-1 is gone; put it back", "--repair", "carya rm -r", "pack-1 不见了；请放回原处"},
		[]string{".jsonl: the file is missing", "put it back", "--repair writes all of them anew", "缺少该文件；只要服务器还在运行"}},
	{"set/index/*pack-1.jsonl", "", []string{".jsonl: the file is missing; put it back", "--repair", "carya rm -r", "缺少该文件；请放回原处"},
		[]string{".jsonl: the file is missing", "put it back", "--repair writes all of them anew"}},
}

// What is gone of a set is named, and what a person can do about it, with a server and
// without one.
func TestTheDoctorSaysWhatToDoAboutWhatIsGone(t *testing.T) {
	t.Parallel()
	for _, c := range goneCases {
		for _, loose := range []int{0, -1} {
			t.Run(fmt.Sprint(c.glob, loose), func(t *testing.T) {
				t.Parallel()
				h := newHand(t, thingset.Def{Loose: loose})
				h.put("r0", `,"n":0`)
				settleNow(t, h.s)
				names, err := filepath.Glob(filepath.Join(h.top, "demo", c.glob))
				h.ok(err)
				for _, name := range names {
					h.ok(os.RemoveAll(name))
				}
				var list []Fault
				h.ok(h.s.Verify("demo", false, func(f Fault) { list = append(list, f) }))
				saysAll(t, "beside a server", list, c.place, c.beside)
				saysAll(t, "without one", verify(t, copyTree(t, h.top), false), c.place, c.cold)
				h.repairInUse()
			})
		}
	}
}

// saysAll holds when the first fault says some things in both languages.
func saysAll(t *testing.T, where string, list []Fault, place string, say []string) {
	t.Helper()
	if len(list) != 1 || place != "" && list[0].File != place {
		t.Errorf("%s: %v", where, list)
		return
	}
	for _, one := range say {
		if !strings.Contains(list[0].String()+list[0].In("zh-CN"), one) {
			t.Errorf("%s: %q is not in %s / %s", where, one, list[0], list[0].In("zh-CN"))
		}
	}
}

// The lines of a pack are gone: the doctor counts and names the things that only they had,
// and says where the others are.
func TestTheDoctorNamesWhatAPackWithoutLinesHeld(t *testing.T) {
	t.Parallel()
	for _, loose := range []int{0, -1} {
		h := newHand(t, thingset.Def{Loose: loose})
		for n := range 30 {
			h.put(fmt.Sprintf("r%02d", n), fmt.Sprintf(`,"n":%d`, n))
		}
		settleNow(t, h.s)
		top := copyTree(t, h.top)
		removeAll(t, filepath.Join(top, "demo/set/index/*pack-1.jsonl"))
		want := []string{"things that only it had are lost (30): r00, ", "r19 and 10 more", "只在其中的 30 条数据已丢失：r00, ", "kept as ~/"}
		look := []string{"things that only it has (30): r00", "有 30 条数据只在其中：r00"}
		if loose == 0 {
			h.ok(os.Remove(filepath.Join(top, "demo/set/index/r07.json")))
			want = []string{"things that only it had are lost (1): r07; things that go on as their own files, the journal or other packs have them (29): r00", "只在其中的 1 条数据已丢失：r07；有 29 条在别处"}
			look = []string{"things that only it has (1): r07"}
		}
		saysAll(t, "looking", verify(t, top, false), "", look)
		saysAll(t, "repairing", verify(t, top, true), "", want)
		if list := verify(t, top, false); len(list) > 0 {
			t.Error(list)
		}
	}
}
