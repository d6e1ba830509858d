package regapi

import (
	"cmp"
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/shell/syntax"
)

// faultAt is a fault at a place of a file.
func faultAt(file string, at syntax.Pos, msg domain.Text) domain.Fault {
	return domain.FaultAt(file, at.Line, at.Col, msg)
}

// scriptFaults takes an error of the compiler apart. One that knows no place
// stands at the script's beginning.
func scriptFaults(file string, at syntax.Pos, err error) []domain.Fault {
	list := shell.Faults(err)
	if len(list) == 0 {
		return []domain.Fault{faultAt(file, at, domain.TextOf(err))}
	}
	out := make([]domain.Fault, len(list))
	for i, e := range list {
		msg := domain.TextOf(e.Err)
		if e.Command != "" {
			msg = domain.Textf("%s: %s", "%s: %s", e.Command, msg)
		}
		out[i] = faultAt(file, e.Pos, msg)
	}
	return out
}

// posAt is the place of a byte offset in src, which begins at base.
func posAt(src string, base syntax.Pos, off int) syntax.Pos {
	before := src[:min(max(off, 0), len(src))]
	p := base
	p.Offset += len(before)
	if n := strings.Count(before, "\n"); n > 0 {
		p.Line += n
		p.Col = 1
		before = before[strings.LastIndexByte(before, '\n')+1:]
	}
	p.Col += len([]rune(before))
	return p
}

// broken reports whether a fault is more than a warning.
func broken(faults []domain.Fault) bool {
	for _, f := range faults {
		if !f.Warn {
			return true
		}
	}
	return false
}

// What is told of the faults of one file, and of one load in the log: nobody reads more, and
// each is looked for and kept.
const (
	maxFaults     = 100
	maxToldFaults = 100
)

// few are the faults of one file that are told, those that break it first, and how many
// more there are.
func few(faults []domain.Fault) []domain.Fault {
	if len(faults) <= maxFaults {
		return faults
	}
	faults = slices.Clone(faults)
	slices.SortStableFunc(faults, func(a, b domain.Fault) int { return cmp.Compare(rank(a), rank(b)) })
	last := faults[maxFaults-1]
	more := domain.FaultAt(last.File, last.Line, last.Col, domain.Textf("其余 %v 处问题不再列出", "%v more faults are not told", len(faults)-maxFaults+1))
	more.Warn = last.Warn
	return append(faults[:maxFaults-1], more)
}

// rank is 0 of a fault that breaks a file, 1 of a warning.
func rank(f domain.Fault) int {
	if f.Warn {
		return 1
	}
	return 0
}
