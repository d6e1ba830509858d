// Package pattern holds regular expressions that strangers and tenants choose. Go's
// regexp takes linear time, but time that nobody can end, and a few bytes of text make a
// program of megabytes: here the size of an expression is bounded, and looking at a
// long text ends when its context does.
package pattern

import (
	"context"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"unsafe"

	"github.com/caryahq/carya/domain"
)

// Regexp is a compiled regular expression (RE2). It is safe for concurrent use.
type Regexp struct {
	re   *regexp.Regexp
	size int
	next func() *regexp.Regexp // finds re behind the first character of a text
}

// Compile compiles an expression that stands in a file of the domain; e.cmd.arg.
func Compile(s string) (*Regexp, error) { return compile(s, maxOwn) }

// CompileSent compiles one that a request may have sent, which may be less large.
func CompileSent(s string) (*Regexp, error) {
	if len(s) > maxText {
		return nil, errLarge()
	}
	return compile(s, maxSent)
}

func compile(s string, most int) (*Regexp, error) {
	if tooLarge(s, most) {
		return nil, errLarge()
	}
	re, err := regexp.Compile(s)
	if err != nil {
		return nil, domain.E("e.cmd.arg", Fault(err))
	}
	return of(re), nil
}

func errLarge() error {
	return domain.E("e.cmd.arg", domain.Text{ZH: "正则表达式过大", EN: "the regular expression is too large"})
}

func of(re *regexp.Regexp) *Regexp {
	p := &Regexp{re: re, size: 1}
	if tree, err := syntax.Parse(re.String(), syntax.Perl); err == nil {
		p.size = size(tree, maxOwn)
	}
	p.next = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?s:.)(?s:.*?)(` + re.String() + `)`)
	})
	return p
}

// Fold is the expression without regard to case.
func (p *Regexp) Fold() *Regexp { return of(regexp.MustCompile("(?i)" + p.re.String())) }

// String is the expression's text.
func (p *Regexp) String() string { return p.re.String() }

// SubexpIndex is regexp's.
func (p *Regexp) SubexpIndex(name string) int { return p.re.SubexpIndex(name) }

// unwatched is the work that is done without a look at the context, in steps:
// characters of the text times the size of the expression. About 5 ms.
const unwatched = 1 << 18

// Work is about how many steps looking at a text of so many bytes takes.
func (p *Regexp) Work(n int) int { return n * p.size }

// short reports whether a text can be looked at in one go.
func (p *Regexp) short(text string) bool { return len(text) <= unwatched/p.size }

// Match reports whether a text holds what the expression says. It fails with the
// context's error when that ends first.
func (p *Regexp) Match(ctx context.Context, text []byte) (bool, error) {
	return p.MatchString(ctx, stringOf(text))
}

// MatchString is Match for a string.
func (p *Regexp) MatchString(ctx context.Context, text string) (bool, error) {
	if p.short(text) {
		return p.re.MatchString(text), nil
	}
	prefix, whole := p.re.LiteralPrefix()
	if found := strings.Contains(text, prefix); !found || whole {
		return found, ctx.Err()
	}
	r := reader{ctx: ctx, text: text, size: p.size}
	found := p.re.MatchReader(&r)
	return found && r.err == nil, r.err
}

// Each gives the places of at most n parts of a text that match, of all when n is
// negative, as regexp.FindAllIndex does, until do fails or the context ends.
func (p *Regexp) Each(ctx context.Context, text string, n int, do func(from, to int) error) error {
	if !p.short(text) {
		return p.eachLong(&reader{ctx: ctx, size: p.size}, text, n, do)
	}
	for _, loc := range p.re.FindAllStringIndex(text, n) {
		if err := do(loc[0], loc[1]); err != nil {
			return err
		}
	}
	return nil
}

func (p *Regexp) eachLong(r *reader, text string, n int, do func(from, to int) error) error {
	for at, end := 0, -1; n != 0 && at <= len(text); {
		loc := p.first(r, text, at)
		if loc == nil || r.err != nil {
			return r.err
		}
		if loc[1] > loc[0] || loc[0] != end { // an empty part right behind another counts for nothing
			if err := do(loc[0], loc[1]); err != nil {
				return err
			}
			n--
		}
		if at, end = loc[1], loc[1]; loc[1] == loc[0] {
			at += width(text[at:])
		}
	}
	return nil
}

// first is the place of the first part at or behind a place.
func (p *Regexp) first(r *reader, text string, at int) []int {
	if r.text = text; at == 0 {
		return p.re.FindReaderIndex(r)
	}
	begin := at - lastWidth(text[:at])
	r.text = text[begin:]
	loc := p.next().FindReaderSubmatchIndex(r)
	if loc == nil {
		return nil
	}
	return []int{begin + loc[2], begin + loc[3]}
}

// stringOf is bytes as a string, valid as long as they stay as they are.
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
