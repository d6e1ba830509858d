package thingset

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
)

// ending is a context that ends after so many looks at it.
type ending struct {
	context.Context
	looks int
}

func (e *ending) Err() error {
	if e.looks--; e.looks < 0 {
		return context.Canceled
	}
	return nil
}

// Whatever a match says and a record holds, looking at it ends with the context. Each of
// these would take minutes or hours.
func TestALookAtALargeRecordEndsWithItsContext(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 8<<20)
	list := strings.Repeat(`"aaaaaaaaaaaa",`, 1<<19) + `"b"`
	slow := `^(a|b|ab){1,100}(a*)*x`
	for _, c := range []struct{ match, body string }{
		{`{v:"` + slow + `"}`, `{"v":"` + long + `"}`},
		{`{v:"` + slow + `"}`, `{"v":[` + list + `]}`},
		{`{v:["!*","` + slow + `"]}`, `{"v":"` + long + `"}`},
		{`{"!v":"` + slow + `"}`, `{"v":"` + long + `"}`},
		{`{o:{v:"` + slow + `"}}`, `{"o":[{"v":"` + long + `"}]}`},
		{`{` + strings.Repeat(`"!x":1,`, 90) + `v:"y"}`, `{"w":"` + long + `","v":"y"}`},
	} {
		m, err := ParseMatch(c.match)
		if err != nil {
			t.Fatal(err)
		}
		if found, err := m.Match(&ending{t.Context(), 1}, []byte(c.body)); found || !errors.Is(err, context.Canceled) {
			t.Errorf("%.60s: %v %v", c.match, found, err)
		}
	}
}

// A match has at most so many conditions, on so many levels, whoever wrote it: each costs a
// look at every record.
func TestAMatchHasSoManyConditions(t *testing.T) {
	t.Parallel()
	keys := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,k%d:"a*"`, i)
		}
		return "{" + b.String()[1:] + "}"
	}
	list := func(n int, item string) string { return "[" + strings.Repeat(","+item, n)[1:] + "]" }
	nested := func(n int) string { return strings.Repeat("{a:", n) + "1" + strings.Repeat("}", n) }
	for _, c := range []struct {
		match string
		ok    bool
	}{
		{keys(100), true},
		{keys(101), false},
		{list(100, "{a:1}"), true},
		{list(101, "{a:1}"), false},
		{list(101, "{}"), false},
		{list(11, "{a:1,b:2,c:3,d:4,e:5,f:6,g:7,h:8,i:9,j:10}"), false},
		{`{a:` + list(99, `"x*"`) + `}`, true},
		{`{a:` + list(101, `"x*"`) + `}`, false},
		{`{a:` + list(101, `"[1,2]"`) + `}`, false},
		{`{a:` + list(101, `null`) + `}`, false},
		{`{a:` + list(51, `{b:1}`) + `}`, false},
		{`{id:` + list(10_000, `"d4j0q1ks1s7b4tvq1a2g"`) + `}`, true},
		{`{id:` + list(10_000, `7`) + `}`, true},
		{`{id:` + list(20_001, `7`) + `}`, false},
		{nested(10), true},
		{nested(11), false},
	} {
		_, err := ParseMatch(c.match)
		if (err == nil) != c.ok || err != nil && domain.CodeOf(err) != "e.thing.match" {
			t.Errorf("%.60s…, %d bytes: %v", c.match, len(c.match), err)
		}
	}
}
