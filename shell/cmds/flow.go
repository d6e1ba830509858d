package cmds

import (
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/shell/syntax"
)

// What if, each and try share: words that are commands themselves.

// compileBranch compiles words as a template: one word is a whole script, several
// are one command.
func compileBranch(p *shell.Prep, words []*syntax.Word) (*shell.Script, error) {
	switch len(words) {
	case 0:
		return nil, domain.E("e.cmd.usage", domain.Text{ZH: "缺少命令", EN: "a command is missing"})
	case 1:
		return p.CompileBlock(words[0])
	}
	return p.CompileTemplate(words)
}

// untilElse splits words at the first bare else. has tells whether there is one.
func untilElse(words []*syntax.Word) (before, after []*syntax.Word, has bool) {
	for i, w := range words {
		if isBare(w, "else") {
			return words[:i], words[i+1:], true
		}
	}
	return words, nil, false
}

// isBare reports whether a word is that text, literal and without quotes.
func isBare(w *syntax.Word, text string) bool {
	if len(w.Pieces) != 1 {
		return false
	}
	l, ok := w.Pieces[0].(*syntax.Lit)
	return ok && l.Quote == syntax.Bare && l.Text == text
}

// takeFlags takes leading literal words that begin with "-" and are one of the
// known options, without the dash.
func takeFlags(words []*syntax.Word, known ...string) (set map[string]bool, rest []*syntax.Word, err error) {
	set = map[string]bool{}
	for len(words) > 0 {
		text, literal := words[0].Literal()
		name, dash := strings.CutPrefix(text, "-")
		if !literal || !dash || name == "" {
			break
		}
		words = words[1:]
		if name == "-" {
			break
		}
		found := false
		for _, k := range known {
			found = found || k == name
		}
		if !found {
			return nil, nil, domain.E("e.cmd.option", text)
		}
		set[name] = true
	}
	return set, words, nil
}
