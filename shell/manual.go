package shell

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/caryahq/carya/domain"
)

// Manual is a command's page, name.md beside its code:
//
//	name: what it does, in English
//	同样的一句话，中文
//
//	Paragraphs of text, in English; one that holds Chinese stands for readers of
//	Chinese.
//
//	    $ name arg
//	    its output, exactly
//
// An indented block whose first line begins with "$ " is an example, which
// runs as a test (see shelltest). Usage and options are not written down: they are
// made from the declaration.
type Manual struct {
	Name    string // "cat", or "www checkme" for a verb
	Summary domain.Text
	Blocks  []Block
}

// Block is a paragraph or an indented block, without its indent.
type Block struct {
	Line    int // of its first line, from 1
	Text    string
	Code    bool // it was indented
	Example bool // it is code that begins with "$ "
}

// codeIndent is how far a block of code stands to the right.
const codeIndent = "    "

// ParseManual reads a page.
func ParseManual(src string) (*Manual, error) {
	lines := strings.Split(strings.ReplaceAll(src, "\r\n", "\n"), "\n")
	name, en, ok := strings.Cut(lines[0], ": ")
	if !ok || name == "" || len(lines) < 2 || strings.TrimSpace(lines[1]) == "" {
		return nil, fmt.Errorf("manual: the first line is `name: summary`, the second the summary in Chinese")
	}
	m := &Manual{Name: name, Summary: domain.Text{EN: en, ZH: strings.TrimSpace(lines[1])}}
	for i := 2; i < len(lines); {
		if strings.TrimSpace(lines[i]) == "" {
			i++
			continue
		}
		n := blockLen(lines[i:])
		m.Blocks = append(m.Blocks, makeBlock(i+1, lines[i:i+n]))
		i += n
	}
	return m, nil
}

// blockLen counts the lines of the block at the start of lines. Code goes on
// over blank lines as long as more code follows.
func blockLen(lines []string) int {
	code, n := strings.HasPrefix(lines[0], codeIndent), 1
	for i := 1; i < len(lines); i++ {
		switch blank := strings.TrimSpace(lines[i]) == ""; {
		case blank && !code, !blank && code != strings.HasPrefix(lines[i], codeIndent):
			return n
		case !blank:
			n = i + 1
		}
	}
	return n
}

func makeBlock(line int, lines []string) Block {
	b := Block{Line: line, Code: strings.HasPrefix(lines[0], codeIndent)}
	if !b.Code {
		b.Text = strings.Join(lines, "\n")
		return b
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = strings.TrimPrefix(l, codeIndent)
	}
	b.Text = strings.Join(out, "\n")
	b.Example = strings.HasPrefix(b.Text, "$ ")
	return b
}

// Body are the blocks for readers of a language. A paragraph that holds Chinese is
// for readers of Chinese; a page without any shows them the English ones.
func (m *Manual) Body(l domain.Lang) []Block {
	translated := false
	for _, b := range m.Blocks {
		translated = translated || !b.Code && hasHan(b.Text)
	}
	var out []Block
	for _, b := range m.Blocks {
		if b.Code || hasHan(b.Text) == (translated && l != domain.EN) {
			out = append(out, b)
		}
	}
	return out
}

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// Summary is the one line about a command in a language, "" when it has no page.
func (c *Command) Summary(l domain.Lang) string {
	m, err := ParseManual(c.Manual)
	if err != nil {
		return ""
	}
	return m.Summary.In(l)
}
