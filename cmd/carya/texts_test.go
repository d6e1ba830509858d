package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// Whatever a person may read is said in both languages, with the same values.
func TestTextsForPeopleAreInBothLanguages(t *testing.T) {
	t.Parallel()
	for path, f := range sources(t) {
		ast.Inspect(f, func(n ast.Node) bool {
			where := func(n ast.Node) string { return path.fset.Position(n.Pos()).String() }
			switch n := n.(type) {
			case *ast.CompositeLit:
				zh, en, ok := textLit(n)
				if ok && (!hasHan(zh) || en == "") && !sameInBoth(zh, en) {
					t.Errorf("%s: %q and %q are not one text in two languages", where(n), zh, en)
				}
			case *ast.CallExpr:
				for i := 1; i < len(n.Args); i++ {
					zh, ok1 := literal(n.Args[i-1])
					en, ok2 := literal(n.Args[i])
					if ok1 && ok2 && hasHan(zh) && !slices.Equal(verbs(zh), verbs(en)) && !strings.Contains(zh+en, "%[") {
						t.Errorf("%s: %q has other values than %q", where(n), zh, en)
					}
				}
				if said, ok := englishDetail(n); ok {
					t.Errorf("%s: %q is said in English only: give it a domain.Text", where(n), said)
				}
			}
			return true
		})
	}
}

// source is a file's name and where its positions count.
type source struct {
	Filename string
	fset     *token.FileSet
}

// sources are the parsed files of the project, without tests.
func sources(t *testing.T) map[source]*ast.File {
	t.Helper()
	out := map[source]*ast.File{}
	err := filepath.WalkDir("../..", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, nil, 0)
		out[source{path, fset}] = f
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 300 {
		t.Fatalf("%d files: the walk lost its way", len(out))
	}
	return out
}

// textLit takes a domain.Text of literals apart.
func textLit(n *ast.CompositeLit) (zh, en string, ok bool) {
	if name := typeName(n.Type); name != "Text" || len(n.Elts) != 2 {
		return "", "", false
	}
	var parts [2]string
	for i, e := range n.Elts {
		at := i
		if kv, keyed := e.(*ast.KeyValueExpr); keyed {
			if kv.Key.(*ast.Ident).Name == "EN" {
				at = 1
			} else {
				at = 0
			}
			e = kv.Value
		}
		if parts[at], ok = literal(e); !ok {
			return "", "", false
		}
	}
	return parts[0], parts[1], true
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

func literal(e ast.Expr) (string, bool) {
	if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
		s, err := strconv.Unquote(l.Value)
		return s, err == nil
	}
	return "", false
}

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// sameInBoth are names that no language changes.
func sameInBoth(zh, en string) bool { return zh == en && !phrase.MatchString(en) }

var verb = regexp.MustCompile(`%[-+# 0-9.]*[a-zA-Z%]`)

func verbs(s string) []string { return verb.FindAllString(s, -1) }

// phrase tells what is said from names.
var phrase = regexp.MustCompile(`[A-Za-z]{2,} [A-Za-z]{2,}`)

// englishDetail finds what the detail of an error says outside of a Text.
func englishDetail(c *ast.CallExpr) (said string, found bool) {
	at, ok := map[string]int{"E": 1, "Wrap": 2, "usagef": 0, "badCalc": 0, "damaged": 0}[typeName(c.Fun)]
	if !ok || len(c.Args) <= at {
		return "", false
	}
	if s, ok := literal(c.Args[at]); ok && hasHan(s) {
		return "", false // the first of a pair
	}
	for _, arg := range c.Args[at:] {
		ast.Inspect(arg, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				return typeName(n.Type) != "Text"
			case *ast.CallExpr:
				return typeName(n.Fun) == "Sprintf"
			case *ast.BasicLit:
				if s, ok := literal(n); ok && phrase.MatchString(s) {
					said, found = s, true
				}
			}
			return true
		})
	}
	return said, found
}

