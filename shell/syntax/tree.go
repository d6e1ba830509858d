// Package syntax turns text into the tree of the language and back. It knows
// no command and imports nothing of the project.
//
//	program     = pipeline { (";" | newline) pipeline }
//	pipeline    = command { "|" command } [ (">" | ">>") word ]
//	word        = pieces of: bare text, 'single', "double", `pipeline` or $(pipeline), ${placeholder}
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

// Quote says how literal text was written; it matters to the printer and to
// the rule that an option is literal text that begins with "-".
type Quote uint8

// The quotes.
const (
	Bare Quote = iota
	Single
	Double
)

// Lit is literal text with escapes and `$$` resolved. An empty quoted string
// is a Lit with Text "".
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
	Default    string // of ?default
	DefaultKey *Key   // of ?@key; then Default is ""
}

// Key is a dotted path: steps are names or, written [i] or as digits, indexes.
type Key struct {
	Name  string // the whole key as one string, for flat lookups ("http-qs-site", "a.b[2]")
	Steps []Step // Name taken apart; quoted parts are one step
}

// Step is one step of a key. Index is -1 for a name.
type Step struct {
	Name  string
	Index int
}

// Format is <type:format>. <::A=Apple,B=Banana> has Type "" and Map set.
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
	Incomplete bool
}

func (e *Error) Error() string { return e.Pos.String() + ": " + e.Msg }
