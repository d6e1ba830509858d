package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// guide are the pages of docs/ in the order in which a newcomer reads them: from
// the first endpoint to its tests and its documentation.
var guide = []string{
	"first-endpoint", "checking", "tracing", "testing", "documenting", "envelopes", "cron", "packs",
}

// typed begins a block of a page that a person types; other blocks are examples
// of files.
var typed = regexp.MustCompile(`^(carya|curl|mkdir|cat|echo) `)

// blocks are the indented blocks of a page, without their indentation.
func blocks(page string) (out []string) {
	var now []string
	flush := func() {
		if len(now) > 0 {
			out = append(out, strings.TrimRight(strings.Join(now, "\n"), "\n"))
		}
		now = nil
	}
	for line := range strings.Lines(page) {
		line = strings.TrimRight(line, "\n")
		text, indented := strings.CutPrefix(line, "    ")
		switch {
		case indented:
			now = append(now, text)
		case line == "" && len(now) > 0:
			now = append(now, "")
		default:
			flush()
		}
	}
	flush()
	return out
}

// Every line that the guide says to type works when it is typed, in order, in a
// fresh domain beside a running server.
func TestGuideWorksWhenTyped(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "shop", "--pack", "auth")
	s := r.serve("--limits", "off")
	ran := 0
	for _, name := range guide {
		page, err := os.ReadFile("../../docs/" + name + ".md")
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range blocks(string(page)) {
			if typed.MatchString(block) {
				ran++
				s.typeBlock(t, name, strings.ReplaceAll(block, "http://127.0.0.1:8080", s.url))
			}
		}
	}
	if ran < 15 {
		t.Errorf("only %d blocks were found", ran)
	}
}

// typeBlock types a block at a shell in the folder that holds domains/.
func (s *server) typeBlock(t *testing.T, page, block string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "sh", "-eu", "-c", block)
	c.Dir = filepath.Dir(s.dir)
	c.Env = append(os.Environ(), "CARYA_ROOT=", "CARYA_DOMAIN=", "LANG=en_US.UTF-8", "PATH="+filepath.Dir(s.exe)+":"+os.Getenv("PATH"))
	out, err := c.CombinedOutput()
	if err != nil {
		t.Errorf("docs/%s.md: %v\n%s\n--\n%s", page, err, block, out)
	} else if strings.Contains(string(out), "e.api.noexists") {
		t.Errorf("docs/%s.md: no endpoint answers\n%s\n--\n%s", page, block, out)
	}
}
