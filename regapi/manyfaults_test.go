package regapi

import (
	"fmt"
	"strings"
	"testing"
)

// However much of a script is odd, so many faults are told of one file, and so many lines
// are written of one load.
func TestSoManyFaultsAreToldOfAFile(t *testing.T) {
	t.Parallel()
	var keys []string
	for n := range 20_000 {
		keys = append(keys, fmt.Sprintf("http-zz%d:1", n))
	}
	for name, script := range map[string]string{
		"warnings":     "echo " + strings.Repeat("${nobody}", 20_000),
		"no commands":  strings.Repeat("nocommand\n", 20_000),
		"both":         strings.Repeat("echo ${a} | nocommand\n", 5_000),
		"metadata":     "{" + strings.Join(keys[:4_000], ",") + "}\n%COPY:\necho\n%END%",
		"more of it":   "{" + strings.Join(keys, ",") + "}\n%COPY:\necho\n%END%",
		"no such word": "echo " + strings.Repeat("x", 100_000) + " | " + strings.Repeat("y", 100_000),
	} {
		w := newWorld(t)
		w.api("odd", script)
		w.get("/api/demo/odd")
		faults := w.h.Check(w.domain("demo"))
		if n := len(faults); n == 0 || n > maxFaults {
			t.Errorf("%s: %d faults", name, n)
		}
		if n := strings.Count(w.log.String(), "\n"); n == 0 || n > maxToldFaults+2 {
			t.Errorf("%s: %d lines of the log", name, n)
		}
	}
}
