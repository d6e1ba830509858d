package storetest

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/caryahq/carya/thingset"
	"github.com/tidwall/gjson"
)

func scans() []check {
	return []check{
		{"scan by id", checkScanID},
		{"scan orders values of all kinds", checkScanKinds},
		{"scan within bounds, both ways", checkScanBounds},
		{"scan by ct and lm", checkScanTimes},
		{"scan stops when asked", checkScanStop},
		{"scan may write meanwhile", checkScanWrite},
	}
}

// key is the sort key of a JSON value.
func key(json string) []byte { return thingset.SortKey(nil, gjson.Parse(json)) }

func checkScanID(b *bench) {
	b.define(people())
	b.commit(put("b", ""), put("a", ""), put("d", ""), put("c", ""))
	b.same(b.scan(thingset.Range{}), []string{"a", "b", "c", "d"})
	b.same(b.scan(thingset.Range{Index: "id", Desc: true}), []string{"d", "c", "b", "a"})
	b.same(b.scan(thingset.Range{Index: "id", From: key(`"b"`), To: key(`"d"`)}), []string{"b", "c"})
	b.same(b.scan(thingset.Range{Index: "id", From: key(`"b"`), To: key(`"d"`), Desc: true}), []string{"c", "b"})
	b.same(b.scan(thingset.Range{From: key(`"bb"`)}), []string{"c", "d"})
}

func checkScanKinds(b *bench) {
	b.define(people())
	values := []string{"null", "false", "true", "-1e9", "-2", "-1.5", "0", "0.5", "3", "10", "1e300", `""`, `"10"`, `"9"`, `"a"`, `"a\u0000"`, `"ab"`, `"小"`, `[1]`, `{"a":1}`}
	var want []string
	var batch []thingset.Write
	for i, v := range values {
		id := fmt.Sprintf("r%02d", i)
		want = append(want, id)
		batch = append(batch, put(id, `"age":`+v))
	}
	slices.Reverse(batch)
	b.commit(batch...)
	b.same(b.scan(thingset.Range{Index: "age"}), want)
	slices.Reverse(want)
	b.same(b.scan(thingset.Range{Index: "age", Desc: true}), want)
}

func checkScanBounds(b *bench) {
	b.define(people())
	ages := []int{5, 1, 3, 3, 2, 3, 9, 3}
	for i, n := range ages {
		b.commit(put(fmt.Sprint("r", i), fmt.Sprintf(`"age":%d`, n)))
	}
	for from := -1; from <= 10; from++ {
		for to := -1; to <= 10; to++ {
			b.bounds(ages, from, to)
		}
	}
}

// bounds holds a scan against what the ages say; -1 is an open end.
func (b *bench) bounds(ages []int, from, to int) {
	b.Helper()
	r := thingset.Range{Index: "age"}
	if from >= 0 {
		r.From = key(fmt.Sprint(from))
	}
	if to >= 0 {
		r.To = key(fmt.Sprint(to))
	}
	type at struct{ age, i int }
	var in []at
	for i, n := range ages {
		if n >= from && (to < 0 || n < to) {
			in = append(in, at{n, i})
		}
	}
	slices.SortFunc(in, func(a, b at) int { return (a.age-b.age)*100 + a.i - b.i })
	want := []string{}
	for _, a := range in {
		want = append(want, fmt.Sprint("r", a.i))
	}
	b.same(b.scan(r), want)
	slices.Reverse(want)
	r.Desc = true
	b.same(b.scan(r), want)
}

func checkScanTimes(b *bench) {
	b.define(thingset.Def{})
	b.commit(put("a", `"ct":3,"lm":30`), put("b", `"ct":1,"lm":40`), put("c", `"ct":2,"lm":10`))
	b.same(b.scan(thingset.Range{Index: "ct"}), []string{"b", "c", "a"})
	b.same(b.scan(thingset.Range{Index: "lm", Desc: true}), []string{"b", "a", "c"})
	b.commit(put("c", `"ct":2,"lm":50`))
	b.same(b.scan(thingset.Range{Index: "lm", From: key("40")}), []string{"b", "c"})
}

func checkScanStop(b *bench) {
	b.define(people())
	for i := range 100 {
		b.commit(put(fmt.Sprintf("r%03d", i), ""))
	}
	n := 0
	for range b.s.Scan(b.Context(), dom, set, thingset.Range{}) {
		if n++; n == 3 {
			break
		}
	}
	b.same(n, 3)
	b.commit(put("x", ""))
}

// checkScanWrite changes the set from inside the walk, the walked index
// included.
func checkScanWrite(b *bench) {
	b.define(people())
	const n = 200
	var batch []thingset.Write
	for i := range n {
		batch = append(batch, put(fmt.Sprintf("r%03d", i), fmt.Sprintf(`"age":%d`, i)))
	}
	b.commit(batch...)
	seen := map[string]int{}
	for rec, err := range b.s.Scan(b.Context(), dom, set, thingset.Range{Index: "age"}) {
		b.ok(err)
		if !bytes.Contains(rec.Body, []byte(rec.ID)) {
			b.Fatalf("%s has the body %s", rec.ID, rec.Body)
		}
		seen[rec.ID]++
		b.commit(put(rec.ID, fmt.Sprintf(`"age":%d`, 1000+len(seen))))
	}
	for id, times := range seen {
		if times > 1 {
			b.Errorf("%s was seen %d times", id, times)
		}
	}
	b.same(len(seen), n)
}
