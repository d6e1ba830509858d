package shell

import (
	"net/url"
	"slices"
	"strings"

	"github.com/caryahq/carya/shell/syntax"
)

// Called is an address that the text of a script names for a command that asks another
// server: its scheme and host, and the path as far as it is written.
type Called struct {
	File string
	At   syntax.Pos
	To   *url.URL
}

// Called are the addresses that the script names, in the order of compilation, also those
// of scripts inside its stages. The slice is the caller's.
func (s *Script) Called() []Called { return slices.Clone(s.called) }

// noteCalled notes what a command asks, as far as its words say.
func (c *compiler) noteCalled(words []*syntax.Word) {
	for _, w := range words {
		text, n := leadingText(w.Pieces)
		if !strings.HasPrefix(text, "http://") && !strings.HasPrefix(text, "https://") {
			continue
		}
		_, rest, _ := strings.Cut(text, "://")
		if end := strings.IndexAny(rest, "/?#"); end < 0 && n < len(w.Pieces) {
			return // the host comes from elsewhere
		} else if end >= 0 {
			text = text[:len(text)-len(rest)+end]
		}
		if u, err := url.Parse(text); err == nil && u.Host != "" {
			c.called = append(c.called, Called{c.o.File, w.Pos, u})
		}
		return
	}
}
