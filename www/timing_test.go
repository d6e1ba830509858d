package www

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
)

// TestNobodyIsKnownByTheTimeOfARefusal compares what refusals cost: an account
// that there is not, one without a password, and a wrong password. The three
// are tried in turn, in random order, so that a busy machine burdens all alike;
// the bound of the Kolmogorov-Smirnov distance is one that equal distributions
// pass 999,999 times of a million.
func TestNobodyIsKnownByTheTimeOfARefusal(t *testing.T) {
	const tries = 200
	w := newWorld(t)
	w.s.o.Hash = Hash{Memory: 1024, Time: 1, Threads: 1}
	kinds := []string{"unknown", "bare", "known"}
	for i := range tries {
		w.owner().must(fmt.Sprintf(`www account ~/www -new '{nm:"bare%d"}'`, i))
		w.owner().must(fmt.Sprintf(`www account ~/www -new '{nm:"known%d",passwd:"%s"}'`, i, passwd))
	}
	var took [3][]float64
	answers := map[string]bool{}
	for i := range tries {
		for _, k := range rand.Perm(len(kinds)) {
			line := fmt.Sprintf(`www auth ~/www %s%d -p 'wrong password'`, kinds[k], i)
			from := w.request(fmt.Sprintf("192.0.2.%d-%d", k, i), "")
			begun := time.Now()
			_, err := from.run(line)
			took[k] = append(took[k], float64(time.Since(begun)))
			e := domain.AsError(err)
			answers[fmt.Sprint(e.Code, e.Kind, e.Detail, e.Data)] = true
		}
	}
	if len(answers) != 1 {
		t.Errorf("the answers differ: %v", answers)
	}
	limit := math.Sqrt(-math.Log(1e-6/2)/2) * math.Sqrt(2.0/tries)
	for _, pair := range [][2]int{{0, 1}, {0, 2}, {1, 2}} {
		a, b := took[pair[0]], took[pair[1]]
		if d := distance(a, b); d > limit {
			t.Errorf("%s (median %v) can be told from %s (median %v): distance %.3f > %.3f",
				kinds[pair[0]], median(a), kinds[pair[1]], median(b), d, limit)
		}
	}
}

// distance is the Kolmogorov-Smirnov distance of two samples. It sorts them.
func distance(a, b []float64) (d float64) {
	slices.Sort(a)
	slices.Sort(b)
	for _, x := range slices.Concat(a, b) {
		d = max(d, math.Abs(below(a, x)-below(b, x)))
	}
	return d
}

// below is the part of a sorted sample that is at most x.
func below(sorted []float64, x float64) float64 {
	i, _ := slices.BinarySearchFunc(sorted, x, func(v, x float64) int {
		if v <= x {
			return -1
		}
		return 1
	})
	return float64(i) / float64(len(sorted))
}

func median(sorted []float64) time.Duration { return time.Duration(sorted[len(sorted)/2]) }

func TestDistanceTellsSamplesApart(t *testing.T) {
	t.Parallel()
	a, b := []float64{1, 2, 3, 4}, []float64{5, 6, 7, 8}
	if d := distance(a, b); d != 1 {
		t.Errorf("apart: %v", d)
	}
	if d := distance(a, slices.Clone(a)); d != 0 {
		t.Errorf("alike: %v", d)
	}
}
