package syntax

import "fmt"

// Pos is a place in a source: line and column count from 1, the column in
// characters (not bytes), Offset in bytes from 0.
type Pos struct{ Offset, Line, Col int }

func (p Pos) String() string { return fmt.Sprintf("%d:%d", p.Line, p.Col) }

// Program is a whole script. Comments are kept for the printer.
type Program struct {
	Pipelines []*Pipeline
	Comments  []Comment
}

// Comment is a `#` comment without its line end.
type Comment struct {
	Pos  Pos
	Text string // with its "#"
}

// Pipeline is commands whose output flows into the next one's input.
type Pipeline struct {
	Pos      Pos
	Commands []*Command
	Redirect *Redirect // nil without
}

// Redirect sends a pipeline's output to an object.
type Redirect struct {
	Pos    Pos
	Append bool // >>
	Target *Word
}

// Command is a list of at least one word; the first names the command.
type Command struct {
	Pos   Pos
	Words []*Word
}

// Word is one argument: its pieces side by side. A word always stays one word.
type Word struct {
	Pos    Pos
	Pieces []Piece
}

// Piece is a part of a word: *Lit, *Placeholder or *Subst.
type Piece interface{ Position() Pos }

// Quote says how a piece was written. It tells the printer how to write it
// again; the meaning of a piece does not depend on it ("-u" is as literal as
// -u: what is an option, the engine decides).
type Quote uint8

// The quotes.
const (
	Bare Quote = iota
	Single
	Double
)

// Lit is literal text with escapes and `$$` resolved. Text is "" only when the
// whole word is an empty quoted string; it may hold any bytes.
type Lit struct {
	Pos   Pos
	Text  string
	Quote Quote
}

// Placeholder is ${a|b<type:format>?default}. It counts inside quotes too;
// Quote is the quoting around it.
type Placeholder struct {
	Pos    Pos
	Source string // the text between ${ and }
	Keys   []Key  // at least one: the first that exists counts
	Format *Format
	Quote  Quote

	HasDefault bool
	Default    string // of ?default, with `$$` resolved; its braces are balanced
	DefaultKey *Key   // of ?@key; then Default is ""
}

// Key is a dotted path: steps are names or, written [i] or as digits, indexes.
// Two spellings of one path (a[0], a.0) have the same Steps.
type Key struct {
	Name  string // the whole key as one string without quotes, for flat lookups ("http-qs-site", "a.b[2]")
	Steps []Step // Name taken apart; quoted parts are one step
}

// Step is one step of a key. Index is -1 for a name; Name is there for an index
// too, in digits.
type Step struct {
	Name  string
	Index int
}

// Format is <type:format>. <::A=Apple,B=Banana> has Type "", Map set, and its
// source in Spec; <:%-4s> has Type "" and Spec "%-4s".
type Format struct {
	Type string // int, float, date, boolean, string, json, or ""
	Spec string // what follows the first colon
	Map  []MapEntry
}

// MapEntry is one pair of a mapping format.
type MapEntry struct{ From, To string }

// Subst is `pipeline` or $(pipeline). Its output, without trailing newlines,
// is data.
type Subst struct {
	Pos     Pos
	Program *Program
	Quote   Quote
	Tick    bool // written with back quotes
}

// Position implementations.
func (l *Lit) Position() Pos         { return l.Pos }
func (p *Placeholder) Position() Pos { return p.Pos }
func (s *Subst) Position() Pos       { return s.Pos }

// Error is a fault in the text. Incomplete is true when more input could mend
// it (an open quote at the end): a prompt then asks for another line.
type Error struct {
	Pos        Pos
	Msg        string
	ZH         string // Msg in Chinese; "" is Msg
	Incomplete bool
}

func (e *Error) Error() string { return e.Pos.String() + ": " + e.Msg }

// faultAt is an error in both languages.
func faultAt(pos Pos, zh, en string, args ...any) *Error {
	return &Error{Pos: pos, Msg: fmt.Sprintf(en, args...), ZH: fmt.Sprintf(zh, args...)}
}
