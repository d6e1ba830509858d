package regapi

import (
	"github.com/caryahq/carya/domain"
	"regexp"
	"slices"
	"strings"

	"github.com/caryahq/carya/shell/syntax"
)

// tagText begins a tag of HTML or XML.
var tagText = regexp.MustCompile(`<[A-Za-z/!?]`)

// inert are the formats whose output can be no markup.
var inert = []string{"html", "url", "int", "float", "date", "boolean"}

// adviseMarkup tells of values between tags of an answer that browsers and feed
// readers take for markup: they may hold tags of their own.
func (c *compiler) adviseMarkup(cmd *syntax.Command) {
	if !c.ep.answersMarkup() || slices.ContainsFunc(cmd.Words, func(w *syntax.Word) bool { return strings.Contains(wordText(w), "-html") }) {
		return
	}
	for _, w := range cmd.Words {
		if !tagText.MatchString(wordText(w)) {
			continue
		}
		if ph, key := bareValue(w); ph != nil {
			c.warn(ph.Pos, domain.Textf("%s} 里可能有标签：%[1]s<html>} 只作文本，tmpl -html 把所有值都作文本", "%s} may hold tags of its own: %[1]s<html>} is text, and tmpl -html makes text of every value", key))
			return
		}
	}
}

// answersMarkup reports whether the endpoint's Content-Type is HTML or XML.
func (ep *endpoint) answersMarkup() bool {
	if len(ep.ctype) == 0 {
		return false
	}
	kind, _, _ := strings.Cut(ep.ctype[0], ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	return strings.HasSuffix(kind, "/html") || strings.HasSuffix(kind, "xml")
}

// bareValue is the first placeholder of a word, the request's or a template's,
// whose value stands in the output as it came, and how it is written up to its
// name's end; nil when there is none.
func bareValue(w *syntax.Word) (*syntax.Placeholder, string) {
	for _, p := range w.Pieces {
		begin, pieces := "${", []syntax.Piece{p}
		if l, ok := p.(*syntax.Lit); ok && strings.Contains(l.Text, "${") {
			begin = "$${"
			pieces, _ = syntax.ParseTemplate(l.Text, l.Pos)
		}
		for _, p := range pieces {
			if ph, ok := p.(*syntax.Placeholder); ok && (ph.Format == nil || !slices.Contains(inert, ph.Format.Type)) {
				return ph, begin + ph.Keys[0].Name
			}
		}
	}
	return nil, ""
}
