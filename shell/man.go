package shell

import (
	"fmt"
	"strings"

	"github.com/caryahq/carya/domain"
)

// Man is the command's page as text for a terminal, ending with a newline. A
// family's page lists its verbs.
func (c *Command) Man(l domain.Lang) string {
	return manPage(nil, c, l)
}

// Man is the page of "cat", "www" or "www checkme"; "" when there is no such
// command.
func (r *Registry) Man(name string, l domain.Lang) string {
	c := r.Find(name)
	switch {
	case c == nil:
		return ""
	case r.byName[name] == nil:
		family, _, _ := strings.Cut(name, " ")
		return manPage(r.byName[family], c, l)
	}
	return c.Man(l)
}

// titles are the headings of a page.
type titles struct{ usage, words, options, verbs string }

func titlesIn(l domain.Lang) titles {
	if l == domain.EN {
		return titles{"USAGE", "WORDS", "OPTIONS", "VERBS"}
	}
	return titles{"用法", "参数", "选项", "动作"}
}

func manPage(family, c *Command, l domain.Lang) string {
	t, b := titlesIn(l), &strings.Builder{}
	fmt.Fprintf(b, "%s - %s\n\n%s\n", fullName(family, c), c.Summary(l), t.usage)
	if c.Verbs == nil {
		fmt.Fprintf(b, "  %s\n", usageLine(family, c))
	} else {
		b.WriteString(indent(c.Usage()) + "\n")
	}
	table(b, t.words, paramRows(c, l))
	table(b, t.options, optionRows(c, l))
	table(b, t.verbs, verbRows(c, l))
	if m, err := ParseManual(c.Manual); err == nil {
		for _, block := range m.Body(l) {
			text := block.Text
			if block.Code {
				text = indent(text)
			}
			fmt.Fprintf(b, "\n%s\n", text)
		}
	}
	return b.String()
}

func fullName(family, c *Command) string {
	if family == nil {
		return c.Name
	}
	return family.Name + " " + c.Name
}

// row is a name and what it is for.
type row struct{ name, help string }

func paramRows(c *Command, l domain.Lang) (out []row) {
	for _, p := range c.Params {
		if help := p.Help.In(l); help != "" {
			out = append(out, row{p.Name, help})
		}
	}
	return out
}

func optionRows(c *Command, l domain.Lang) (out []row) {
	for _, o := range c.Options {
		out = append(out, row{o.usage(), o.Help.In(l)})
	}
	return out
}

func verbRows(c *Command, l domain.Lang) (out []row) {
	for _, v := range c.Verbs {
		if !v.Hidden {
			out = append(out, row{v.Name, v.Summary(l)})
		}
	}
	return out
}

// table prints rows with their names in one column; nothing without rows.
func table(b *strings.Builder, title string, rows []row) {
	if len(rows) == 0 {
		return
	}
	width := 0
	for _, r := range rows {
		width = max(width, len([]rune(r.name)))
	}
	fmt.Fprintf(b, "\n%s\n", title)
	for _, r := range rows {
		line := fmt.Sprintf("  %-*s  %s", width, r.name, r.help)
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// indent puts lines two to the right; blank ones stay empty.
func indent(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if l != "" {
			lines[i] = "  " + l
		}
	}
	return strings.Join(lines, "\n")
}
