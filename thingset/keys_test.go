package thingset

import (
	"bytes"
	"cmp"
	"slices"
	"testing"

	"github.com/caryahq/carya/domain/relaxed"
	"github.com/tidwall/gjson"
)

func TestSortKeysOrderValuesOfAllKinds(t *testing.T) {
	t.Parallel()
	order := []string{"null", "false", "true", "-1e308", "-2", "-1", "-0.5", "0", "1e-300", "0.5", "1", "2", "1e308", `""`, `"\u0000"`, `"\u0000\u0000"`, `"\u0000a"`, `"\u0001"`, `" "`, `"a"`, `"a\u0000"`, `"a\u0000b"`, `"aa"`, `"b"`, `"小"`, `[]`, `{}`}
	var last []byte
	for i, v := range order {
		k := SortKey(nil, gjson.Parse(v))
		if bytes.Compare(last, k) >= 0 || i > 0 && bytes.HasPrefix(k, last) {
			t.Errorf("%s does not sort after %s", v, order[i-1])
		}
		last = k
	}
	if !bytes.Equal(SortKey(nil, gjson.Parse("-0")), SortKey(nil, gjson.Parse("0.0"))) {
		t.Error("-0 is not 0")
	}
	if !bytes.Equal(SortKey(nil, gjson.Result{}), SortKey(nil, gjson.Parse("null"))) {
		t.Error("absent is not null")
	}
}

// An order tells nothing of what no answer shows, however deep it lies.
func TestSortKeysHoldNoSecrets(t *testing.T) {
	t.Parallel()
	for a, b := range map[string]string{
		`{"n":1,"passwd":"a"}`:             `{"n":1,"passwd":"b"}`,
		`{"n":1,"salt":"a"}`:               `{"n":1}`,
		`[1,{"x":[{"__k":"a","n":2}]}]`:    `[1,{"x":[{"__k":"b","n":2}]}]`,
		`{"n":1,"\u0070asswd":"a"}`:        `{"n":1,"passwd":"z"}`,
		`{"a":{"b":{"passwd":{"c":"1"}}}}`: `{"a":{"b":{"passwd":[2]}}}`,
	} {
		if ka, kb := SortKey(nil, gjson.Parse(a)), SortKey(nil, gjson.Parse(b)); !bytes.Equal(ka, kb) {
			t.Errorf("%s and %s: %q, %q", a, b, ka, kb)
		}
	}
	if bytes.Equal(SortKey(nil, gjson.Parse(`{"n":1,"passwd":"a"}`)), SortKey(nil, gjson.Parse(`{"n":2,"passwd":"a"}`))) {
		t.Error("what is shown orders nothing")
	}
}

func FuzzSortKeysOrderAsTexts(f *testing.F) {
	f.Add("a", "a\x00")
	f.Add("\x00\xff", "\x00\x01")
	f.Fuzz(func(t *testing.T, a, b string) {
		ka := SortKey(nil, gjson.Result{Type: gjson.String, Str: a})
		kb := SortKey(nil, gjson.Result{Type: gjson.String, Str: b})
		if bytes.Compare(ka, kb) != cmp.Compare(a, b) || a != b && bytes.HasPrefix(ka, kb) {
			t.Errorf("%q and %q: % x, % x", a, b, ka, kb)
		}
	})
}

func FuzzFieldFindsAnyName(f *testing.F) {
	for _, s := range []string{"a", "*", "#", "@this", "a|b", `\`, "!x", "{", "[", ":1", "0", "..", "小", " ", "\x00", "a?", "~"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		name = string(bytes.ReplaceAll(bytes.ToValidUTF8([]byte(name), nil), []byte("."), nil))
		if name == "" {
			return
		}
		body := append(relaxed.AppendString([]byte(`{"x":1,`), name), `:{"in":"found"}}`...)
		if name == "x" {
			return
		}
		if got := Field(body, name+".in").Str; got != "found" {
			t.Errorf("%s: %q", body, got)
		}
	})
}

func TestUniqueValues(t *testing.T) {
	t.Parallel()
	def := Def{Unique: [][]string{{"a"}, {"a", "b.c"}}}
	for _, c := range []struct {
		body string
		key  int
		want []string
	}{
		{`{"a":"x"}`, 0, []string{"x"}}, {`{"a":""}`, 0, nil}, {`{"a":null}`, 0, nil}, {`{}`, 0, nil}, {`{"a":1.0}`, 0, []string{"1"}}, {`{"a":-0}`, 0, []string{"0"}}, {`{"a":12345678901234567890}`, 0, []string{"12345678901234567890"}},
		{`{"a":1e3}`, 0, []string{"1000"}}, {`{"a":1e21}`, 0, []string{"1e+21"}}, {`{"a":false}`, 0, []string{"false"}},
		{`{"a":"x","b":{"c":"y"}}`, 1, []string{"x", "y"}}, {`{"a":"x","b":{}}`, 1, nil}, {`{"b":{"c":"y"}}`, 1, nil},
	} {
		got, ok := UniqueValues(def, c.key, []byte(c.body))
		if !slices.Equal(got, c.want) || ok != (c.want != nil) {
			t.Errorf("%s: %q", c.body, got)
		}
	}
}

func FuzzJoinValuesTellsListsApart(f *testing.F) {
	f.Add("a", "b", "ab", "")
	f.Add("1:a", "2:b", "1:a2", ":b")
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		same := a == c && b == d
		if (JoinValues([]string{a, b}) == JoinValues([]string{c, d})) != same {
			t.Errorf("%q %q, %q %q", a, b, c, d)
		}
	})
}

func TestExpi(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]int64{`{"expi":1700000000000}`: 1700000000000, `{"expi":0}`: 0, `{"expi":-5}`: 0, `{"expi":"17"}`: 0, `{}`: 0, `{"expi":1e300}`: 0, `{"expi":1.5e12}`: 1500000000000} {
		if got := Expi([]byte(body)); got != want {
			t.Errorf("%s: %d", body, got)
		}
	}
}

func BenchmarkUniqueValues(b *testing.B) {
	def := Def{Unique: [][]string{{"nm"}}}
	body := []byte(`{"id":"cq0000000000000000a","nm":"xiaobai","phone":"13910110054"}`)
	b.ReportAllocs()
	for b.Loop() {
		UniqueValues(def, 0, body)
	}
}
