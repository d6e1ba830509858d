package syntax

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A placeholder is
//
//	"${" key { "|" key } [ "<" format ">" ] [ "?" default | "?@" key ] "}"
//	key    = step { "." step | "[" digits "]" }
//	step   = characters other than |?<>{}[]'. and line ends | "'" characters "'"
//
// Blanks around keys and steps do not count. A format ends at the first ">". A
// default is literal text in which braces are balanced and `$$` is a "$".

// keyEnd are the bytes that end an unquoted step.
const keyEnd = "|?<>{}[]'.\r\n"

// formatTypes are the known types of formats, besides the empty one.
const formatTypes = "int, float, date, boolean, string, json, html, url"

// holeReader reads one placeholder from behind its "${" on.
type holeReader struct {
	*lexer
	start int // of "${"
}

// placeholder reads the placeholder at l.pos; Pos and Quote are left to the
// caller.
func (l *lexer) placeholder() (*Placeholder, *Error) {
	h := holeReader{l, l.pos}
	l.pos += 2
	p := &Placeholder{}
	if err := h.keys(p); err != nil {
		return nil, err
	}
	if h.peek() == '<' {
		if err := h.format(p); err != nil {
			return nil, err
		}
	}
	if h.peek() == '?' {
		if err := h.dflt(p); err != nil {
			return nil, err
		}
	}
	if h.peek() != '}' {
		return nil, h.unexpected()
	}
	p.Source = l.src[h.start+2 : l.pos]
	l.pos++
	return p, nil
}

func (h holeReader) fault(off int, zh, en string, args ...any) *Error {
	return faultAt(h.place.at(off), zh, en, args...)
}

// unexpected is the error for what stands at h.pos.
func (h holeReader) unexpected() *Error {
	if h.pos == len(h.src) {
		err := h.fault(h.start, `占位符 "${" 没有结束：缺少 "}"`, `the placeholder "${" is not closed: "}" is missing`)
		err.Incomplete = true
		return err
	}
	if lineEnd(h.rest()) > 0 {
		return h.fault(h.start, `占位符 "${" 没有在本行结束：缺少 "}"`, `the placeholder "${" is not closed on its line: "}" is missing`)
	}
	c, _ := utf8.DecodeRuneInString(h.rest())
	return h.fault(h.pos, "占位符的这里不能有 %q：含有它的键要加单引号，如 ${'a.b'}", "%q is not expected here in a placeholder: a key that holds it needs single quotes, as in ${'a.b'}", string(c))
}

func (h holeReader) blanks() {
	for h.peek() == ' ' || h.peek() == '\t' {
		h.pos++
	}
}

func (h holeReader) keys(p *Placeholder) *Error {
	for {
		k, err := h.key()
		if err != nil {
			return err
		}
		p.Keys = append(p.Keys, k)
		if h.peek() != '|' {
			return nil
		}
		h.pos++
	}
}

func (h holeReader) key() (Key, *Error) {
	var k Key
	var name strings.Builder
	for {
		s, err := h.step()
		if err != nil {
			return k, err
		}
		k.Steps = append(k.Steps, s)
		name.WriteString(s.Name)
		for h.peek() == '[' {
			if s, err = h.index(); err != nil {
				return k, err
			}
			k.Steps = append(k.Steps, s)
			name.WriteString("[" + s.Name + "]")
		}
		if h.peek() != '.' {
			k.Name = name.String()
			return k, nil
		}
		h.pos++
		name.WriteByte('.')
	}
}

// step reads a name, quoted or not, and the blanks around it.
func (h holeReader) step() (Step, *Error) {
	h.blanks()
	if h.peek() == '\'' {
		return h.quotedStep()
	}
	n := strings.IndexAny(h.rest(), keyEnd)
	if n < 0 {
		n = len(h.rest())
	}
	name := strings.TrimRight(h.src[h.pos:h.pos+n], " \t")
	if name == "" && n < len(h.rest()) && lineEnd(h.rest()[n:]) == 0 {
		return Step{}, h.fault(h.pos, "占位符 ${…} 中有空的键", "a key is empty in the placeholder ${…}")
	}
	if err := h.otherShell(name); err != nil {
		return Step{}, err
	}
	h.pos += n
	if name == "" {
		return Step{}, h.unexpected()
	}
	return Step{name, index(name)}, nil
}

// otherShell refuses what a POSIX shell reads as a default and would be a key
// here that never exists: ${x:-y}.
func (h holeReader) otherShell(name string) *Error {
	if !looksLikeDefault(name) {
		return nil
	}
	return h.fault(h.pos, "默认值写作 ${key?default}；键 %q 要加单引号，如 ${'a:b'}", "a default is written ${key?default}; a key %q needs single quotes, as in ${'a:b'}", name)
}

func looksLikeDefault(name string) bool {
	return strings.Contains(name, ":-") || strings.Contains(name, ":=") || strings.HasSuffix(name, ":")
}

