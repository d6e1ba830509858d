package regapi

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/caryahq/carya/domain"
)

// comment is an endpoint's comment block, taken apart: paragraphs in Chinese
// and in others, what it says of single parameters, and the codes of errors.
type comment struct {
	help    domain.Text
	summary domain.Text
	params  map[string]domain.Text
	errors  []string
}

var (
	errorCode = regexp.MustCompile(`\be\.[A-Za-z](?:[A-Za-z0-9_.]*[A-Za-z0-9_])?`)
	paramNote = regexp.MustCompile(`(?:^|[;；\s]|参数|或者)\s*([A-Za-z_][A-Za-z0-9_]*)\s*[:：]\s*([^;；\n]+)`)
)

func parseComment(doc string) *comment {
	c := &comment{params: map[string]domain.Text{}}
	var zh, en []string
	for _, para := range paragraphs(doc) {
		if isChinese(para) {
			zh = append(zh, para)
		} else {
			en = append(en, para)
		}
	}
	c.help = domain.Text{ZH: strings.Join(zh, "\n\n"), EN: strings.Join(en, "\n\n")}
	c.summary = domain.Text{ZH: sentence(c.help.ZH), EN: sentence(c.help.EN)}
	c.notes(c.help.ZH, func(t *domain.Text, s string) { t.ZH = s })
	c.notes(c.help.EN, func(t *domain.Text, s string) { t.EN = s })
	for _, code := range errorCode.FindAllString(doc, -1) {
		if !slices.Contains(c.errors, code) {
			c.errors = append(c.errors, code)
		}
	}
	slices.Sort(c.errors)
	return c
}

// notes finds `name: what it is` in the lines of a text.
func (c *comment) notes(text string, put func(*domain.Text, string)) {
	for line := range strings.Lines(text) {
		for part := range strings.SplitSeq(strings.ReplaceAll(line, "；", ";"), ";") {
			m := paramNote.FindStringSubmatch(part)
			if m == nil || m[1] == "errors" || m[1] == "body" {
				continue
			}
			t := c.params[m[1]]
			put(&t, strings.TrimSpace(m[2]))
			c.params[m[1]] = t
		}
	}
}

func paragraphs(doc string) []string {
	var out []string
	for para := range strings.SplitSeq(doc, "\n\n") {
		if para = strings.TrimSpace(para); para != "" {
			out = append(out, para)
		}
	}
	return out
}

func isChinese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// sentence is the first line of a text.
func sentence(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strings.TrimSuffix(strings.TrimSpace(line), "。")
}
