package domain

import "strings"

// The contents of init blocks.

// macro reads a content.
func (p *initParser) macro(line string, at int) {
	m, ok := cutMacro(line)
	if !ok {
		p.failf(at, "未知的内容宏 %q：可用 %%COPY:、%%TMPL:、%%COPY> 与 %%TMPL>，或以 ? 代替百分号", "unknown content %q: there are %%COPY:, %%TMPL:, %%COPY> and %%TMPL>, or the same with ?", shorten(line))
		return
	}
	c := &initContent{at: at, tmpl: m.tmpl, keep: m.keep, from: m.rest}
	switch {
	case m.file && m.rest == "":
		p.failf(at, "缺少文件名", "the file is missing")
	case !m.file && m.rest != "":
		p.failf(at, "内容从下一行开始", "the content begins on the next line")
	}
	if !m.file {
		c.from = ""
		c.text = p.body(at)
	}
	switch b := p.cur; {
	case b == nil:
		p.failf(at, "内容不属于任何块", "content without a block")
	case b.content != nil:
		p.failf(at, "该块已有内容", "the block has a content already")
	case b.kind != "FILE" && b.kind != "API" && b.kind != "THING":
		p.failf(at, "@%s 不带内容", "@%s takes no content", b.kind)
	default:
		b.content = c
	}
}

// body is the lines up to the end mark, which stands at the margin or below
// its beginning, as in a block that was pasted with its indentation.
func (p *initParser) body(at int) string {
	start := p.pos
	margin := p.src[strings.LastIndexByte(p.src[:at], '\n')+1 : at]
	for p.pos < len(p.src) {
		line, lineAt := p.next()
		if end := strings.TrimPrefix(strings.TrimRight(line, " \t"), margin); end == "%END%" || end == "?END?" {
			return p.src[start:lineAt]
		}
	}
	p.failf(at, "缺少 %%END%%", "%%END%% is missing")
	return ""
}

// macroLine is the first line of a content.
type macroLine struct {
	keep, tmpl, file bool
	rest             string
}

func cutMacro(line string) (m macroLine, ok bool) {
	if len(line) < 6 || line[0] != '%' && line[0] != '?' || line[5] != ':' && line[5] != '>' {
		return m, false
	}
	m = macroLine{keep: line[0] == '?', tmpl: line[1:5] == "TMPL", file: line[5] == '>', rest: strings.TrimSpace(line[6:])}
	return m, m.tmpl || line[1:5] == "COPY"
}