func (h holeReader) quotedStep() (Step, *Error) {
	at := h.pos
	h.pos++
	n := strings.IndexAny(h.rest(), "'\r\n")
	switch {
	case n < 0:
		h.pos = len(h.src)
		return Step{}, h.unexpected()
	case n == 0:
		return Step{}, h.fault(at, "占位符 ${…} 中有空的键", "a key is empty in the placeholder ${…}")
	case h.src[h.pos+n] != '\'':
		return Step{}, h.fault(at, "键的引号没有在本行结束", "the quote of a key is not closed on its line")
	}
	name := h.src[h.pos : h.pos+n]
	h.pos += n + 1
	h.blanks()
	return Step{name, -1}, nil
}

// index reads [i] and the blanks behind it.
func (h holeReader) index() (Step, *Error) {
	text, _, ok := strings.Cut(h.rest()[1:], "]")
	i := index(strings.Trim(text, " \t"))
	if !ok && strings.Trim(text, "0123456789 \t") == "" {
		h.pos = len(h.src)
		return Step{}, h.unexpected()
	}
	if i < 0 {
		return Step{}, h.fault(h.pos, "[ ] 里不是下标：请写数字，如 ${list[0]}", "what stands in [ ] is no index: write a number, as in ${list[0]}")
	}
	h.pos += len(text) + 2
	h.blanks()
	return Step{strconv.Itoa(i), i}, nil
}

// index reads a decimal index without leading zeros; -1 for anything else.
func index(s string) int {
	const most = 9 // digits
	if s == "" || len(s) > most || len(s) > 1 && s[0] == '0' || strings.Trim(s, "0123456789") != "" {
		return -1
	}
	i, _ := strconv.Atoi(s)
	return i
}

// format reads <type:spec>.
func (h holeReader) format(p *Placeholder) *Error {
	at := h.pos
	n := strings.IndexAny(h.rest(), ">\n")
	if n < 0 {
		h.pos = len(h.src)
		return h.unexpected()
	}
	if h.src[h.pos+n] == '\n' {
		return h.fault(at, `格式 "<" 没有在本行结束：缺少 ">"`, `the format "<" is not closed on its line: ">" is missing`)
	}
	f, err := h.formatOf(h.src[h.pos+1 : h.pos+n])
	if err != nil {
		return err
	}
	p.Format = f
	h.pos += n + 1
	h.blanks()
	return nil
}

func (h holeReader) formatOf(text string) (*Format, *Error) {
	typ, spec, _ := strings.Cut(text, ":")
	f := &Format{Type: strings.Trim(typ, " \t"), Spec: spec}
	switch {
	case f.Type != "" && !slices.Contains(strings.Split(formatTypes, ", "), f.Type):
		return nil, h.fault(h.pos+1, "没有格式 %q：可用的有 %s、<:%%s> 与 <::a=A,b=B>", "there is no format %q: known are %s, <:%%s> and <::a=A,b=B>", f.Type, formatTypes)
	case f.Type == "" && spec == "":
		return nil, h.fault(h.pos, "格式是空的：请写成如 <int:%%03d>", "the format is empty: write it as in <int:%%03d>")
	case f.Type == "" && spec[0] == ':':
		return h.mapping(f)
	}
	return f, nil
}

func (h holeReader) mapping(f *Format) (*Format, *Error) {
	for pair := range strings.SplitSeq(f.Spec[1:], ",") {
		from, to, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, h.fault(h.pos, `格式中的 %q 缺少 "="：请成对书写，如 <::a=A,b=B>`, `"=" is missing in %q of the format: write pairs, as in <::a=A,b=B>`, pair)
		}
		f.Map = append(f.Map, MapEntry{strings.Trim(from, " \t"), strings.Trim(to, " \t")})
	}
	return f, nil
}

// dflt reads ?default or ?@key, up to the closing brace.
func (h holeReader) dflt(p *Placeholder) *Error {
	h.pos++
	p.HasDefault = true
	if h.peek() == '@' {
		h.pos++
		k, err := h.key()
		p.DefaultKey = &k
		return err
	}
	var b strings.Builder
	for depth := 0; h.pos < len(h.src); h.pos++ {
		c := h.src[h.pos]
		switch {
		case c == '{':
			depth++
		case c == '}' && depth == 0:
			p.Default = b.String()
			return nil
		case c == '}':
			depth--
		case strings.HasPrefix(h.rest(), "$$"):
			h.pos++
		case strings.HasPrefix(h.rest(), "${"):
			return h.fault(h.pos, "默认值里有占位符：改用另一个键写作 ${a?@b}，表示文本写作 $${", "a placeholder inside a default: write ${a?@b} to fall back to another key, $${ to mean the text")
		}
		b.WriteByte(c)
	}
	return h.unexpected()
}
