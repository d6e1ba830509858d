package packs

import (
	"slices"
	"strings"
)

// maxMerge bounds the lines of a file that is merged; a longer one that both
// sides changed is a conflict.
const maxMerge = 4000

// Merge is a three-way merge by lines: what either side did to base is in the
// result. It is false when both changed the same lines, each in its own way.
func Merge(base, mine, theirs string) (string, bool) {
	switch {
	case mine == theirs || theirs == base:
		return mine, true
	case mine == base:
		return theirs, true
	}
	o, a, b := lines(base), lines(mine), lines(theirs)
	if max(len(o), len(a), len(b)) > maxMerge {
		return "", false
	}
	m := merger{o: o, a: a, b: b, inA: matches(o, a), inB: matches(o, b)}
	return m.merge()
}

// lines are the lines of a text with their ends.
func lines(s string) []string { return slices.Collect(strings.Lines(s)) }

// matches gives for each line of a its partner in b, or -1, by a longest common
// subsequence.
func matches(a, b []string) []int {
	long := make([][]int32, len(a)+1)
	for i := range long {
		long[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				long[i][j] = long[i+1][j+1] + 1
			} else {
				long[i][j] = max(long[i+1][j], long[i][j+1])
			}
		}
	}
	out := make([]int, len(a))
	for i, j := 0, 0; i < len(a); i++ {
		out[i] = -1
		for j < len(b) && a[i] != b[j] && long[i][j+1] >= long[i+1][j] && long[i][j] == long[i][j+1] {
			j++
		}
		if j < len(b) && a[i] == b[j] {
			out[i] = j
			j++
		}
	}
	return out
}

// merger walks from one line that all three have to the next.
type merger struct {
	o, a, b  []string
	inA, inB []int
	out      []string
}

func (m *merger) merge() (string, bool) {
	i, j, k := 0, 0, 0
	for {
		next := i
		for next < len(m.o) && (m.inA[next] < j || m.inB[next] < k) {
			next++
		}
		ja, kb := len(m.a), len(m.b)
		if next < len(m.o) {
			ja, kb = m.inA[next], m.inB[next]
		}
		if !m.chunk(m.o[i:next], m.a[j:ja], m.b[k:kb]) {
			return "", false
		}
		if next == len(m.o) {
			return strings.Join(m.out, ""), true
		}
		m.out = append(m.out, m.o[next])
		i, j, k = next+1, ja+1, kb+1
	}
}

// chunk takes the side that changed something between two common lines.
func (m *merger) chunk(o, a, b []string) bool {
	switch {
	case slices.Equal(a, b), slices.Equal(o, b):
		m.out = append(m.out, a...)
	case slices.Equal(o, a):
		m.out = append(m.out, b...)
	default:
		return false
	}
	return true
}
