package domain

import "strings"

// markdownInit blanks out everything but the fenced blocks that hold a block's
// line, so that places stay what they are.
func markdownInit(src string) string {
	var out, fence strings.Builder
	inside, script := false, false
	for line := range strings.Lines(src) {
		bare := strings.TrimSpace(line)
		if strings.HasPrefix(bare, "```") {
			if inside && script {
				out.WriteString(fence.String())
			} else {
				out.WriteString(blankOut(fence.String()))
			}
			out.WriteString(blankOut(line))
			fence.Reset()
			inside, script = !inside, false
			continue
		}
		if !inside {
			out.WriteString(blankOut(line))
			continue
		}
		kind, _, _ := strings.Cut(strings.TrimPrefix(bare, "@"), " ")
		script = script || strings.HasPrefix(bare, "@") && initKind(kind)
		fence.WriteString(line)
	}
	return out.String() + blankOut(fence.String())
}

// blankOut keeps only the line ends.
func blankOut(s string) string { return strings.Repeat("\n", strings.Count(s, "\n")) }
