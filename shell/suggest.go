package shell

import "github.com/caryahq/carya/domain"

// nearest is the name closest to what somebody wrote, "" when none is close:
// at most a third of the letters may differ, and one of two.
func nearest(wrote string, names []string) string {
	allowed := len(wrote) / 3
	if len(wrote) == 2 {
		allowed = 1
	}
	best, bestD := "", allowed+1
	for _, n := range names {
		if d := distance(wrote, n); d < bestD {
			best, bestD = n, d
		}
	}
	return best
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbours that make b of a (optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, prev, cur := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(x); i++ {
		cur[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(y)]
}

// didYouMean is a hint for a wrong name, empty when nothing is near.
func didYouMean(prefix, wrote string, names []string) domain.Text {
	if n := nearest(wrote, names); n != "" {
		return domain.Textf("，是不是 %s？", "; did you mean %s?", prefix+n)
	}
	return domain.Text{}
}

// wrongName is a name that is none, with a hint.
func wrongName(name string, hint domain.Text) domain.Text {
	return domain.Textf("%s%s", "%s%s", name, hint)
}

// Nearest is the name closest to what somebody wrote, "" when none is close: what
// the compiler itself suggests by.
func Nearest(wrote string, names []string) string { return nearest(wrote, names) }
