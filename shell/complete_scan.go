package shell

import "strings"

// typed is the command at the end of a line that is being typed.
type typed struct {
	words    []string // its finished words, without quotes
	word     string   // the one at the cursor, without quotes
	from     int      // where that one begins, its open quote included
	quote    byte     // the quote that is open, 0 without
	redirect bool     // the word is the target of > or >>
}

// scanTyped reads a line up to the cursor. Unlike the parser it never fails: what
// is open stays open. A word that holds a placeholder or substitution is kept as
// it was typed.
func scanTyped(line string) typed {
	s := scanner{typed: typed{}}
	for i := 0; i < len(line); {
		i += s.next(line, i)
	}
	if !s.inWord {
		s.from = len(line)
	}
	return s.typed
}

type scanner struct {
	typed
	inWord bool
	outer  []typed // the commands around an open substitution
}

// next takes the character at i and gives its length.
func (s *scanner) next(line string, i int) int {
	c := line[i]
	if s.quote != 0 {
		return s.inQuote(line, i)
	}
	switch c {
	case ' ', '\t':
		s.endWord()
	case '|', ';', '\n':
		s.typed, s.inWord = typed{}, false
	case '>':
		s.endWord()
		s.redirect = true
	case '\'', '"':
		s.beginWord(i)
		s.quote = c
	case '\\':
		return s.escape(line, i)
	case '(':
		s.openSubst()
	case ')':
		s.closeSubst()
	case '`':
		s.tick()
	default:
		s.beginWord(i)
		s.word += line[i : i+1]
	}
	return 1
}

func (s *scanner) beginWord(i int) {
	if !s.inWord {
		s.inWord, s.from = true, i
	}
}

func (s *scanner) endWord() {
	if s.inWord && !s.redirect {
		s.words = append(s.words, s.word)
	}
	s.inWord, s.word, s.redirect = false, "", s.redirect && !s.inWord
}

func (s *scanner) inQuote(line string, i int) int {
	switch c := line[i]; {
	case c == s.quote:
		s.quote = 0
	case c == '\\' && s.quote == '"':
		return s.escape(line, i)
	default:
		s.word += line[i : i+1]
	}
	return 1
}

func (s *scanner) escape(line string, i int) int {
	s.beginWord(i)
	if i+1 < len(line) && line[i+1] != '\n' {
		s.word += line[i+1 : i+2]
	}
	return 2
}

// openSubst begins the command of a $(…).
func (s *scanner) openSubst() {
	s.inWord = true
	s.outer = append(s.outer, s.typed)
	s.typed, s.inWord = typed{}, false
}

func (s *scanner) closeSubst() {
	if n := len(s.outer); n > 0 {
		s.typed, s.outer, s.inWord = s.outer[n-1], s.outer[:n-1], true
	}
}

// tick opens or closes a substitution in back quotes.
func (s *scanner) tick() {
	if n := len(s.outer); n > 0 && strings.HasSuffix(s.outer[n-1].word, "`") {
		s.closeSubst()
		return
	}
	s.word += "`"
	s.openSubst()
}

// quoted is a word as it must be typed to stand for a text, with the quote that
// is open if that can be.
func (t typed) quoted(text string) string {
	switch {
	case t.quote == '"':
		return `"` + escaped(text, "\"\\$`")
	case t.quote == '\'' && !strings.Contains(text, "'"):
		return "'" + strings.ReplaceAll(text, "$", "$$")
	}
	return escaped(text, " \t;|<>&()'\"`$\\#")
}

func escaped(text, special string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune(special, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
