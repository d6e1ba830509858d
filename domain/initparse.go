package domain

import (
	"strings"

	"github.com/caryahq/carya/domain/relaxed"
)

// ParseInit reads an init script; file is its name in messages. All faults are
// collected: the error is e.domain.init, a line `file:line:col: what` each in
// its detail, a []Fault as its data.
func ParseInit(src []byte, file string) (*InitScript, error) {
	text := strings.TrimPrefix(string(src), "\ufeff")
	if strings.HasSuffix(strings.ToLower(file), ".md") {
		text = markdownInit(text)
	}
	p := &initParser{InitScript: &InitScript{file: file, src: text}}
	for p.pos < len(text) {
		p.line()
	}
	if len(p.faults) > 0 {
		return nil, faultsError("e.domain.init", p.faults)
	}
	return p.InitScript, nil
}

// initParser goes through a script line by line.
type initParser struct {
	*InitScript
	pos    int
	cur    *initBlock // what metadata and content belong to
	faults []Fault
}

func (p *initParser) failf(offset int, zh, en string, args ...any) {
	p.faults = append(p.faults, p.fault(offset, Textf(zh, en, args...)))
}

// next takes a line; it comes without its end.
func (p *initParser) next() (line string, at int) {
	at = p.pos
	line, _, _ = strings.Cut(p.src[at:], "\n")
	p.pos = min(at+len(line)+1, len(p.src))
	return strings.TrimSuffix(line, "\r"), at
}

func (p *initParser) line() {
	line, at := p.next()
	text := strings.TrimLeft(line, " \t")
	at += len(line) - len(text)
	if text = strings.TrimRight(text, " \t"); text == "" {
		return
	}
	switch text[0] {
	case '#':
	case '@':
		p.block(text, at)
	case '{':
		p.meta(at)
	case '%', '?':
		p.macro(text, at)
	default:
		p.failf(at, "这里应是块（@DIR、@FILE…）、元数据（{…}）或内容（%%COPY:…）", "a block (@DIR, @FILE, …), metadata ({…}) or content (%%COPY:, …) is expected")
	}
}

// block begins a block; metadata may stand on its line.
func (p *initParser) block(line string, at int) {
	kind, rest, _ := strings.Cut(line[1:], " ")
	if i := strings.IndexAny(kind, "\t{"); i >= 0 {
		kind, rest = kind[:i], line[1+i:]
	}
	p.cur = &initBlock{kind: kind, at: at}
	if !initKind(kind) {
		p.failf(at, "未知的块 %q：可用 @DIR、@FILE、@THING、@API、@ENV、@HOME 与 @INCLUDE", "unknown block %q: there are @DIR, @FILE, @THING, @API, @ENV, @HOME and @INCLUDE", "@"+shorten(kind))
		return
	}
	p.blocks = append(p.blocks, p.cur)
	restAt := at + len(line) - len(rest)
	brace := metaStart(rest)
	p.cur.arg = strings.TrimSpace(rest[:brace])
	if p.cur.arg == "" && kind != "ENV" {
		p.failf(at, "@%s 缺少路径", "@%s needs a path", kind)
	}
	if p.cur.arg != "" && kind == "ENV" {
		p.failf(at, "@ENV 带对象，不带路径", "@ENV takes an object, no path")
	}
	if brace < len(rest) {
		p.meta(restAt + brace)
	}
}

func initKind(kind string) bool {
	switch kind {
	case "DIR", "FILE", "THING", "API", "ENV", "HOME", "INCLUDE":
		return true
	}
	return false
}

// metaStart is where metadata begins on a block's own line: a brace at its start
// or behind a blank (a placeholder's follows a dollar).
func metaStart(rest string) int {
	for i := range len(rest) {
		if rest[i] == '{' && (i == 0 || rest[i-1] == ' ' || rest[i-1] == '\t') {
			return i
		}
	}
	return len(rest)
}

// meta reads the object at an offset and goes on behind it.
func (p *initParser) meta(at int) {
	n, end, err := relaxed.ParsePrefix(p.src[at:])
	if err != nil {
		p.faults = append(p.faults, relaxedFault(p.file, p.src, shiftFault(err, at)))
		p.resync(at)
		return
	}
	p.pos = at + end
	tail, tailAt := p.next()
	if tail = strings.TrimSpace(tail); tail != "" && tail[0] != '#' {
		p.failf(tailAt, "元数据所在行之后不能再有内容", "nothing may follow the metadata on its line")
	}
	switch c := p.cur; {
	case c == nil:
		p.failf(at, "元数据不属于任何块", "metadata without a block")
	case c.meta != nil:
		p.failf(at, "该块已有元数据", "the block has metadata already")
	case c.content != nil:
		p.failf(at, "元数据要写在内容之前", "metadata stands before the content")
	case c.kind == "HOME" || c.kind == "INCLUDE":
		p.failf(at, "@%s 不带元数据", "@%s takes no metadata", c.kind)
	default:
		c.meta, c.metaAt = n, at
	}
}

// resync goes on at the next line that begins a block or a content.
func (p *initParser) resync(at int) {
	for p.pos = at; p.pos < len(p.src); {
		line, lineAt := p.next()
		if _, ok := cutMacro(line); lineAt > at && (ok || strings.HasPrefix(line, "@")) {
			p.pos = lineAt
			return
		}
	}
}

// shiftFault moves a fault of an inner source to the outer one.
func shiftFault(err error, by int) error {
	if e, ok := err.(*relaxed.Error); ok {
		return &relaxed.Error{Offset: e.Offset + by, Msg: e.Msg, ZH: e.ZH}
	}
	return err
}
