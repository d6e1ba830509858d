package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// guideBlocks are the fenced blocks of a page: what is typed, and behind it what
// is printed, "" when the page does not say.
func guideBlocks(t *testing.T, file string) (out [][2]string) {
	t.Helper()
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	kind := ""
	for line := range strings.Lines(string(page)) {
		fence, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case isFence && kind == "":
			if kind = fence; kind == "sh" {
				out = append(out, [2]string{})
			}
		case isFence:
			kind = ""
		case kind == "sh":
			out[len(out)-1][0] += line
		case kind == "text":
			out[len(out)-1][1] += line
		}
	}
	return out
}

func TestTheGuideOfThingsWorksWhenTyped(t *testing.T) {
	t.Parallel()
	typeGuide(t, "../../docs/things.md", 8)
}

func TestThePageOfTheStoreWorksWhenTyped(t *testing.T) {
	t.Parallel()
	typeGuide(t, "../../docs/store.md", 3)
}

func TestTheGuideOfSendersWorksWhenTyped(t *testing.T) {
	t.Parallel()
	typeGuide(t, "../../docs/senders.md", 4)
}

// typeGuide checks that a guide's lines work when typed, in an empty folder, one
// after the other.
func typeGuide(t *testing.T, file string, least int) {
	t.Helper()
	exe, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	blocks := guideBlocks(t, file)
	if len(blocks) < least {
		t.Fatalf("only %d blocks", len(blocks))
	}
	dir := t.TempDir()
	for _, b := range blocks {
		c := exec.CommandContext(t.Context(), "sh", "-eu", "-c", b[0])
		c.Dir = dir
		c.Env = append(os.Environ(), "PATH="+filepath.Dir(exe)+":"+os.Getenv("PATH"), "HOME="+dir, "LANG=en_US.UTF-8", "CARYA_ROOT=", "CARYA_DOMAIN=")
		var out, errs bytes.Buffer
		c.Stdout, c.Stderr = &out, &errs
		if err := c.Run(); err != nil || b[1] != "" && out.String() != b[1] {
			t.Errorf("%s%v\n%s--- printed\n%s--- the page says\n%s", b[0], err, errs.String(), out.String(), b[1])
		}
	}
}
