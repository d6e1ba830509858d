package rows

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/caryahq/carya/thingset"
)

func account(i int) (string, []byte) {
	id := fmt.Sprintf("d%019d", i)
	return id, fmt.Appendf(nil, `{"id":%q,"nm":"user%07d","phone":"139%08d","email":"user%07d@example.com","ct":%d,"lm":%d}`, id, i, i, i, 1700000000000+i, 1700000000000+i*7%1000003)
}

func accounts() thingset.Def {
	return thingset.Def{Unique: [][]string{{"nm"}, {"phone"}, {"email"}}}
}

// BenchmarkMillion fills a table with 1,000,000 accounts; B/row is what stays.
func BenchmarkMillion(b *testing.B) {
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		tab := NewTable(NewShape(accounts()), NewCache(0))
		l := tab.Load(1_000_000)
		const n = 1_000_000
		var keys Keys
		start := time.Now()
		for i := range n {
			id, body := account(i)
			keys = tab.Shape().AppendKeys(keys[:0], id, body)
			l.Put(keys, 1, Place{})
		}
		put := time.Now()
		l.End(0, func(Row, Row, int) { b.Fatal("clash") })
		b.ReportMetric(put.Sub(start).Seconds(), "s/put")
		b.ReportMetric(time.Since(put).Seconds(), "s/end")
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/n, "B/row")
		runtime.KeepAlive(tab)
	}
}

func BenchmarkUpdateAmongMillion(b *testing.B) {
	tab := NewTable(NewShape(accounts()), NewCache(0))
	l := tab.Load(1_000_000)
	const n = 1_000_000
	for i := range n {
		id, body := account(i)
		l.Put(tab.Shape().AppendKeys(nil, id, body), 1, Place{})
	}
	l.End(0, func(Row, Row, int) {})
	b.ReportAllocs()
	var keys Keys
	for i := 0; b.Loop(); i++ {
		id, body := account(i * 7919 % n)
		keys = tab.Shape().AppendKeys(keys[:0], id, body)
		old := tab.Find(id)
		tab.Add(keys, 2, Place{}, old)
		tab.Release(old)
	}
}
