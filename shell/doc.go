// Package shell runs the language: it compiles a tree against the commands once,
// and binds a request's data into it per run.
//
// # Data never becomes syntax
//
// Compiling settles everything that is structure: which command a stage runs,
// which word is which argument or option, and what the literal text of a word means
// in the small language that the word holds. What is left are holes, and a run only
// fills them.
//
//  1. A script is parsed and bound once, when it is loaded; every fault that can
//     be seen then is reported then, with its place (Faults).
//  2. A placeholder or substitution fills one hole of its word, whatever it holds.
//     No later stage reads it again: run, each, if and try compile their words at load
//     (Prep), and an outer value is a hole in the tree of the inner script.
//  3. A word that begins with data is an argument, never an option.
//  4. A word is an option when its literal text begins with "-" and a letter or
//     another "-"; bare and quoted texts are alike. So -5, - and "- a" are arguments,
//     and -- ends the options. The exact name counts before joined letters (-cqn). A
//     required value is the next word whatever it is; an optional one is the next word
//     unless that begins with a literal "-". A text like -${x} is refused: nobody can tell
//     what it is meant to be.
//  5. Typed words (Type) keep data in its place too: a hole in JSON is text inside a
//     string or one scalar, never a key; one in a regular expression is quoted; a path
//     stays at or below its literal directory; an id stays an id; a header stays one line.
//     A word that is one placeholder and nothing else is read as the caller sent it.
//  6. The names of commands and verbs are literal.
//
// # A run
//
// All words of a pipeline are filled, substitutions included, from left to right
// before its first stage runs. Then the stages run one after the other in the
// caller's goroutine, with up to 64 KiB between two of them; only when a stage writes
// more, or flushes, do the stages behind it get a goroutine (pipe). The first failing
// stage ends the run. A budget of time, output and stages is shared by everything that
// the script runs inside.
//
// # Where to look
//
//	registry.go, command.go          what a command declares
//	compile*.go, bind_words.go       a tree becomes a Script
//	word*.go                         the types of words
//	placeholder.go, format*.go       what fills a hole
//	prep*.go                         scripts inside a stage
//	run_*.go, pipe.go, deadline.go   one run
//	call.go, arg.go, reply.go        what a command sees and answers
//	manual.go, man.go, reference.go  pages; usage.go, complete.go, explain.go: prompts
package shell
