// Package near finds the name that somebody probably meant.
package near

import "unicode/utf8"

// Name is the name closest to what somebody wrote, "" when none is close: at most a third
// of the letters may differ, and one of two.
func Name(wrote string, names []string) string {
	allowed := len(wrote) / 3
	if len(wrote) == 2 {
		allowed = 1
	}
	best, bestD := "", allowed+1
	length := utf8.RuneCountInString(wrote)
	for _, n := range names {
		if d := utf8.RuneCountInString(n) - length; max(d, -d) >= bestD {
			continue // at least as many differ
		}
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
