package shell

import (
	"strings"

	"github.com/caryahq/carya/domain"
)

// refWord is what is known of a Ref word at load.
type refWord struct {
	fixed domain.Ref  // all literal
	byID  bool        // the literal part begins with id:
	below domain.Path // otherwise: the literal directory part, which data never leaves
}

// parseRef reads the literal part of a word that names an object. Whether it
// is a path or an id is a matter of the literal text.
func (w *word) parseRef() (err error) {
	switch {
	case w.literal():
		w.ref.fixed, err = parseSentRef(w.text)
		return err
	case w.whole():
		return nil
	}
	head := w.pieces[0].text
	if w.ref.byID = strings.HasPrefix(head, "id:"); w.ref.byID {
		for _, p := range w.pieces {
			if strings.Contains(p.text, "/") {
				return domain.E("e.io.path", domain.Textf("ID 之后不能再有路径：%v", "an id is followed by no path: %v", w.filled("${…}")))
			}
		}
		return nil
	}
	if _, err := domain.ParsePath(w.filled("x")); err != nil {
		return err
	}
	w.ref.below, err = domain.ParsePath(head[:strings.LastIndexByte(head, '/')+1])
	return err
}

// parseSentRef reads a reference as it was sent. An empty one is refused: it
// would name the whole domain, which must be spelled ~/.
func parseSentRef(text string) (domain.Ref, error) {
	if text == "" {
		return domain.Ref{}, domain.E("e.io.path", domain.Text{ZH: "路径是空的", EN: "the path is empty"})
	}
	r, err := domain.ParseRef(text)
	if err == nil && r.ID != "" {
		r.ID = knownID(r.ID)
	}
	return r, err
}

// bindRef fills the holes. The result of a path lies at or below the literal
// directory part; an id with odd characters is one that no object has.
func (w *word) bindRef(vals []Value) (domain.Ref, error) {
	switch {
	case w.literal():
		return w.ref.fixed, nil
	case w.whole():
		return parseSentRef(w.join(vals))
	case w.ref.byID:
		return domain.Ref{ID: knownID(w.joinID(vals))}, nil
	}
	p, err := domain.ParsePath(w.join(vals))
	if err == nil && !p.Below(w.ref.below) {
		err = domain.E("e.io.path.outside", p.String())
	}
	return domain.Ref{Path: p}, err
}

// joinID is the text behind id:, without a copy for the usual id:${x}.
func (w *word) joinID(vals []Value) string {
	if len(w.pieces) == 2 && w.pieces[0].text == "id:" {
		return vals[w.hole0].text()
	}
	return strings.TrimPrefix(w.join(vals), "id:")
}

// knownID lets only the characters of ids through: any other id is one that no
// object has.
func knownID(id string) string {
	for i := range len(id) {
		c := id[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '_' {
			return "-"
		}
	}
	if id == "" {
		return "-"
	}
	return id
}

// filled is the word's text with the same text in every hole.
func (w *word) filled(hole string) string {
	var b strings.Builder
	for _, p := range w.pieces {
		if p.hole {
			b.WriteString(hole)
		} else {
			b.WriteString(p.text)
		}
	}
	return b.String()
}
