package main

import (
	"flag"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/regapi"
	"github.com/caryahq/carya/shell"
)

var update = flag.Bool("update", false, "write the reference pages of docs/ anew")

// The reference pages are made from what the program works with; this fails
// when one is stale. `make gen` writes them.
func TestReferenceIsFresh(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"commands.md":    shell.Reference(newApp(slog.New(slog.DiscardHandler)).registry),
		"metadata.md":    regapi.Reference(domain.EN),
		"metadata.zh.md": regapi.Reference(domain.ZH),
		"errors.md":      errorsPage(),
	} {
		file := "../../docs/" + name
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil || string(got) != want {
			t.Errorf("docs/%s is stale (%v): make gen", name, err)
		}
	}
}

// errorsPage is the catalogue of error codes.
func errorsPage() string {
	var b strings.Builder
	b.WriteString("# Error codes\n\nMade from the catalogue in `domain/codes.go`; do not edit. Programs go by the code; the texts are for people.\n\n")
	b.WriteString("| code | kind | English | 中文 |\n|---|---|---|---|\n")
	for _, c := range domain.Codes() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", c.Code, c.Kind, c.Text.EN, c.Text.ZH)
	}
	return b.String()
}
