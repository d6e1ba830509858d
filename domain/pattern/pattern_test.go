package pattern

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
)

// ending is a context that ends after so many looks at it.
type ending struct {
	context.Context
	looks int
}

func (e *ending) Err() error {
	if e.looks--; e.looks < 0 {
		return context.Canceled
	}
	return nil
}

// find is Each as a list.
func (p *Regexp) find(ctx context.Context, text string, n int) (places [][]int, err error) {
	err = p.Each(ctx, text, n, func(from, to int) error {
		places = append(places, []int{from, to})
		return nil
	})
	return places, err
}

// Looking at a long text ends with the context, soon: the text here would take hours.
func TestALongTextEndsWithTheContext(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 32<<20)
	p, err := Compile(`^(.*){1,900}(a|b|c)*x`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.MatchString(&ending{t.Context(), 2}, long); !errors.Is(err, context.Canceled) {
		t.Errorf("match: %v", err)
	}
	if _, err := p.Match(&ending{t.Context(), 2}, []byte(long)); !errors.Is(err, context.Canceled) {
		t.Errorf("match of bytes: %v", err)
	}
	if p, err = Compile(`a(.{1,500}z)?`); err != nil { // every part looks far ahead
		t.Fatal(err)
	}
	if _, err := p.find(&ending{t.Context(), 2}, long, -1); !errors.Is(err, context.Canceled) {
		t.Errorf("find: %v", err)
	}
}

// A long text is looked at as a short one is.
func TestALongTextIsMatchedAsAShortOne(t *testing.T) {
	t.Parallel()
	pad := strings.Repeat("－ a1b\xff\n", 30)
	for _, re := range []string{`a`, `^a`, `a$`, `(?m)^－`, `(?m)b.$`, `\b`, `\Ba`, `a*`, ``, `x*`, `[^a]+`, `(a|a1|1b)`, `a.*?b`, `\x{ff}`, `1|－`, `(?s).`, `zz`, `\z`, `(?i)A1`, `\A－?`} {
		p, err := Compile(re)
		if err != nil {
			t.Fatal(err)
		}
		p.size = unwatched + 1 // every text is long
		std := regexp.MustCompile(re)
		for _, text := range []string{"", "a", "ab", "ba", pad, "aaa", "－", "\xff"} {
			for _, n := range []int{-1, 0, 1, 3} {
				got, err := p.find(t.Context(), text, n)
				if want := std.FindAllStringIndex(text, n); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%q in %.20q, %d: %v %v, want %v", re, text, n, got, err, want)
				}
			}
			if got, err := p.MatchString(t.Context(), text); err != nil || got != std.MatchString(text) {
				t.Errorf("%q in %.20q: %v %v", re, text, got, err)
			}
		}
	}
}

// An expression is no larger than who wrote it may write.
func TestAnExpressionHasABound(t *testing.T) {
	t.Parallel()
	for re, ok := range map[string][2]bool{
		`^1[3-9]\d{9}$`:                {true, true},
		`(a|b){900}`:                   {true, false},
		`((a|b|c){100}){10}`:           {true, false},
		strings.Repeat(`\pL{999}`, 30): {false, false},
		strings.Repeat("a", 9<<10):     {true, false},
	} {
		_, own := Compile(re)
		_, sent := CompileSent(re)
		if (own == nil) != ok[0] || (sent == nil) != ok[1] {
			t.Errorf("%.20s: %v, %v", re, own, sent)
		}
	}
	if _, err := CompileSent(`a(`); domain.CodeOf(err) != "e.cmd.arg" || !strings.Contains(err.Error(), "missing closing )") {
		t.Error(err)
	}
}
