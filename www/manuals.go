package www

import "embed"

// manuals are the pages of the verbs, <verb>.md; www.md is the family's.
//
//go:embed *.md
var manuals embed.FS

// manual is the page of a verb; a missing one is a programmer's mistake.
func manual(name string) string {
	text, err := manuals.ReadFile(name + ".md")
	if err != nil {
		panic(err)
	}
	return string(text)
}
