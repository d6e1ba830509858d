package thingset_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// fill fills a set with things whose n is their number.
func fill(t testing.TB, set *thingset.Set, n int) {
	t.Helper()
	for from := 0; from < n; from += 5000 {
		docs := make([][]byte, 0, 5000)
		for i := from; i < min(n, from+5000); i++ {
			docs = append(docs, fmt.Appendf(nil, `{"nm":"thing %d","n":%d}`, i, i))
		}
		if _, err := set.CreateAll(t.Context(), docs); err != nil {
			t.Fatal(err)
		}
	}
}

// A query that looks at many things waits for its turn now and then, however few of them
// match, and ends with the error that it is told there.
func TestALongScanTakesTurns(t *testing.T) {
	t.Parallel()
	set := newSet(t, newDB(t), "things", `{indexes:["n"]}`)
	fill(t, set, 20_000)
	over := errors.New("no turn any more")
	for name, q := range map[string]thingset.Query{
		"filter":          {Match: match(t, `{nm:"*nothing"}`)},
		"filter and sort": {Match: match(t, `{nm:"*9"}`), Sort: order(t, `{nm:1}`), Limit: 3},
		"order":           {Match: match(t, `{nm:"*nothing"}`), Sort: order(t, `{n:-1}`), Limit: 3},
		"index":           {Match: match(t, `{n:"[0,)",nm:"*nothing"}`)},
	} {
		n, until := 0, 1000
		ctx := context.WithValue(t.Context(), domain.PaceKey{}, func() error {
			if n++; n == until {
				return over
			}
			return nil
		})
		if _, err := set.Query(ctx, q); err != nil || n < 10 {
			t.Errorf("%s: %d turns, %v", name, n, err)
		}
		n, until = 0, 5
		if _, err := set.Query(ctx, q); !errors.Is(err, over) || n != until {
			t.Errorf("%s: %v after %d turns, want %v", name, err, n, until)
		}
	}
	if _, err := set.Query(t.Context(), thingset.Query{Match: match(t, `{nm:"*nothing"}`)}); err != nil {
		t.Errorf("without turns: %v", err)
	}
}

// BenchmarkScan is an unindexed filter that nothing matches: ns of one thing, with turns
// and without.
func BenchmarkScan(b *testing.B) {
	const n = 100_000
	set := newSet(b, newDB(b), "things", `{}`)
	fill(b, set, n)
	q := thingset.Query{Match: match(b, `{nm:"*nothing"}`)}
	for name, ctx := range map[string]context.Context{
		"alone": b.Context(),
		"paced": context.WithValue(b.Context(), domain.PaceKey{}, func() error { return nil }),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := set.Query(ctx, q); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/thing")
		})
	}
}
