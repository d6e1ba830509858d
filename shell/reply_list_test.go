package shell

import (
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
)

// A list whose items come one by one is printed as one that is there as a whole.
func TestReplyListPrintsWhatReplyPrints(t *testing.T) {
	t.Parallel()
	long := `{"text":"` + strings.Repeat("x [0] ", 20_000) + `"}`
	lists := []string{"[]", `[{"a":1}]`, `[{"a":1,"b":null},{},[1,[]],"0, [0]",null,{"c":{"d":[{"e":null}]}}]`, "[" + long + "," + long + "," + long + "]"}
	items := func(list string) iter.Seq2[[]byte, error] {
		return func(yield func([]byte, error) bool) {
			gjson.Parse(list).ForEach(func(_, item gjson.Result) bool { return yield([]byte(item.Raw), nil) })
		}
	}
	for _, list := range lists {
		reg := testRegistry(
			do("whole", func(c *Call) error { return c.Reply([]byte(list)) }),
			do("parts", func(c *Call) error { return c.ReplyList(items(list)) }),
			do("wholepage", func(c *Call) error { return c.Reply([]byte(`{"list":` + list + `,"pager":{"pn":10,"sum":0}}`)) }),
			do("page", func(c *Call) error {
				return c.ReplyPaged(items(list), func() []byte { return []byte(`{"pn":10,"sum":0}`) })
			}))
		for _, style := range []string{"", " -c", " -n", " -cqn", " -ajax", " -ajax -c", " -ajax -n", " -ajax -cqn"} {
			for _, way := range [][2]string{{"whole", "parts"}, {"wholepage", "page"}} {
				want, err := runLine(t, reg, way[0]+style, nil)
				if err != nil {
					t.Fatal(err)
				}
				expect(t, reg, way[1]+style, nil, want)
			}
		}
	}
}

// An error before much was printed leaves nothing of the list: the envelope says what
// was wrong.
func TestReplyListThatFailsSoonPrintsNothing(t *testing.T) {
	t.Parallel()
	failed := domain.E("e.thing.noexists")
	reg := testRegistry(do("parts", func(c *Call) error {
		return c.ReplyList(func(yield func([]byte, error) bool) {
			if yield([]byte(`{"a":1}`), nil) {
				yield(nil, failed)
			}
		})
	}))
	if got, err := runLine(t, reg, "parts", nil); got != "" || !errors.Is(err, failed) {
		t.Errorf("%q %v", got, err)
	}
	if got, _ := runLine(t, reg, "parts -ajax -c", nil); !strings.HasPrefix(got, `{"ok":false,"errCode":"e.thing.noexists"`) {
		t.Errorf("%q", got)
	}
}

// Items are printed as they come: who reads only the beginning of an endless list
// gets it, and then the list ends.
func TestReplyListGathersNoItems(t *testing.T) {
	t.Parallel()
	endless := func(yield func([]byte, error) bool) {
		for yield([]byte(`{"a":1}`), nil) {
		}
	}
	reg := testRegistry(first(),
		do("endless", func(c *Call) error { return c.ReplyList(endless) }),
		do("page", func(c *Call) error { return c.ReplyPaged(endless, func() []byte { return nil }) }))
	expect(t, reg, "endless -c | first", nil, "[")
	expect(t, reg, "page -c | first", nil, "{")
}
