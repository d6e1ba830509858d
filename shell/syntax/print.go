package syntax

import "strings"

// String is the program in canonical text: one pipeline a line, comments where
// they were, substitutions as $(…). Parsing it gives an Equal program.
func (p *Program) String() string {
	pr := &printer{}
	pr.program(p)
	return pr.String()
}

// String is the word in canonical text.
func (w *Word) String() string {
	pr := &printer{}
	pr.word(w)
	return pr.String()
}

// printer writes trees as text: the inverse of the parser.
type printer struct{ strings.Builder }

func (pr *printer) program(p *Program) {
	comments := p.Comments
	for i, pl := range p.Pipelines {
		comments = pr.commentsBefore(pl.Pos.Offset, comments)
		pr.pipeline(pl)
		if len(comments) > 0 && trails(p, i, comments[0]) {
			pr.WriteByte(' ')
			pr.comment(comments[0])
			comments = comments[1:]
		}
		pr.WriteByte('\n')
	}
	for _, c := range comments {
		pr.comment(c)
		pr.WriteByte('\n')
	}
}

func (pr *printer) commentsBefore(offset int, cs []Comment) []Comment {
	for len(cs) > 0 && cs[0].Pos.Offset < offset {
		pr.comment(cs[0])
		pr.WriteByte('\n')
		cs = cs[1:]
	}
	return cs
}

func (pr *printer) comment(c Comment) {
	if !strings.HasPrefix(c.Text, "#") {
		pr.WriteString("# ")
	}
	pr.WriteString(strings.NewReplacer("\n", " ", "\r", " ").Replace(c.Text))
}

// trails reports whether c stands behind pipeline i, on the line where its
// last word begins.
func trails(p *Program, i int, c Comment) bool {
	last := p.Pipelines[i].last()
	if last == nil || c.Pos.Line != last.Pos.Line || c.Pos.Offset < last.Pos.Offset {
		return false
	}
	return i+1 == len(p.Pipelines) || c.Pos.Offset < p.Pipelines[i+1].Pos.Offset
}

// last is the pipeline's last word, nil when a tree made by hand has none.
func (pl *Pipeline) last() *Word {
	if pl.Redirect != nil {
		return pl.Redirect.Target
	}
	if n := len(pl.Commands); n > 0 {
		if words := pl.Commands[n-1].Words; len(words) > 0 {
			return words[len(words)-1]
		}
	}
	return nil
}

func (pr *printer) pipeline(pl *Pipeline) {
	for i, c := range pl.Commands {
		if i > 0 {
			pr.WriteString(" | ")
		}
		for j, w := range c.Words {
			if j > 0 {
				pr.WriteByte(' ')
			}
			pr.word(w)
		}
	}
	if r := pl.Redirect; r != nil {
		pr.WriteString(" " + r.operator() + " ")
		pr.word(r.Target)
	}
}

func (r *Redirect) operator() string {
	if r.Append {
		return ">>"
	}
	return ">"
}

// subst prints on one line, or on several when there are comments, which only
// a line end ends.
func (pr *printer) subst(s *Subst) {
	pr.WriteString("$(")
	if len(s.Program.Comments) > 0 {
		pr.WriteByte('\n')
		pr.program(s.Program)
	} else {
		for i, pl := range s.Program.Pipelines {
			if i > 0 {
				pr.WriteString("; ")
			}
			pr.pipeline(pl)
		}
	}
	pr.WriteByte(')')
}
