package shell

import (
	"fmt"
	"strings"

	"github.com/caryahq/carya/domain"
)

// Reference is the page of all commands in markdown, made from the declarations
// and manuals. Hidden commands are left out.
func Reference(r *Registry) string {
	b := &strings.Builder{}
	b.WriteString("# Commands\n\nMade from the commands' declarations and manuals; do not edit.\n")
	for _, c := range r.list {
		if c.Hidden {
			continue
		}
		referenceEntry(b, nil, c)
		for _, v := range c.Verbs {
			if !v.Hidden {
				referenceEntry(b, c, v)
			}
		}
	}
	return b.String()
}

func referenceEntry(b *strings.Builder, family, c *Command) {
	level := "##"
	if family != nil {
		level = "###"
	}
	fmt.Fprintf(b, "\n%s %s\n\n%s\n%s\n", level, fullName(family, c), c.Summary(domain.EN), c.Summary(domain.ZH))
	if c.Verbs == nil {
		fmt.Fprintf(b, "\n```\n%s\n```\n", usageLine(family, c))
	}
	markdownTable(b, "word", paramRows(c, domain.EN), paramRows(c, domain.ZH))
	markdownTable(b, "option", optionRows(c, domain.EN), optionRows(c, domain.ZH))
	m, err := ParseManual(c.Manual)
	if err != nil {
		return
	}
	for _, block := range m.Body(domain.EN) {
		if block.Code {
			fmt.Fprintf(b, "\n```\n%s\n```\n", block.Text)
		} else {
			fmt.Fprintf(b, "\n%s\n", block.Text)
		}
	}
}

func markdownTable(b *strings.Builder, what string, en, zh []row) {
	if len(en) == 0 {
		return
	}
	fmt.Fprintf(b, "\n| %s | | |\n|---|---|---|\n", what)
	for i, r := range en {
		other := ""
		if i < len(zh) {
			other = zh[i].help
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", cell(r.name), cell(r.help), cell(other))
	}
}

// cell keeps a text inside its cell.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(s)
}
