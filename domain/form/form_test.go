package form

import (
	"context"
	"fmt"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
)

// hostile are bodies of about n bytes that are made to cost more than they are long.
var hostile = []struct {
	name string
	make func(n int) string
	read func(p *Params, ctx context.Context, body string) error
}{
	{"site without a value", func(n int) string { return strings.Repeat("site&", n/5) }, encoded},
	{"ticket after ticket", func(n int) string { return strings.Repeat("ticket=x&", n/9) }, encoded},
	{"a without a value", func(n int) string { return strings.Repeat("a&", n/2) }, encoded},
	{"separators", func(n int) string { return strings.Repeat("&", n) }, encoded},
	{"escapes", func(n int) string { return strings.Repeat("%61=%62&", n/8) }, encoded},
	{"broken escapes", func(n int) string { return "a=" + strings.Repeat("%z", n/2) }, encoded},
	{"one long value", func(n int) string { return "a=" + strings.Repeat("+", n) }, encoded},
	{"members", func(n int) string { return `{"a":1` + strings.Repeat(`,"a":1`, n/6) + "}" }, inJSON},
	{"site as members", func(n int) string { return `{"a":1` + strings.Repeat(`,"site":1`, n/9) + "}" }, inJSON},
	{"items", func(n int) string { return `{"a":[1` + strings.Repeat(",1", n/2) + "]}" }, inJSON},
	{"brackets", func(n int) string { return strings.Repeat("[", n/2) + strings.Repeat("]", n/2) }, inJSON},
	{"open brackets", func(n int) string { return strings.Repeat("[", n) }, inJSON},
	{"escaped text", func(n int) string { return `{"a":"` + strings.Repeat(`\u0041`, n/6) + `"}` }, inJSON},
	{"empty parts", func(n int) string { return strings.Repeat("--B\r\n\r\n\r\n", n/9) + "--B--\r\n" }, inParts},
	{"parts", func(n int) string {
		return strings.Repeat("--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n", n/54) + "--B--\r\n"
	}, inParts},
	{"almost boundaries", func(n int) string {
		return "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n" + strings.Repeat("\r\n--", n/4) + "\r\n--B--\r\n"
	}, inParts},
	{"a part of heads", func(n int) string { return "--B\r\n" + strings.Repeat("A: b\r\n", n/6) + "\r\nx\r\n--B--\r\n" }, inParts},
	{"a part with a long head", func(n int) string { return "--B\r\nA: " + strings.Repeat("b", n) + "\r\n\r\nx\r\n--B--\r\n" }, inParts},
	{"a form of files", func(n int) string {
		return strings.Repeat("--B\r\nContent-Disposition: form-data; name=\"a\"; filename=\"f\"\r\n\r\n\r\n", n/68) + "--B--\r\n"
	}, inParts},
}

func encoded(p *Params, ctx context.Context, body string) error { return p.Form(ctx, body) }
func inJSON(p *Params, ctx context.Context, body string) error  { return p.JSON(ctx, []byte(body)) }
func inParts(p *Params, ctx context.Context, body string) error {
	return p.Multipart(ctx, strings.NewReader(body), "B")
}

// allocated is how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// A body of 8 MiB makes the decoder allocate a few times its length, not a hundred
// times, and no more than eight times what an eighth of it does.
func TestMemoryGrowsWithTheBodyAndNoFaster(t *testing.T) {
	for _, h := range hostile {
		cost := func(n int) uint64 {
			body := h.make(n)
			return allocated(func() { _ = h.read(new(Params), context.Background(), body) })
		}
		small, large := cost(1<<20), cost(8<<20)
		if limit := uint64(5*8<<20) + 4<<20; large > limit {
			t.Errorf("%s: 8 MiB cost %d MiB", h.name, large>>20)
		}
		if large > 10*small+1<<20 {
			t.Errorf("%s: 1 MiB costs %d KiB, 8 MiB %d KiB", h.name, small>>10, large>>10)
		}
	}
}

// 850 KB cost 40 s of a processor before; this ends at once also under the race
// detector. Every one is decoded or refused by a code.
func TestHostileBodiesAreDecodedOrRefused(t *testing.T) {
	t.Parallel()
	for _, h := range hostile {
		var p Params
		if err := p.Query("site=s&ticket=t"); err != nil {
			t.Fatal(err)
		}
		err := h.read(&p, t.Context(), h.make(850<<10))
		switch domain.CodeOf(err) {
		case "", "e.api.params", "e.api.body.toolarge", "e.api.request", "e.json":
		default:
			t.Errorf("%s: %v", h.name, err)
		}
		if len(p.List) > MaxParams {
			t.Errorf("%s: %d parameters", h.name, len(p.List))
		}
	}
}

// leaving is a context of somebody who goes after some looks at it.
type leaving struct {
	context.Context
	looks int
}

func (l *leaving) Err() error {
	if l.looks--; l.looks < 0 {
		return context.Canceled
	}
	return nil
}

// Nobody decodes for a client that has gone.
func TestDecodingEndsWhenTheClientIsGone(t *testing.T) {
	t.Parallel()
	members := `{"a":1` + strings.Repeat(`,"a":1`, 9000) + "}"
	for name, read := range map[string]func(*Params, context.Context) error{
		"form":      func(p *Params, ctx context.Context) error { return p.Form(ctx, strings.Repeat("a&", 9000)) },
		"JSON":      func(p *Params, ctx context.Context) error { return p.JSON(ctx, []byte(members)) },
		"multipart": func(p *Params, ctx context.Context) error { return inParts(p, ctx, hostile[14].make(54*900)) },
	} {
		var p Params
		if err := read(&p, &leaving{t.Context(), 2}); err != context.Canceled {
			t.Errorf("%s: %v", name, err)
		}
		if len(p.List) > 3*step {
			t.Errorf("%s: %d parameters for nobody", name, len(p.List))
		}
	}
}

