package regapi

import (
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell/syntax"
)

// gluers are commands that print the text of their words; readers are those that read
// their pipe as JSON.
var (
	gluers  = []string{"echo", "tmpl"}
	readers = []string{"ajaxre", "csv", "each", "history", "http", "if", "json", "obj", "run", "thing", "www"}
)

// adviseGlue tells of JSON that is put together as text from what a caller sends and
// read again by the next command: what is sent may end its string and bring members of
// its own.
func (c *compiler) adviseGlue(p *syntax.Pipeline) {
	for i, cmd := range p.Commands[:len(p.Commands)-1] {
		if !slices.Contains(gluers, commandName(cmd)) || !slices.Contains(readers, commandName(p.Commands[i+1])) {
			continue
		}
		for _, w := range cmd.Words[1:] {
			ph, key := gluedValue(w)
			if ph == nil {
				continue
			}
			c.warn(ph.Pos, domain.Textf("%s} 里可能有引号，会带来另外的成员：写成 %[1]s<json>}，外面不加引号", "%s} may hold quotes, and members of its own behind them: write %[1]s<json>}, without quotes around it", key))
			return
		}
	}
}

// gluedValue is the first placeholder in the text of a JSON object or list whose value a
// caller chooses, and how it is written up to its name's end; nil when there is none.
func gluedValue(w *syntax.Word) (*syntax.Placeholder, string) {
	if text := strings.TrimSpace(wordText(w)); !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") {
		return nil, ""
	}
	for _, p := range w.Pieces {
		one := &syntax.Word{Pieces: []syntax.Piece{p}}
		ph, key := bareValue(one)
		if ph != nil && (ph.Format == nil || ph.Format.Type != "json") && (strings.HasPrefix(key, "$$") || isCallers(ph.Keys[0].Name)) {
			return ph, key
		}
	}
	return nil, ""
}

// isCallers reports whether a caller, or whoever is signed in, chooses what a placeholder
// of a request stands for, quotes included.
func isCallers(key string) bool {
	for _, prefix := range []string{"http-qs", "http-header-", "http-cookie-", "http-www-me-", "params.", "args["} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}
