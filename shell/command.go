package shell

import (
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell/syntax"
)

// Command is a command of the language, as a value: what it is called, what
// words it takes, and one run function. A family (www, thing) has Verbs in
// place of Run.
type Command struct {
	Name    string
	Manual  string   // the page beside the code (name.md): see Manual format in manual.go
	Params  []Param  // positional words, in order
	Options []Option // besides, in any order
	Reads   bool     // reads the pipe
	Writes  bool     // changes the domain: `carya check` asks for a guard
	Calls   bool     // asks other servers, which may feel it
	Hidden  bool

	// Run does the work for one stage. Nil for a family.
	Run func(*Call) error

	// Prepare, when set, is called at load time in place of the usual
	// word binding, and gives the run function: for commands whose words
	// are themselves commands (run, each, if, try).
	Prepare func(*Prep) (func(*Call) error, error)

	// Verbs are a family's verbs. VerbAt is the place of the verb among
	// the positional words: 0 for `www checkme …`, 1 for `thing SET get …`.
	// A verb's Params include the words before the verb.
	Verbs  []*Command
	VerbAt int
}

// Type says which small language a word holds. The engine parses literal
// words at load, with placeholders as holes (see doc.go, rule 5).
type Type uint8

// The types of words.
const (
	Text     Type = iota // any text
	Ref                  // an object: ~/path or id:…
	JSON                 // relaxed JSON
	Match                // relaxed JSON, read by the match language; also bare text where a command allows it
	Regexp               // RE2; holes are quoted
	Int                  // decimal
	Duration             // 90s, 5m, 2h, or seconds
	Header               // one line: no CR, LF or NUL
	Literal              // must be literal text in the script
)

// Param is a positional word.
type Param struct {
	Name     string // as the usage line shows it: "SITE"
	Type     Type
	Optional bool
	Repeat   bool // takes all further words; last only
	Names    bool // names of commands: what completion offers
	Help     domain.Text

	// Check, for JSON and Match words, refuses a wrong document at load
	// time; it sees holes unfilled.
	Check func(*relaxed.Node) error
}

// Arity says whether an option takes a value.
type Arity uint8

// The arities. Optional takes the next word unless that is a literal word that
// begins with "-" or there is none.
const (
	None Arity = iota
	Required
	Optional
)

// Option is a declared option, written with one dash: -ajax. One-letter
// options without value may be joined: -cqn.
type Option struct {
	Name  string // without the dash
	Arity Arity
	Type  Type   // of its value
	Arg   string // the value's name in the usage line: "JSON"
	Help  domain.Text
	Check func(*relaxed.Node) error // as Param.Check
}

// JSONOptions are the options of every command that prints JSON: -c compact,
// -n keep nulls, -q quoted keys (accepted; the output is always valid JSON).
func JSONOptions() []Option {
	return []Option{
		{Name: "c", Help: domain.Text{ZH: "紧凑，一行", EN: "compact, one line"}},
		{Name: "n", Help: domain.Text{ZH: "保留空值", EN: "keep nulls"}},
		{Name: "q", Help: domain.Text{ZH: "键加引号（总是如此）", EN: "quoted keys (always so)"}},
	}
}

// AjaxOption is -ajax: wrap the answer in the envelope and turn this command's
// own errors into {"ok":false,…}. The engine does the latter.
func AjaxOption() Option {
	return Option{Name: "ajax", Help: domain.Text{ZH: "以 AJAX 信封输出", EN: "answer in the envelope"}}
}

// Prep is what Command.Prepare sees at load time.
type Prep struct {
	Words           []*syntax.Word // all words after the command's name
	Pos             syntax.Pos
	CompileTemplate func(words []*syntax.Word) (*Script, error)                             // words as one command; literal text is read as template (${…} inside are placeholders of the next run)
	CompileEscaped  func(words []*syntax.Word, escape func(string) string) (*Script, error) // the same, and every value is changed by escape
	CompileBlock    func(w *syntax.Word) (*Script, error)                                   // the text of one word as a script, read as template
	Declare         func(name string)                                                       // notes a variable that the command sets (Call.SetVar)
	Arg             func(w *syntax.Word, t Type) int                                        // binds a word for the run: its place for Call.Arg
	Endpoint        bool                                                                    // the script is an endpoint's
}