// An error over a bound tells which and how much.
func TestBoundsAreTold(t *testing.T) {
	t.Parallel()
	part := "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n"
	for _, c := range []struct {
		err  func(*Params) error
		want string
	}{
		{func(p *Params) error { return p.Form(t.Context(), strings.Repeat("a&", MaxParams)) }, ""},
		{func(p *Params) error { return p.Form(t.Context(), strings.Repeat("a&", MaxParams+1)) }, "e.api.params : a request may have 10000 parameters"},
		{func(p *Params) error { return p.Query(strings.Repeat("a&", MaxParams+1)) }, "e.api.params : a request may have 10000 parameters"},
		{func(p *Params) error { return CheckQuery(strings.Repeat("a&", MaxParams+1)) }, "e.api.params : a request may have 10000 parameters"},
		{func(p *Params) error { return CheckQuery(strings.Repeat("a&", MaxParams)) }, ""},
		{func(p *Params) error { return inParts(p, t.Context(), strings.Repeat(part, MaxParts)+"--B--\r\n") }, ""},
		{func(p *Params) error { return inParts(p, t.Context(), strings.Repeat(part, MaxParts+1)+"--B--\r\n") }, "e.api.params : a multipart body may have 1000 parts"},
		{func(p *Params) error { return p.Multipart(t.Context(), nil, strings.Repeat("B", 71)) }, "e.api.params : a multipart boundary may have 70 bytes"},
		{func(p *Params) error {
			return inJSON(p, t.Context(), strings.Repeat("[", MaxDepth)+strings.Repeat("]", MaxDepth))
		}, ""},
		{func(p *Params) error {
			return inJSON(p, t.Context(), strings.Repeat("[", MaxDepth+1)+strings.Repeat("]", MaxDepth+1))
		}, "e.api.params : JSON may be nested 200 deep"},
		{func(p *Params) error { return inJSON(p, t.Context(), "[1"+strings.Repeat(",1", MaxValues)+"]") }, "e.api.params : JSON may hold 200000 values"},
	} {
		got := ""
		if err := c.err(new(Params)); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestTheQuerysSiteAndTicketCount(t *testing.T) {
	t.Parallel()
	var p Params
	if err := p.Query("a=1&site=q"); err != nil {
		t.Fatal(err)
	}
	if err := p.Form(t.Context(), "site=b&ticket=b&a=2&a=3"); err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(p.List)
	if want := "[{a 1 false []} {site q false []} {ticket b true []} {a 2 true []} {a 3 true []}]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if v, ok := p.Body("a"); v != "3" || !ok {
		t.Errorf("a is %q", v)
	}
	if _, ok := p.Body("site"); ok {
		t.Error("the body has a site")
	}
}

// Long lists are found by index, short ones by a walk: both find the same.
func TestManyParametersAreFoundAsFewAre(t *testing.T) {
	t.Parallel()
	for _, n := range []int{3, 30} {
		var p Params
		var b strings.Builder
		b.WriteString(`{"x":1`)
		for i := range n {
			fmt.Fprintf(&b, `,"k%d":[%d]`, i, i)
		}
		b.WriteString(`,"x":2}`)
		if err := p.JSON(t.Context(), []byte(b.String())); err != nil {
			t.Fatal(err)
		}
		first, _ := p.Member("x")
		last, _ := p.Body("x")
		k, _ := p.Member("k2")
		_, none := p.Member("y")
		if string(first) != "1" || last != "2" || string(k) != "[2]" || none {
			t.Errorf("%d: %s %s %s %v", n, first, last, k, none)
		}
	}
}

// FuzzFormIsWhatURLReads compares with net/url where that takes the form at all.
func FuzzFormIsWhatURLReads(f *testing.F) {
	for _, s := range []string{"a=1&b=2", "a&&=x", "%41=%zz", "a=b=c&a+b=%20", "&"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		var p Params
		if err := p.Form(t.Context(), raw); err != nil {
			t.Skip()
		}
		want, err := url.ParseQuery(raw)
		if err != nil {
			t.Skip()
		}
		got := url.Values{}
		for _, m := range p.List {
			got.Add(m.Name, m.Value)
		}
		for name := range want {
			if !slices.Equal(got[name], want[name]) {
				t.Errorf("%q: %q, want %q", name, got[name], want[name])
			}
		}
		if len(got) != len(want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}

// FuzzJSONMembersAreTheirText checks that a member's JSON is cut out of the body where
// it stands.
func FuzzJSONMembersAreTheirText(f *testing.F) {
	f.Add(`{"a": 1, "b" :[1, {"c":"d\n"}] ,"":null}`)
	f.Fuzz(func(t *testing.T, raw string) {
		var p Params
		if err := p.JSON(t.Context(), []byte(raw)); err != nil {
			t.Skip()
		}
		for _, m := range p.List {
			if text := string(m.JSON); !strings.Contains(raw, text) || text != strings.TrimSpace(text) || text == "" {
				t.Errorf("%q in %q", text, raw)
			}
			if m.Value != "" && m.JSON[0] != '"' && m.Value != string(m.JSON) {
				t.Errorf("%q is %q", m.JSON, m.Value)
			}
		}
	})
}
