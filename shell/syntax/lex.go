package syntax

import (
	"strings"
	"unicode/utf8"
)

// itemType names what the lexer found.
type itemType uint8

const (
	itemEOF     itemType = iota
	itemError            // err; the last item
	itemEnd              // ";" or a line end: a pipeline ends
	itemBlank            // between two words
	itemComment          // text, with its "#"
	itemPipe             // "|"
	itemOut              // ">" or, in text, ">>"
	itemLit              // text, decoded; a quote's opening is an empty one
	itemHole             // hole: a placeholder
	itemOpen             // "$(" or "`", in text
	itemClose            // ")" or "`"
)

// item is a token.
type item struct {
	typ   itemType
	quote Quote
	pos   Pos
	text  string
	hole  *Placeholder
	err   *Error
}

// maxNesting bounds how deep substitutions may nest.
const maxNesting = 32

// stateFn is a state of the lexer: it lexes something and gives the next
// state, nil at the end.
type stateFn func(*lexer) stateFn

// lexer cuts a source into items. Quotes, escapes, `$$` and placeholders are
// resolved here; the parser sees no character.
type lexer struct {
	src    string
	pos    int
	text   []byte // the literal text being read
	start  int    // where it began
	inWord bool   // the item before is a part of a word
	quote  Pos    // of the quote that is open
	open   []frame
	items  []item
	place  place

	template bool // ParseTemplate: "$(" is plain text
}

// frame is an open substitution.
type frame struct {
	tick  bool
	in    Quote // Double when it stands in double quotes
	pos   Pos
	quote Pos // lexer.quote around it
}

// lex runs the states over src, which begins at at.
func lex(src string, at Pos) []item {
	l := newLexer(src, at)
	if strings.HasPrefix(src, "\ufeff") {
		l.pos = len("\ufeff")
	}
	for state := lexCommand; state != nil; {
		state = state(l)
	}
	return l.items
}

func newLexer(src string, at Pos) *lexer {
	if at == (Pos{}) {
		at = Pos{Line: 1, Col: 1}
	}
	return &lexer{src: src, items: make([]item, 0, len(src)/4+4), place: place{src: src, base: at, last: at}}
}

func (l *lexer) rest() string { return l.src[l.pos:] }
func (l *lexer) here() Pos    { return l.place.at(l.pos) }

// peek is the next byte, 0 at the end.
func (l *lexer) peek() byte {
	if l.pos < len(l.src) {
		return l.src[l.pos]
	}
	return 0
}

// emit adds an item that is the next n bytes.
func (l *lexer) emit(typ itemType, n int) {
	l.items = append(l.items, item{typ: typ, pos: l.here(), text: l.src[l.pos : l.pos+n]})
	l.pos += n
	l.inWord = typ == itemClose
}

// flush emits the literal text that was read, if there is any.
func (l *lexer) flush(q Quote) {
	if len(l.text) == 0 {
		return
	}
	l.items = append(l.items, item{typ: itemLit, quote: q, pos: l.place.at(l.start), text: string(l.text)})
	l.text = l.text[:0]
	l.inWord = true
}

// add takes n bytes that stand for s as literal text.
func (l *lexer) add(n int, s string) {
	if len(l.text) == 0 {
		l.start = l.pos
	}
	l.text = append(l.text, s...)
	l.pos += n
}

func (l *lexer) fail(pos Pos, zh, en string, args ...any) stateFn {
	return l.stop(faultAt(pos, zh, en, args...))
}

// lack is fail for a text that more input could mend.
func (l *lexer) lack(pos Pos, zh, en string, args ...any) stateFn {
	err := faultAt(pos, zh, en, args...)
	err.Incomplete = true
	return l.stop(err)
}

func (l *lexer) stop(err *Error) stateFn {
	l.items = append(l.items, item{typ: itemError, pos: err.Pos, err: err})
	return lexStop
}

// lexStop is the state behind an error. (nil, in dollar and escape, says that
// the state stays.)
func lexStop(*lexer) stateFn { return nil }

// place turns offsets into positions; it is quick for rising offsets.
type place struct {
	src        string
	base, last Pos
}

func (p *place) at(off int) Pos {
	from := p.last.Offset - p.base.Offset
	if off < from {
		p.last, from = p.base, 0
	}
	between := p.src[from:off]
	if n := strings.Count(between, "\n"); n > 0 {
		p.last.Line += n
		p.last.Col = 1
		between = between[strings.LastIndexByte(between, '\n')+1:]
	}
	p.last.Col += utf8.RuneCountInString(between)
	p.last.Offset = p.base.Offset + off
	return p.last
}
