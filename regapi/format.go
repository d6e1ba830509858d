package regapi

import (
	"github.com/caryahq/carya/domain"
	"strings"
	"unicode/utf8"

	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell/syntax"
)

// maxScript bounds the text of an endpoint.
const maxScript = 1 << 20

// file is an endpoint's file taken apart:
//
//	# comment block: what the endpoint does
//	@FILE .regapi/api/auth/site
//	{ metadata, relaxed JSON }
//	%COPY:
//	pipeline
//	%END%
//
// Every part but the pipeline may be missing; a file without @FILE, metadata
// and %COPY: is all pipeline.
type file struct {
	doc    string // the comment block without its "#"
	meta   string // "" when there is none
	metaAt syntax.Pos
	body   string
	bodyAt syntax.Pos
}

// placed is what is wrong, and where; the file's name is added later.
type placed struct {
	at  syntax.Pos
	msg domain.Text
}

// splitFile takes an endpoint's text apart.
func splitFile(src string) (file, *placed) {
	src = strings.ReplaceAll(strings.TrimPrefix(src, "\ufeff"), "\r\n", "\n")
	l := lines{src: src, pos: syntax.Pos{Line: 1, Col: 1}}
	switch {
	case len(src) > maxScript:
		return file{}, l.fault(domain.Text{ZH: "脚本超过 1 MiB", EN: "the script is longer than 1 MiB"})
	case !utf8.ValidString(src):
		return file{}, &placed{posAt(src, l.pos, relaxed.BadByte(src)), domain.Text{ZH: "内容不是 UTF-8", EN: "the text is not UTF-8"}}
	case strings.TrimSpace(src) == "":
		return file{}, l.fault(domain.Text{ZH: "文件是空的", EN: "the file is empty"})
	}
	f := file{doc: l.comments()}
	headed, fault := l.head(&f)
	if fault != nil {
		return f, fault
	}
	if !headed {
		f.body, f.bodyAt = src, syntax.Pos{Line: 1, Col: 1}
		return f, nil
	}
	return f, l.content(&f)
}

// lines walks a text line by line.
type lines struct {
	src string
	pos syntax.Pos // of the line that peek gives
}

func (l *lines) fault(msg domain.Text) *placed { return &placed{l.pos, msg} }

// peek is the next line trimmed; false at the end.
func (l *lines) peek() (string, bool) {
	if l.pos.Offset >= len(l.src) {
		return "", false
	}
	line, _, _ := strings.Cut(l.src[l.pos.Offset:], "\n")
	return strings.TrimSpace(line), true
}

func (l *lines) next() {
	if i := strings.IndexByte(l.src[l.pos.Offset:], '\n'); i >= 0 {
		l.pos.Offset += i + 1
		l.pos.Line++
		return
	}
	l.pos.Offset = len(l.src)
}

// comments takes the first block of comment lines, blank lines before and
// after included, and skips further ones.
func (l *lines) comments() string {
	var doc []string
	ended := false
	for {
		line, ok := l.peek()
		if !ok || line != "" && line[0] != '#' {
			return strings.TrimSpace(strings.Join(doc, "\n"))
		}
		if line == "" {
			ended = len(doc) > 0
		} else if !ended {
			text := strings.TrimLeft(line, "#")
			doc = append(doc, strings.TrimPrefix(text, " "))
		}
		l.next()
	}
}

// head reads the @FILE line and the metadata, and reports whether the file has
// a header at all.
func (l *lines) head(f *file) (bool, *placed) {
	line, _ := l.peek()
	headed := isMacro(line)
	if strings.HasPrefix(line, "@") {
		if !isFileLine(line) {
			return true, l.fault(domain.Textf("接口只能以 @FILE 或 @API 开头，而不是 %s", "only @FILE and @API may head an endpoint, not %s", firstWord(line)))
		}
		headed = true
		l.next()
		if doc := l.comments(); f.doc == "" {
			f.doc = doc
		}
		line, _ = l.peek()
	}
	if !strings.HasPrefix(line, "{") {
		return headed, nil
	}
	return true, l.metadata(f)
}

// metadata reads the object at the next line. A broken one ends where the
// content begins: what is wrong with it is found when it is compiled.
func (l *lines) metadata(f *file) *placed {
	f.metaAt = l.pos
	if _, n, err := relaxed.ParsePrefix(l.src[l.pos.Offset:]); err == nil {
		end := l.pos.Offset + n
		f.meta = l.src[l.pos.Offset:end]
		for l.pos.Offset < end {
			l.next()
		}
		if tail := strings.TrimSpace(l.src[end:max(end, l.pos.Offset)]); tail != "" && tail[0] != '#' {
			return &placed{posAt(l.src, syntax.Pos{Line: 1, Col: 1}, end), domain.Text{ZH: "元数据所在行之后不能再有内容", EN: "nothing may follow the metadata on its line"}}
		}
	} else {
		l.skipToMacro()
		f.meta = l.src[f.metaAt.Offset:l.pos.Offset]
	}
	l.comments()
	return nil
}

func isFileLine(line string) bool {
	w := firstWord(line)
	return w == "@FILE" || w == "@API"
}

func firstWord(line string) string {
	w, _, _ := strings.Cut(line, " ")
	return w
}

func (l *lines) skipToMacro() {
	for line, ok := l.peek(); ok && !isMacro(line); line, ok = l.peek() {
		l.next()
	}
}

// isMacro reports whether a line is a content macro of an init script.
func isMacro(line string) bool {
	if len(line) < 2 || line[0] != '%' && line[0] != '?' {
		return false
	}
	rest := line[1:]
	return strings.HasPrefix(rest, "COPY") || strings.HasPrefix(rest, "TMPL")
}

// content reads %COPY: … %END%.
func (l *lines) content(f *file) *placed {
	line, ok := l.peek()
	if !ok || line != "%COPY:" && line != "?COPY:" {
		return l.fault(domain.Text{ZH: "缺少 %COPY:；带头部的文件，其管道写在 %COPY: 与 %END% 之间", EN: "%COPY: expected; the pipeline of a file with a header stands between %COPY: and %END%"})
	}
	open := *l
	l.next()
	f.bodyAt = l.pos
	for line, ok = l.peek(); line != "%END%" && line != "?END?"; line, ok = l.peek() {
		if !ok {
			return open.fault(domain.Text{ZH: "%COPY: 没有对应的 %END%", EN: "%COPY: without %END%"})
		}
		l.next()
	}
	f.body = l.src[f.bodyAt.Offset:l.pos.Offset]
	l.next()
	l.comments()
	if line, ok := l.peek(); ok {
		return l.fault(domain.Textf("接口文件以 %%END%% 结束，后面多出：%s", "an endpoint's file ends with %%END%%, here is more: %s", firstWord(line)))
	}
	return nil
}