// What goes wrong at the terminal is said in the person's language, whoever met it.
func TestErrorsAtTheTerminalSpeakChinese(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo")
	r.write("demo", "a.txt", "hello\n")
	for line, want := range map[string]string{
		"frob":                  "没有这个命令：frob",
		"catt":                  "是不是 cat？",
		"check --frob":          "没有这个选项：frob",
		"check --format":        "选项缺少值：format",
		"check a b":             "参数个数不对",
		"cat -z":                "命令选项错误：-z",
		"cat ~/nosuch":          "对象不存在：~/nosuch",
		"head -n x ~/a.txt":     `不是整数："x"`,
		"grep (":                "缺少结尾的 )",
		"thing frob":            "缺少动词",
		"md5sum ~/a.txt a b -x": "命令选项错误：-x",
		"init A":                "只能用 a-z",
		"restore nosuch.zst":    "没有这个文件或目录",
		"sh -c cat|":            `"|" 后缺少命令`,
		"sh -c echo${a":         "占位符",
		"trace x":               "地址以斜杠开头",
		"pack show nosuch":      "接口包不存在",
		"-d nosuch ls":          "域不存在：nosuch",
		"client go":             "没有 go 的客户端",
		"serve --limits maybe":  "只能是 on 或 off",
		"doctor nosuch":         "域不存在",
		"man nosuch":            "没有 nosuch 的手册",
		"serve --tls-cert a":    "要同时给出",
		"packs":                 "是不是 pack？",
		"echo a -frob":          "命令选项错误",
		"json -val":             "缺少值",
		"ls ~/a.txt/b ../../..": "路径",
		"test demo other":       "test 只带一个域",
	} {
		words := append([]string{"--lang", "zh-CN"}, strings.Fields(line)...)
		out, errs, code := r.run("", words...)
		if code == 0 || !strings.Contains(errs, want) {
			t.Errorf("%s: exit %d, %s%s", line, code, out, errs)
		}
	}
}

// Every finding of check is said in the person's language.
func TestCheckSpeaksChinese(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo")
	for name, text := range map[string]string{
		"a":                 `frob | cat "x`,
		"b":                 `cat -z ~/a`,
		"c":                 ``,
		"d":                 "{\"http-methods\":7,\"http-rate\":\"x\",\"http-frob\":1,\"http-timeout\":\"soon\",\"pvg-setup\":[\"\"],\"cache-lazy\":true,\"api-params\":[1,2],\"http-cross-origin\":[\"x\"],\"history\":{a:'${http-qs-passwd}'}}\n%COPY:\necho ${http-qsx}\n%END%\n",
		"e":                 `thing ~/x create -fields '{nm:"a"}'`,
		"f":                 "@FROB x\n",
		"g":                 "json -u '{a'",
		"h":                 "grep '('",
		"i":                 "echo ${x<frob>} ${a<int:z>}",
		"n/.meta.json":      `{"http-envelope":"nope"}`,
		"m/.meta.json":      `{`,
		"_ANY/.k.meta.json": `[]`,
	} {
		r.write("demo", ".regapi/api/"+name, text)
	}
	r.write("demo", ".domain/domain.json", `{hosts:"a", frob:1, defaults:{lang:"fr"}}`)
	r.write("demo", ".regapi/cron/job", "{\"cron-at\":\"soon\"}\n%COPY:\necho\n%END%\n")
	r.write("demo", ".regapi/test/a.txt", "--- x\nGET /api\n< what is this\n")
	r.write("demo", "www/.gone.meta.json", `{}`)
	out, _, code := r.run("", "--lang", "zh-CN", "check", "demo")
	found := 0
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, "demo: ") {
			continue
		}
		if found++; !hasHan(line) {
			t.Errorf("in English: %s", line)
		}
	}
	if code != 1 || found < 25 {
		t.Errorf("exit %d, %d findings:\n%s", code, found, out)
	}
}
