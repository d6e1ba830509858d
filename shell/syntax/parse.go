package syntax

// Parse reads a script. Its text begins at at, which is 1:1 when it is the
// zero Pos. Errors are *Error; the first fault in the text is reported.
func Parse(src string, at Pos) (*Program, error) {
	p := &parser{items: lex(src, at)}
	prog, err := p.program()
	if err != nil {
		return nil, err
	}
	return prog, nil
}

// ParseTemplate reads text in which only placeholders and `$$` count, for
// commands that fill a text: quotes, blanks, backslashes and operators are
// plain. The pieces are *Lit and *Placeholder, none for an empty text. Errors
// are *Error.
func ParseTemplate(src string, at Pos) ([]Piece, error) {
	p := &parser{items: lexTemplate(src, at)}
	var pieces []Piece
	for p.peek().typ != itemEOF {
		piece, err := p.piece()
		if err != nil {
			return nil, err
		}
		pieces = append(pieces, piece)
	}
	return pieces, nil
}

// parser makes the tree of items by recursive descent, one function for each
// rule of the grammar.
type parser struct {
	items []item // ends in itemEOF or itemError, which is never taken
	i     int
}

func (p *parser) peek() item { return p.items[p.i] }

func (p *parser) take() item {
	it := p.items[p.i]
	p.i++
	return it
}

func (p *parser) accept(typ itemType) bool {
	if p.peek().typ != typ {
		return false
	}
	p.i++
	return true
}

// fault is the error for it, or the lexer's when it is one.
func (p *parser) fault(it item, zh, en string, args ...any) *Error {
	if it.typ == itemError {
		return it.err
	}
	return faultAt(it.pos, zh, en, args...)
}

// program reads pipelines up to the end or to the end of a substitution.
func (p *parser) program() (*Program, *Error) {
	prog := &Program{}
	for {
		switch it := p.peek(); it.typ {
		case itemEOF, itemClose:
			return prog, nil
		case itemEnd, itemBlank:
			p.i++
		case itemComment:
			p.comment(prog)
		default:
			pl, err := p.pipeline(prog)
			if err != nil {
				return nil, err
			}
			prog.Pipelines = append(prog.Pipelines, pl)
		}
	}
}

func (p *parser) comment(prog *Program) {
	it := p.take()
	prog.Comments = append(prog.Comments, Comment{it.pos, it.text})
}

func (p *parser) pipeline(prog *Program) (*Pipeline, *Error) {
	if it := p.peek(); it.typ == itemPipe {
		return nil, p.fault(it, `"|" 前缺少命令（上一行以 "\" 结尾时才会接着写下去）`, `a command is missing before "|" (a line goes on from the one above only when that one ends with "\")`)
	}
	pl := &Pipeline{Pos: p.peek().pos}
	for {
		c, err := p.command()
		if err != nil {
			return nil, err
		}
		pl.Commands = append(pl.Commands, c)
		if !p.accept(itemPipe) {
			break
		}
		if err := p.afterPipe(prog); err != nil {
			return nil, err
		}
	}
	return pl, p.endOf(pl)
}

// afterPipe skips to the next command, which may stand on a later line.
func (p *parser) afterPipe(prog *Program) *Error {
	for {
		switch it := p.peek(); {
		case it.typ == itemComment:
			p.comment(prog)
		case it.typ == itemEnd && it.text == "\n":
			p.i++
		case it.typ == itemEOF:
			err := p.fault(it, `"|" 后缺少命令`, `a command is missing after "|"`)
			err.Incomplete = true
			return err
		case it.typ == itemLit, it.typ == itemHole, it.typ == itemOpen:
			return nil
		default:
			return p.fault(it, `"|" 后缺少命令`, `a command is missing after "|"`)
		}
	}
}

// endOf reads the redirect of a pipeline and sees that nothing follows.
func (p *parser) endOf(pl *Pipeline) *Error {
	if p.peek().typ == itemOut {
		if err := p.redirect(pl); err != nil {
			return err
		}
	}
	switch it := p.peek(); it.typ {
	case itemEOF, itemEnd, itemClose, itemComment:
		return nil
	default:
		return p.fault(it, `重定向是管道的结尾："%s" 只带一个词，其后只能是 ";" 或换行`, `a redirect ends its pipeline: "%s" takes one word, and nothing may follow but ";" or a new line`, pl.Redirect.operator())
	}
}

func (p *parser) redirect(pl *Pipeline) *Error {
	it := p.take()
	if err := p.noStream(pl, it); err != nil {
		return err
	}
	pl.Redirect = &Redirect{Pos: it.pos, Append: it.text == ">>"}
	w, err := p.word()
	if err != nil {
		return err
	}
	if w == nil {
		return p.fault(p.peek(), `"%s" 后缺少路径`, `a path is missing after "%s"`, it.text)
	}
	pl.Redirect.Target = w
	p.accept(itemBlank)
	return nil
}

// noStream refuses 2>file, which would pass "2" as an argument and write the
// output to the file.
func (p *parser) noStream(pl *Pipeline, out item) *Error {
	words := pl.Commands[len(pl.Commands)-1].Words
	w := words[len(words)-1]
	text, _ := w.Literal()
	if index(text) < 0 || w.Pos.Offset+len(text) != out.pos.Offset {
		return nil
	}
	return p.fault(out, `没有带编号的流：若 %s 是参数，请在它与 ">" 之间加空格`, `there are no numbered streams: put a blank between %s and ">" when it is an argument`, text)
}

// command reads words up to something that is none.
func (p *parser) command() (*Command, *Error) {
	c := &Command{Pos: p.peek().pos}
	for {
		w, err := p.word()
		if err != nil {
			return nil, err
		}
		if w == nil {
			break
		}
		c.Words = append(c.Words, w)
		p.accept(itemBlank)
	}
	if it := p.peek(); it.typ == itemError || len(c.Words) == 0 {
		return nil, p.fault(it, `"%s" 前缺少命令`, `a command is missing before "%s"`, it.text)
	}
	return c, nil
}

// word reads the pieces of a word; nil when there are none.
func (p *parser) word() (*Word, *Error) {
	w := &Word{Pos: p.peek().pos}
	var empty Piece
	for {
		switch it := p.peek(); it.typ {
		case itemLit, itemHole, itemOpen:
			piece, err := p.piece()
			if err != nil {
				return nil, err
			}
			if it.typ == itemLit && it.text == "" {
				empty = piece
				continue
			}
			w.Pieces = append(w.Pieces, piece)
			continue
		case itemError:
			return nil, it.err
		}
		break
	}
	switch {
	case w.Pieces != nil:
		return w, nil
	case empty != nil:
		w.Pieces = []Piece{empty}
		return w, nil
	}
	return nil, nil
}

func (p *parser) piece() (Piece, *Error) {
	switch it := p.take(); it.typ {
	case itemLit:
		return &Lit{it.pos, it.text, it.quote}, nil
	case itemHole:
		return it.hole, nil
	case itemOpen:
		return p.subst(it)
	default:
		return nil, it.err
	}
}

func (p *parser) subst(open item) (Piece, *Error) {
	prog, err := p.program()
	if err != nil {
		return nil, err
	}
	if len(prog.Pipelines) == 0 {
		return nil, p.fault(open, "替换是空的：里面缺少命令", "the substitution is empty: a command is missing in it")
	}
	p.i++ // the lexer sees to it that this is the end of the substitution
	return &Subst{Pos: open.pos, Program: prog, Quote: open.quote, Tick: open.text == "`"}, nil
}
