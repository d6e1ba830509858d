package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every test that `make test` leaves out of the run with the race detector is in a package
// of the run without it: else it would run nowhere.
func TestEveryTestOfTheMakefileRuns(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("make", "-s", "-C", "../..", "plain").Output()
	if err != nil {
		t.Fatal(err)
	}
	pattern, in, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	plain, folders := regexp.MustCompile(pattern), strings.Fields(in)
	if len(folders) == 0 {
		t.Fatalf("make plain says %q", out)
	}
	ran := 0
	err = filepath.WalkDir("../..", func(path string, e os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		folder, _ := filepath.Rel("../..", filepath.Dir(path))
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(text, -1) {
			if !plain.Match(m[1]) {
				continue
			}
			if ran++; !slices.Contains(folders, "./"+folder) {
				t.Errorf("%s of %s runs nowhere: name ./%s in PLAIN_IN", m[1], path, folder)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Count(pattern, "|") + 1; ran != want {
		t.Errorf("%d tests of the %d that the Makefile names are there: %s", ran, want, pattern)
	}
}
