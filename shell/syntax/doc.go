// Package syntax turns text into the tree of the language and back. It knows
// no command and imports nothing of the project.
//
//	program     = pipeline { (";" | newline) pipeline }
//	pipeline    = command { "|" command } [ (">" | ">>") word ]
//	word        = pieces of: bare text, 'single', "double", `pipeline` or $(pipeline), ${placeholder}
//
// What POSIX shells have and this language has not (&&, ||, &, <, bare
// parentheses, numbered streams) is an error that says so, never text: it has
// to be quoted. ">" redirects wherever it is not quoted, also inside a word.
// Characters that shells expand ({ } [ ] * ? ! ~ =) are plain text.
//
// A line goes on below when it ends with "\" or "|". Outside quotes a backslash
// takes the meaning off the next character; in double quotes it does so before
// " \ $ ` and a line end, and is plain elsewhere; in single quotes it is plain.
// Line ends may be LF or CRLF.
//
// Placeholders belong to the script and not to the quoting: they count inside
// both kinds of quotes. "$$" is a "$" everywhere, and so is a "$" that no "{",
// "(" or "$" follows. Substitutions count bare and in double quotes. A back
// quote closes only the substitution that is open innermost.
//
// lex.go, states.go, quotes.go and placeholder.go cut the text into items,
// parse.go makes the tree (tree.go) of them, print.go and printword.go write
// it, walk.go and equal.go go through it.
package syntax
