package filestore

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// ruled is a domain whose records have unique values u and no member bad.
func ruled(t *testing.T, loose int) *hand {
	t.Helper()
	h := newHand(t, thingset.Def{Loose: loose, Unique: [][]string{{"u"}}})
	h.reopen(h.ruled)
	for n := range 5 {
		h.put(fmt.Sprint("r", n), fmt.Sprintf(`,"n":%d,"u":"u%d"`, n, n))
	}
	settleNow(t, h.s)
	return h
}

func (h *hand) ruled(o *Options) {
	o.Check = func(_, _ string, body []byte) error {
		if gjson.GetBytes(body, "bad").Exists() {
			return domain.E("e.thing.fld.notNull", "bad")
		}
		return nil
	}
}

// Files that people have written by hand and that do not count are named by the doctor, with
// the reason and what to do; a repair leaves them alone. Those that count are none of it.
func TestTheDoctorNamesEditsThatDoNotCount(t *testing.T) {
	t.Parallel()
	for _, loose := range []int{0, -1} {
		for _, inUse := range []bool{false, true} {
			t.Run(fmt.Sprint(loose, inUse), func(t *testing.T) {
				t.Parallel()
				h := ruled(t, loose)
				if !inUse {
					h.ok(h.s.CloseDomain("demo"))
				}
				h.write("same", `{id: "same", u: "u1"}`)
				h.write("rule", `{id: "rule", bad: 1}`)
				h.write("good", `{id: "good", u: "new", n: 7}`)
				h.write("r2", `{id: "r2", u: "u3"}`)
				h.write("r4", `{"id":"r4","n":4,"u":"u4"}`)
				want := []string{
					"set/index/r2.json: the edit does not count, the thing stays as it was: its unique key [u] is that of r3; mend the file 编辑不计入，数据保持原样：唯一键 [u] 与 r3 相同；请改正该文件",
					"set/index/rule.json: it does not count: e.thing.fld.notNull : bad; mend it or remove it 不计入：e.thing.fld.notNull : 字段不能为空：bad；请改正或删除该文件",
					"set/index/same.json: it does not count: its unique key [u] is that of r1; mend it or remove it 不计入：唯一键 [u] 与 r1 相同；请改正或删除该文件",
				}
				if inUse {
					h.until("all were looked at", func() bool { return h.get("good") == "7" && len(h.told()) == 3 })
				}
				for _, repair := range []bool{false, true} {
					if got := h.names(repair); !slices.Equal(got, want) {
						t.Errorf("repair %v: %s", repair, strings.Join(got, "\n"))
					}
				}
				if data, err := os.ReadFile(h.file("same")); string(data) != `{id: "same", u: "u1"}` {
					t.Errorf("%s %v", data, err)
				}
				if left, _ := filepath.Glob(filepath.Join(h.top, "demo/set/index/.*.broken")); len(left) > 0 {
					t.Error(left)
				}
				for _, id := range []string{"same", "rule", "r2"} {
					h.write(id, fmt.Sprintf(`{id: %q, u: "own-%s", n: 8}`, id, id))
				}
				h.until("what was mended counts", func() bool { return h.get("same")+h.get("rule")+h.get("r2") == "888" })
				if got := h.names(false); len(got) > 0 {
					t.Error(got)
				}
			})
		}
	}
}

// names are the faults of the domain, in both languages, in order.
func (h *hand) names(repair bool) (list []string) {
	h.Helper()
	h.ok(h.s.Verify("demo", repair, func(f Fault) {
		list = append(list, fmt.Sprintf("%s: %s %s", f.File, f.Msg.EN, f.Msg.ZH))
		if f.Repaired {
			h.Errorf("%v is said to be repaired", f)
		}
	}))
	slices.Sort(list)
	return list
}

// An edit is no fault when what it clashes with has gone, or was edited too.
func TestTheDoctorLeavesEditsAloneThatWillCount(t *testing.T) {
	t.Parallel()
	for _, loose := range []int{0, -1} {
		h := ruled(t, loose)
		h.ok(h.s.CloseDomain("demo"))
		h.write("r1", `{id: "r1", u: "other", n: 1}`)
		h.write("same", `{id: "same", u: "u1"}`)
		if loose == 0 {
			h.ok(os.Remove(h.file("r2")))
			h.write("next", `{id: "next", u: "u2"}`)
		}
		if got := h.names(false); len(got) > 0 {
			t.Error(got)
		}
	}
}
