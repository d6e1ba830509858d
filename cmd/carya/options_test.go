package main

import (
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/caryahq/carya/shell"
)

// uses are the lines of transcripts, manuals, scripts and tests that a command may
// stand in.
func uses(t *testing.T) (out []string) {
	t.Helper()
	err := filepath.WalkDir("../..", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() && strings.HasPrefix(e.Name(), ".") && path != "../.." {
			return fs.SkipDir
		}
		isPage := strings.HasSuffix(path, ".md") && !strings.Contains(path, "docs/")
		isPack := strings.Contains(path, "regapi/packs/") && strings.Contains(path, "/api/") // their own tests run them
		if e.IsDir() || !isPage && !isPack && !strings.HasSuffix(path, ".txt") && !strings.HasSuffix(path, ".txtar") && !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		raw, err := os.ReadFile(path)
		for line := range strings.Lines(string(raw)) {
			if !isPage || strings.HasPrefix(strings.TrimSpace(line), "$ ") {
				out = append(out, line)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Every option of every command is used somewhere where a test runs it: in a
// transcript, a manual's example, a script or a test.
func TestEveryOptionIsTried(t *testing.T) {
	t.Parallel()
	lines := uses(t)
	var walk func(c *shell.Command, words []string)
	walk = func(c *shell.Command, words []string) {
		for _, v := range c.Verbs {
			walk(v, append(slices.Clip(words), v.Name))
		}
		if c.Verbs == nil {
			for _, o := range c.Options {
				if !tried(lines, words, o) {
					t.Errorf("%s: nothing tries -%s", strings.Join(words, " "), o.Name)
				}
			}
		}
	}
	for _, c := range newApp(slog.New(slog.DiscardHandler)).registry.Commands() {
		walk(c, []string{c.Name})
	}
}

// common are the options that many commands have from one place.
var common = []string{"c", "n", "q", "ajax"}

func tried(lines, words []string, o shell.Option) bool {
	if slices.Contains(common, o.Name) {
		return true
	}
	lines = slices.DeleteFunc(slices.Clone(lines), func(l string) bool {
		return !strings.Contains(l, words[0]) || !strings.Contains(l, words[len(words)-1]) || !strings.Contains(l, o.Name)
	})
	expr := ""
	for _, w := range words {
		expr += `\b` + regexp.QuoteMeta(w) + `\b.*`
	}
	name := `[\s"` + "`]-" + regexp.QuoteMeta(o.Name) + `\b`
	if len(o.Name) == 1 {
		name = `[\s"` + "`]-[a-zA-Z]*" + o.Name + `[a-zA-Z]*\b`
	}
	re := regexp.MustCompile(expr + name)
	return slices.ContainsFunc(lines, re.MatchString)
}
