package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// formatter is a function of the project that fills a text in both languages: its last
// parameters are `zh, en string, args ...any`. It is where zh stands.
type formatter int

// formatterOf reports whether a function is one.
func formatterOf(fn *ast.FuncDecl) (formatter, bool) {
	var names []string
	for _, p := range fn.Type.Params.List {
		for _, n := range p.Names {
			names = append(names, n.Name+" "+types.ExprString(p.Type))
		}
	}
	at := len(names) - 3
	return formatter(at), at >= 0 && slices.Equal(names[at:], []string{"zh string", "en string", "args ...any"})
}

// formatters are those of each folder by name; a name that stands for something else
// there too is left out.
func formatters(t *testing.T, files map[source]*ast.File) map[string]formatter {
	t.Helper()
	out, others := map[string]formatter{}, map[string]bool{}
	for path, f := range files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			name := filepath.Dir(path.Filename) + " " + fn.Name.Name
			at, ok := formatterOf(fn)
			if before, twice := out[name]; !ok || twice && before != at {
				others[name] = true
				continue
			}
			out[name] = at
		}
	}
	maps.DeleteFunc(out, func(name string, _ formatter) bool { return others[name] })
	if len(out) < 8 {
		t.Fatalf("only %d functions fill texts: %v", len(out), out)
	}
	return out
}

// called is the folder and name of what a call calls, as far as its words tell.
func called(c *ast.CallExpr, f *ast.File, dir string) string {
	sel, ok := c.Fun.(*ast.SelectorExpr)
	if !ok {
		return dir + " " + typeName(c.Fun)
	}
	if pkg, ok := sel.X.(*ast.Ident); ok {
		for _, spec := range f.Imports {
			if inner, ok := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), module); ok && filepath.Base(inner) == pkg.Name {
				dir = filepath.Join("../..", inner)
			}
		}
	}
	return dir + " " + sel.Sel.Name
}

// Every text with places for values is given as many values as it has places, in both
// languages the same; and no text is made of what somebody else wrote, whose % would be
// places.
func TestTextsAreGivenTheirValues(t *testing.T) {
	t.Parallel()
	files := sources(t)
	known := formatters(t, files)
	seen := 0
	for path, f := range files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				if _, ok := formatterOf(fn); ok {
					continue // it hands its own texts on
				}
			}
			ast.Inspect(d, func(n ast.Node) bool {
				c, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				at, ok := known[called(c, f, filepath.Dir(path.Filename))]
				if ok {
					seen++
				} else {
					at = -1
				}
				for _, wrong := range formatFaults(c, int(at)) {
					t.Errorf("%s: %s", path.fset.Position(c.Pos()), wrong)
				}
				return true
			})
		}
	}
	if seen < 300 {
		t.Errorf("only %d texts were looked at", seen)
	}
}

// formatFaults is what is wrong with a call; at is where its texts stand, -1 when it has
// none.
func formatFaults(c *ast.CallExpr, at int) (out []string) {
	if name := typeName(c.Fun); name == "E" || name == "Wrap" {
		for _, a := range c.Args {
			if s, ok := literal(a); ok && len(places(s)) > 0 {
				out = append(out, fmt.Sprintf("%s(%q): a detail has no places for values", name, s))
			}
		}
	}
	if at < 0 || len(c.Args) < at+2 {
		return out
	}
	zh, ok1 := spelt(c.Args[at])
	en, ok2 := spelt(c.Args[at+1])
	if !ok1 || !ok2 {
		return append(out, fmt.Sprintf("a text that is not written there: %s", types.ExprString(c.Args[at])))
	}
	a, b := places(zh), places(en)
	numbered := strings.Contains(zh+en, "%[")
	if !numbered && !slices.Equal(kindsOf(a), kindsOf(b)) {
		out = append(out, fmt.Sprintf("%q has other places than %q", zh, en))
	}
	given, taken := len(c.Args)-at-2, max(valuesOf(a), valuesOf(b))
	if !c.Ellipsis.IsValid() && (taken > given || !numbered && taken < given) {
		out = append(out, fmt.Sprintf("%q and %q have %d and %d places and are given %d values", zh, en, valuesOf(a), valuesOf(b), given))
	}
	return out
}

// spelt is a text that stands in the source, whole or in parts; a part that is a name
// is a constant's.
func spelt(e ast.Expr) (string, bool) {
	if b, ok := e.(*ast.BinaryExpr); ok && b.Op == token.ADD {
		x, ok1 := spelt(b.X)
		y, ok2 := spelt(b.Y)
		if _, isName := b.X.(*ast.Ident); isName {
			ok1 = true
		}
		if _, isName := b.Y.(*ast.Ident); isName {
			ok2 = true
		}
		return x + y, ok1 && ok2
	}
	return literal(e)
}

var indexed = regexp.MustCompile(`%[-+# 0-9.]*(\[\d+\])?[a-zA-Z%]`)

// places are the places of a text, "%%" left out.
func places(s string) (out []string) {
	for _, v := range indexed.FindAllString(s, -1) {
		if v != "%%" {
			out = append(out, v)
		}
	}
	return out
}

// valuesOf is how many values places take.
func valuesOf(places []string) (n int) {
	for i, p := range places {
		k := i + 1
		if _, rest, ok := strings.Cut(p, "["); ok {
			fmt.Sscanf(rest, "%d", &k)
		}
		n = max(n, k)
	}
	return n
}

// kindsOf are places without their numbers, sorted.
func kindsOf(places []string) (out []string) {
	for _, p := range places {
		if before, rest, ok := strings.Cut(p, "["); ok {
			_, after, _ := strings.Cut(rest, "]")
			p = before + after
		}
		out = append(out, p)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
