package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// floors is the house: each room and the rooms below it that it may import.
// A room's inner packages (domain/relaxed, thingset/filestore) count as the room;
// the more particular room wins.
const floors = `
domain, shell/syntax    <
thingset                < domain
shell                   < domain, shell/syntax
shell/cmds              < shell, shell/syntax, thingset, domain
www                     < shell, thingset, domain
regapi                  < shell, shell/syntax, domain
cmd/carya               < regapi, www, shell, shell/syntax, shell/cmds, thingset, domain
`

const module = "github.com/caryahq/carya/"

// readFloors reads the table: room -> rooms it may import.
func readFloors(t *testing.T) map[string][]string {
	t.Helper()
	rooms := map[string][]string{}
	for line := range strings.Lines(strings.TrimSpace(floors)) {
		left, right, ok := strings.Cut(strings.TrimSpace(line), "<")
		if !ok {
			t.Fatalf("floors: %q has no <", line)
		}
		for room := range strings.SplitSeq(left, ",") {
			rooms[strings.TrimSpace(room)] = split(right)
		}
	}
	return rooms
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// roomOf is the room that a package lies in: the longest that is a prefix.
func roomOf(rooms map[string][]string, pkg string) string {
	for p := pkg; p != "."; p = filepath.Dir(p) {
		if _, ok := rooms[p]; ok {
			return p
		}
	}
	return ""
}

func TestRoomsImportOnlyRoomsBelow(t *testing.T) {
	t.Parallel()
	rooms := readFloors(t)
	eachFile(t, func(pkg, name string, f *ast.File) {
		from := roomOf(rooms, pkg)
		if from == "" {
			t.Errorf("%s: no room holds the package %s", name, pkg)
			return
		}
		for _, spec := range f.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			inner, ok := strings.CutPrefix(path, module)
			if !ok {
				continue
			}
			if to := roomOf(rooms, inner); to != from && !contains(rooms[from], to) {
				t.Errorf("%s: room %s may not import %s", name, from, inner)
			}
		}
	})
}

func TestNoInitFunctions(t *testing.T) {
	t.Parallel()
	eachFile(t, func(_, name string, f *ast.File) {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: func init: registration is one explicit list", name)
			}
		}
	})
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// eachFile parses every Go file of the module that is not a test.
func eachFile(t *testing.T, f func(pkg, name string, file *ast.File)) {
	t.Helper()
	seen := 0
	err := filepath.WalkDir("../..", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && (e.Name() == "testdata" || strings.HasPrefix(e.Name(), ".") && e.Name() != ".." && path != "../..") {
			return filepath.SkipDir
		}
		if e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel("../..", path)
		if err != nil {
			return err
		}
		seen++
		f(filepath.ToSlash(filepath.Dir(rel)), rel, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 20 {
		t.Fatalf("only %d files seen", seen)
	}
}

// gjson looks at nested JSON by calling itself, without a bound: what is looked at by it
// may end the process.
func TestJSONIsLookedAtWithABound(t *testing.T) {
	t.Parallel()
	eachFile(t, func(pkg, name string, f *ast.File) {
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok || pkg == "domain/relaxed" || !strings.HasPrefix(s.Sel.Name, "Valid") {
				return true
			}
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "gjson" {
				t.Errorf("%s: gjson.%s: relaxed.Valid has a bound", name, s.Sel.Name)
			}
			return true
		})
	})
}
