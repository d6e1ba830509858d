package syntax

import (
	"strings"
	"unicode/utf8"
)

// word prints pieces of the same quoting between one pair of quotes. How a
// piece was quoted is kept where its text allows it.
func (pr *printer) word(w *Word) {
	runs := quotedRuns(w.Pieces)
	if len(runs) == 0 {
		pr.WriteString(`""`)
	}
	in := Bare
	for i, r := range runs {
		if r.quote != in {
			pr.WriteString(in.mark() + r.quote.mark())
			in = r.quote
		}
		if r.piece == nil {
			pr.literal(string(r.text), in, i+1 < len(runs))
		} else {
			pr.piece(r.piece)
		}
	}
	pr.WriteString(in.mark())
}

// quotedRun is adjacent literals of one quoting, or another piece.
type quotedRun struct {
	quote Quote
	text  []byte
	piece Piece // nil for literals
}

func quotedRuns(ps []Piece) []quotedRun {
	var runs []quotedRun
	for _, p := range ps {
		l, ok := p.(*Lit)
		switch n := len(runs); {
		case !ok:
			runs = append(runs, quotedRun{quote: quoting(p), piece: p})
		case l.Text == "":
		case n > 0 && runs[n-1].piece == nil && runs[n-1].quote == quotingOf(l):
			runs[n-1].text = append(runs[n-1].text, l.Text...)
		default:
			runs = append(runs, quotedRun{quote: quotingOf(l), text: []byte(l.Text)})
		}
	}
	return runs
}

// mark is the quote as text.
func (q Quote) mark() string { return [...]string{Bare: "", Single: "'", Double: `"`}[q] }

// quoting says between which quotes a piece other than a literal is printed.
func quoting(p Piece) Quote {
	switch p := p.(type) {
	case *Placeholder:
		return p.Quote
	case *Subst:
		if p.Quote != Bare {
			return Double
		}
	}
	return Bare
}

// quotingOf is the same for literal text: as it was, if its text allows it.
func quotingOf(l *Lit) Quote {
	switch {
	case l.Quote == Double, l.Quote == Bare && isBare(l.Text):
		return l.Quote
	case strings.Contains(l.Text, "'"):
		return Double
	}
	return Single
}

// isBare reports whether s needs no quotes; "$" is seen to by literal.
func isBare(s string) bool {
	if s[0] == '#' || indexWideBlank(s) >= 0 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == 0x7f || c != '$' && strings.IndexByte(special, c) >= 0 {
			return false
		}
	}
	return utf8.ValidString(s)
}

func (pr *printer) piece(p Piece) {
	switch p := p.(type) {
	case *Placeholder:
		pr.placeholder(p)
	case *Subst:
		pr.subst(p)
	}
}

// literal prints text so that it reads back exactly: a "$" is doubled where it
// could begin something, also together with the next piece.
func (pr *printer) literal(s string, in Quote, more bool) {
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '$' && (i+1 == len(s) && more || i+1 < len(s) && strings.IndexByte("${(", s[i+1]) >= 0):
			pr.WriteByte('$')
		case in == Double && strings.IndexByte("\"\\`", c) >= 0:
			pr.WriteByte('\\')
		}
		pr.WriteByte(c)
	}
}

func (pr *printer) placeholder(p *Placeholder) {
	pr.WriteString("${")
	for i, k := range p.Keys {
		if i > 0 {
			pr.WriteByte('|')
		}
		pr.key(k)
	}
	if f := p.Format; f != nil {
		pr.WriteString("<" + f.text() + ">")
	}
	if p.HasDefault {
		pr.WriteByte('?')
	}
	if p.DefaultKey != nil {
		pr.WriteByte('@')
		pr.key(*p.DefaultKey)
	} else {
		pr.WriteString(strings.ReplaceAll(p.Default, "$", "$$"))
	}
	pr.WriteByte('}')
}

// key prints the steps; whether an index was written [i] or .i, which the flat
// name tells, is kept.
func (pr *printer) key(k Key) {
	name := k.Name
	for i, s := range k.Steps {
		if i > 0 && s.Index >= 0 && strings.HasPrefix(name, "[") {
			pr.WriteString("[" + s.Name + "]")
			name = strings.TrimPrefix(name, "["+s.Name+"]")
			continue
		}
		if i > 0 {
			pr.WriteByte('.')
			name = strings.TrimPrefix(name, ".")
		}
		pr.step(s)
		name = strings.TrimPrefix(name, s.Name)
	}
}

func (pr *printer) step(s Step) {
	if strings.ContainsAny(s.Name, keyEnd) || strings.Trim(s.Name, " \t") != s.Name || s.Index != index(s.Name) || looksLikeDefault(s.Name) {
		pr.WriteString("'" + s.Name + "'")
		return
	}
	pr.WriteString(s.Name)
}

func (f *Format) text() string {
	switch {
	case len(f.Map) > 0:
		var pairs []string
		for _, e := range f.Map {
			pairs = append(pairs, e.From+"="+e.To)
		}
		return "::" + strings.Join(pairs, ",")
	case f.Spec != "" || f.Type == "":
		return f.Type + ":" + f.Spec
	}
	return f.Type
}
