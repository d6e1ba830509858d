package shell

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/caryahq/carya/domain"
)

// hostile are texts that would be syntax of some language if they were read as
// any.
var hostile = []string{
	"", " ", "  a  b ", "-u", "-p", "--", "-ajax", "-cqn", "-", "$", "$$", "${x}", "${id?y}", "$$${x}", "$(echo hi)", "`echo hi`",
	"'", `"`, `'"'`, `a"b`, `x",role:"admin`, `"},{"a":"b`, "{}", `{a:1}`, "[1,2]", "null", "true", "12", "a|b", "a;b", "a\nb", "a\r\nb", "\x00", "a\x00b",
	"#", "# c", `\`, `\"`, `\'`, `a\`, "^.*", "!x", "~~x", "[1,)", "(,5]", "[EXISTS]", "notNil", "..", "../..", "/etc/passwd", "~", "~/x", "id:abc",
	"*", "a*b", ".*", `\E.*`, "(?i)x", "<int:%d>", "?default", "%s", "%n", "\x1b[0m", "\xff\xfe", "\u2028", "用户", "> ~/x", ">> ~/x", "&& rm", "||", "\t",
	strings.Repeat("a", 5000), strings.Repeat("${x}", 50), "x' OR '1'='1", "<script>", "{{id}}", "@INCLUDE x", "%END%", "\n%END%\n",
}

// Rule 1: a script is parsed once, at load; faults are met then, with their place.
func TestRule1FaultsAreFoundAtLoad(t *testing.T) {
	t.Parallel()
	reg := testRegistry()
	for _, c := range []struct{ src, code, place string }{
		{"ech hello", "e.cmd.noexists", "1:1"},
		{"echo a | spi b", "e.cmd.noexists", "1:10"},
		{"www chekme ~/www x", "e.cmd.noexists", "1:5"},
		{"www", "e.cmd.usage", "1:1"},
		{"thing ~/a", "e.cmd.usage", "1:1"},
		{"spy -x", "e.cmd.option", "1:5"},
		{"spy a -cqx", "e.cmd.option", "1:7"},
		{"spy -p", "e.cmd.option", "1:5"},
		{"spy -c -c", "e.cmd.option", "1:8"},
		{"spy -cc", "e.cmd.option", "1:5"},
		{"spy -cq -q", "e.cmd.option", "1:9"},
		{"spy -p a -p b", "e.cmd.option", "1:10"},
		{"spy --ajax", "e.cmd.option", "1:5"},
		{"www checkme ~/www", "e.cmd.usage", "1:1"},
		{"www checkme ~/www a b", "e.cmd.usage", "1:21"},
		{"cat x", "e.cmd.usage", "1:5"},
		{"int abc", "e.cmd.arg", "1:5"},
		{"dur 5x", "e.cmd.arg", "1:5"},
		{"dur -5", "e.cmd.arg", "1:5"},
		{"ref ../x", "e.io.path.outside", "1:5"},
		{"ref /etc/passwd", "e.io.path.outside", "1:5"},
		{"ref ~root/x", "e.io.path.outside", "1:5"},
		{"ref ~/a/../${x}", "e.io.path.outside", "1:5"},
		{"ref ~/${x}/../b", "e.io.path.outside", "1:5"},
		{"ref id:${x}/a", "e.io.path", "1:5"},
		{"ref ''", "e.io.path", "1:5"},
		{"ref ~${x}", "e.io.path.outside", "1:5"},
		{"re 'a('", "e.cmd.arg", "1:4"},
		{"re '[${x}]'", "e.cmd.arg", "1:4"},
		{`re '\Q${x}\E'`, "e.cmd.arg", "1:4"},
		{`re '\${x}'`, "e.cmd.arg", "1:4"},
		{"json '{a:}'", "e.json", "1:10"},
		{"json '{a:1,b:${x}'", "e.json", "1:14"},
		{"json \"{a:\\\"x\\\", b:}\"", "e.json", "1:19"},
		{"json '{\n  a: 1,\n  b }'", "e.json", "3:5"},
		{"match '{a:'", "e.json", "1:11"},
		{"thing ~/a query '{a:' -limit 5", "e.json", "1:21"},
		{"thing ~/a query -limit many", "e.cmd.arg", "1:24"},
		{"lit ${x}", "e.cmd.usage", "1:5"},
		{"lit a${x}", "e.cmd.usage", "1:5"},
		{"head 'a\nb'", "e.cmd.arg", "1:6"},
		{"echo ${x<nosuch:1>}", "e.cmd.syntax", "1:10"},
		{"echo ${x<int:%s>}", "e.cmd.syntax", "1:6"},
		{"echo 'open", "e.cmd.syntax", "1:6"},
		{"echo a\necho b\n  nope", "e.cmd.noexists", "3:3"},
		{"echo $(nope)", "e.cmd.noexists", "1:8"},
		{"echo a > ../x", "e.io.path.outside", "1:10"},
		{"run nope", "e.cmd.noexists", "1:5"},
		{"try echo -z", "e.cmd.option", "1:10"},
		{"run spy '$${'", "e.cmd.syntax", "1:10"},
		{"-c", "e.cmd.noexists", "1:1"},
		{"${x} a", "e.cmd.noexists", "1:1"},
		{"$(echo echo) a", "e.cmd.noexists", "1:1"},
		{"www ${x} a b", "e.cmd.noexists", "1:5"},
		{"thing -limit 5 query", "e.cmd.usage", "1:7"},
		{"run $${x} a", "e.cmd.noexists", "1:5"},
		{"run ${x} a", "e.cmd.noexists", "1:5"},
	} {
		expectFault(t, reg, c.src, c.code, c.place)
	}
}

func TestFaultsAreGatheredInTheOrderOfTheSource(t *testing.T) {
	t.Parallel()
	_, err := testRegistry().CompileText("nope1\nspy -x\necho ok | ref ../a", CompileOptions{File: "f"})
	var places []string
	for _, f := range Faults(err) {
		places = append(places, f.Place())
	}
	if got := strings.Join(places, " "); got != "f:1:1 f:2:5 f:3:15" {
		t.Errorf("places %s", got)
	}
}

func TestFaultsNameTheNearest(t *testing.T) {
	t.Parallel()
	reg := testRegistry()
	for src, want := range map[string]string{
		"ehco a":                 "did you mean echo?",
		"www chekme ~/a b":       "did you mean checkme?",
		"spy -ajxa":              "did you mean -ajax?",
		"spy --list":             "did you mean -list?",
		"www checkme ~/www":      "TICKET is missing: www checkme SITE TICKET [-ajax] [-u [JSON]] [-cnq]",
		"thing ~/a get":          "ID is missing: thing SET get ID",
		"www checkme ~/a b c":    "one word too many",
		"echo -${x}":             "put -- before",
		"zzzzzzzz":               "zzzzzzzz",
		"echo ${a<string:uper>}": "did you mean upper?",
	} {
		_, err := reg.CompileText(src, CompileOptions{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q in it", src, err, want)
		}
	}
}

// Rule 2: a placeholder or substitution is one piece of its word, and is never
// split or scanned again.
func TestRule2DataIsOnePieceOfItsWord(t *testing.T) {
	t.Parallel()
	reg := testRegistry()
	for _, h := range hostile {
		vars := MapVars{"x": h}
		expect(t, reg, "spy ${x}", vars, "arg "+quoted2(h)+" data=true\n")
		expect(t, reg, "spy '${x}'", vars, "arg "+quoted2(h)+" data=true\n")
		expect(t, reg, `spy "${x}"`, vars, "arg "+quoted2(h)+" data=true\n")
		expect(t, reg, "spy <${x}>"[:4]+"a${x}b c", vars, "arg "+quoted2("a"+h+"b")+" data=false\narg \"c\" data=false\n")
		expect(t, reg, "spy $(echo -n ${x})", vars, "arg "+quoted2(strings.TrimRight(h, "\n"))+" data=true\n")
		expect(t, reg, "echo -n ${x} | cat", vars, h)
		expect(t, reg, "run spy ${x} 'a${x}'", vars, "arg "+quoted2(h)+" data=true\narg "+quoted2("a"+h)+" data=false\n")
	}
}

func TestRule2RunFillsItsTemplateFromThePipe(t *testing.T) {
	t.Parallel()
	reg := testRegistry()
	for _, h := range hostile {
		for _, outer := range []string{"", "-u", "${v}", `","v":"`} {
			vars := MapVars{"x": h, "o": outer}
			got, err := runLine(t, reg, `json '{v:"${x}"}' | run spy $${v} '<$${v}|${o}>' -p $${v} ${o} -u ${x}`, vars)
			want := "arg " + quoted2(h) + " data=true\narg " + quoted2("<"+h+"|"+outer+">") + " data=false\narg " + quoted2(outer) + " data=true\n" +
				"-u " + quoted2(h) + "\n-p " + quoted2(h) + "\n"
			if !utf8.ValidString(h) && domain.CodeOf(err) == "e.json" {
				continue // nothing goes into JSON that is not UTF-8
			}
			if err != nil || got != want {
				t.Errorf("%q %q: %v\n got %s\nwant %s", h, outer, err, got, want)
			}
		}
	}
}

func TestDoubleDollarReachesTheNextStageAsAPlaceholder(t *testing.T) {
	t.Parallel()
	reg := testRegistry()
	expect(t, reg, "echo $${x}", MapVars{"x": "no"}, "${x}\n")
	expect(t, reg, "echo '{}' | run echo $${site?~/www}", nil, "~/www\n")
	expect(t, reg, "echo '{\"site\":\"s\"}' | run echo $${site?~/www}", nil, "s\n")
	expect(t, reg, "echo '{}' | run run echo $$$${a?deep}", nil, "deep\n")
	expect(t, reg, "json '{a:1}' | run try echo $${a} ${o}", MapVars{"o": "out"}, "1 out\n")
	expect(t, reg, "try run echo ${o} $${a?none}", MapVars{"o": "out"}, "out none\n")
}

// Rule 3: a word that begins with data is never an option.
func TestRule3AWordThatBeginsWithDataIsAnArgument(t *testing.T) {
	t.Parallel()
	reg := testRegistry()
	for _, h := range []string{"-u", "-p", "-ajax", "-cqn", "--", "-x"} {
		vars := MapVars{"x": h, "half": h[:1], "rest": h[1:]}
		expect(t, reg, "spy ${x}", vars, "arg "+quoted2(h)+" data=true\n")
		expect(t, reg, "spy ${half}${rest} -list", vars, "arg "+quoted2(h)+" data=false\n-list\n")
		expect(t, reg, "spy ${half}u", vars, "arg \"-u\" data=false\n")
		expect(t, reg, "spy $(echo ${x}) y", vars, "arg "+quoted2(h)+" data=true\narg \"y\" data=false\n")
		expect(t, reg, "www checkme id:abc ${x} -u -ajax -cqn", vars, "arg \"id:abc\" data=false\narg "+quoted2(h)+" data=true\n-c\n-n\n-q\n-ajax\n-u\n")
	}
}

// Rule 4: declared options; joined flags; values; --.
func TestRule4Options(t *testing.T) {
	t.Parallel()
	reg := testRegistry()
	for src, want := range map[string]string{
		"spy -cqn":                      "-c\n-n\n-q\n",
		"spy -c -nq a":                  "arg \"a\" data=false\n-c\n-n\n-q\n",
		"spy -p -u":                     "-p \"-u\"\n",
		"spy -p -- -u":                  "-u\n-p \"--\"\n",
		"spy -p -":                      "-p \"-\"\n",
		"spy -u":                        "-u\n",
		"spy -u -ajax -cqn":             "-c\n-n\n-q\n-ajax\n-u\n",
		"spy -u '{a:1}' b":              "arg \"b\" data=false\n-u \"{a:1}\"\n",
		"spy -u '-5' b":                 "arg \"-5\" data=false\narg \"b\" data=false\n-u\n",
		"spy -u -- -ajax":               "arg \"-ajax\" data=false\n-u\n",
		"spy -u ''":                     "-u \"\"\n",
		"spy -- -u -- -p":               "arg \"-u\" data=false\narg \"--\" data=false\narg \"-p\" data=false\n",
		"spy a -list b":                 "arg \"a\" data=false\narg \"b\" data=false\n-list\n",
		"spy '-list'":                   "-list\n",
		"spy \"-\"list":                 "-list\n",
		"spy -5 - '- a' -.5":            "arg \"-5\" data=false\narg \"-\" data=false\narg \"- a\" data=false\narg \"-.5\" data=false\n",
		"spy ''":                        "arg \"\" data=false\n",
		"int -5":                        "-5",
		"thing ~/a query":               "arg \"~/a\" data=false\n",
		"thing ~/a query -limit 5 '{}'": "arg \"~/a\" data=false\narg \"{}\" data=false\n-limit \"5\"\n",
		"thing ~/a get -- -x":           "arg \"~/a\" data=false\narg \"-x\" data=false\n",
	} {
		expect(t, reg, src, nil, want)
	}
	expect(t, reg, "spy -u ${x} b", MapVars{"x": "-ajax"}, "arg \"b\" data=false\n-u \"-ajax\"\n")
	expect(t, reg, "spy -p ${x}", MapVars{}, "-p \"\"\n")
}

// textOnly is what a script prints that puts a value into JSON, which nothing goes
// into that is not UTF-8.
func textOnly(value, printed string) string {
	if !utf8.ValidString(value) {
		return "!e.json"
	}
	return printed
}

// Rule 5: data in a small language fills its hole and nothing else.
func TestRule5JSONHoles(t *testing.T) {
	t.Parallel()
	reg := testRegistry(&Command{Name: "pair", Params: []Param{{Name: "REF", Type: Ref}, {Name: "DOC", Type: JSON}}, Run: func(c *Call) error {
		r, err := c.Arg(0).Ref()
		if err != nil {
			return err
		}
		doc, err := c.Arg(1).JSON()
		fmt.Fprintf(c.Out, "%s %s", r, doc)
		return err
	}})
	for _, h := range hostile {
		vars := MapVars{"x": h}
		q := jsonText(h)
		expect(t, reg, `json '{nm:"${x}"}'`, vars, textOnly(h, `{"nm":`+q+`}`))
		expect(t, reg, `match '{nm:"${x}"}'`, vars, textOnly(h, `{"nm":`+q+`}`))
		expect(t, reg, `json '{nm:${x},b:1}'`, vars, textOnly(h, `{"nm":`+q+`,"b":1}`))
		expect(t, reg, `json '[1,${x}]'`, vars, textOnly(h, `[1,`+q+`]`))
	}
	expect(t, reg, `json '{a:${n},b:${s},c:${o},d:${z},e:"${n}"}'`,
		JSONVars([]byte(`{"n":5,"s":"5","o":{"k":[1]},"z":null}`)), `{"a":5,"b":"5","c":"{\"k\":[1]}","d":null,"e":"5"}`)
	expect(t, reg, `json '{a:${n<int>},b:${n<float:0.00>},c:${n<boolean>},d:${n<int:%03d>}}'`, MapVars{"n": "7"}, `{"a":7,"b":7.00,"c":true,"d":"007"}`)
	expect(t, reg, `reply '{a:${a}}' -c | run pair id:$${a} '{b:"${b}",c:"${c}"}'`, MapVars{"a": "A", "b": "B", "c": "C"}, `id:A {"b":"B","c":"C"}`)
	expect(t, reg, `pair id:${a} '{b:"${b}",c:"${c}"}'`, MapVars{"a": "A", "b": "B", "c": "C"}, `id:A {"b":"B","c":"C"}`)
	expect(t, reg, `json ${q}`, MapVars{"q": `{a:[1,'x'], // c
}`}, `{"a":[1,"x"]}`)
	expect(t, reg, `json ${q}`, MapVars{"q": `{a:`}, "!e.json")
	expect(t, reg, `json ${q}`, MapVars{"q": ``}, "!e.json")
	expect(t, reg, `match ${q}`, MapVars{"q": ` {a:"^.*"}`}, `{"a":"^.*"}`)
	expect(t, reg, `match ${q}`, MapVars{"q": `xiaobai`}, `text xiaobai`)
	expect(t, reg, `match xiaobai`, nil, `text xiaobai`)
	expect(t, reg, `match 'x${q}'`, MapVars{"q": `{a:1}`}, `text x{a:1}`)
	expect(t, reg, `match '${q}x'`, MapVars{"q": `{a:1}`}, `text {a:1}x`)
}

func TestRule5PathsStayBelowTheirLiteralPart(t *testing.T) {
	t.Parallel()
	reg := testRegistry()
	for _, c := range []struct{ src, x, want string }{
		{"ref ~/pub/${x}", "a.txt", "~/pub/a.txt"},
		{"ref ~/pub/${x}", "a/b", "~/pub/a/b"},
		{"ref ~/pub/${x}", "", "~/pub"},
		{"ref ~/pub/${x}", "/etc/passwd", "~/pub/etc/passwd"},
		{"ref ~/pub/${x}", "~/secret", "~/pub/~/secret"},
		{"ref ~/pub/${x}", "..", "!e.io.path.outside"},
		{"ref ~/pub/${x}", "a/../../b", "!e.io.path.outside"},
		{"ref ~/pub/.${x}", ".", "!e.io.path.outside"},
		{"ref ~/pub/${x}.", ".", "!e.io.path.outside"},
		{"ref ~/pub/${x}", "a\x00b", "!e.io.path"},
		{"ref ~/pub/${x}", `a\b`, "!e.io.path"},
		{"ref ~/pub-${x}", "a", "~/pub-a"},
		{"ref ~/pub-${x}", "/../x", "!e.io.path.outside"},
		{"ref ~/a/${x}/b", "x", "~/a/x/b"},
		{"ref ${x}/b", "a", "~/a/b"},
		{"ref ${x}/b", "~/a", "~/a/b"},
		{"ref ${x}/b", "id:abc", "~/id:abc/b"},
		{"ref ${x}/b", "/etc", "!e.io.path.outside"},
		{"ref id${x}", ":abc", "~/id:abc"},
		{"ref id:${x}", "abc", "id:abc"},
		{"ref id:${x}", "", "id:-"},
		{"ref id:${x}", "../x", "id:-"},
		{"ref id:${x}", "~/x", "id:-"},
		{"ref id:${x}", "a b", "id:-"},
		{"ref id:a${x}", "b", "id:ab"},
		{"ref ${x}", "~/any", "~/any"},
		{"ref ${x}", "id:abc", "id:abc"},
		{"ref ${x}", "id:a/../b", "id:-"},
		{"ref ${x}", "", "!e.io.path"},
		{"ref ${x}", "../x", "!e.io.path.outside"},
		{"ref ~/pub/$(echo ${x})", "..", "!e.io.path.outside"},
		{"ref ~/pub", "", "~/pub"},
	} {
		expect(t, reg, c.src, MapVars{"x": c.x}, c.want)
	}
}

func TestRule5HolesInRegularExpressionsAreQuoted(t *testing.T) {
	t.Parallel()
	var reg *Registry
	matches := &Command{Name: "grep", Reads: true, Params: []Param{{Name: "RE", Type: Regexp}}, Run: func(c *Call) error {
		re, err := c.Arg(0).Regexp()
		if err != nil {
			return err
		}
		in, err := c.ReadInput(0)
		if err != nil {
			return err
		}
		found, err := re.Match(c.Context(), in)
		if found {
			_, err = c.Out.Write([]byte("yes"))
		}
		return err
	}}
	reg = testRegistry(matches)
	for _, h := range hostile {
		if strings.ToValidUTF8(h, "") != h {
			expect(t, reg, "echo -n ${x} | grep '^${x}$'", MapVars{"x": h}, "!e.cmd.arg")
			continue
		}
		expect(t, reg, "echo -n ${x} | grep '^${x}$'", MapVars{"x": h}, "yes")
		expect(t, reg, "echo -n '<${x}>' | grep '^<(${x}){1,2}>$'", MapVars{"x": h}, "yes")
	}
	expect(t, reg, "echo -n abab | grep '^${x}*$'", MapVars{"x": "ab"}, "yes")
	expect(t, reg, "echo -n a | grep '^${x}$'", MapVars{"x": "a|b"}, "")
	expect(t, reg, "echo -n b | grep ${x}", MapVars{"x": "a|b"}, "yes")
	expect(t, reg, "echo -n b | grep ${x}", MapVars{"x": "a("}, "!e.cmd.arg")
}

func TestRule5HeadersHoldOneLine(t *testing.T) {
	t.Parallel()
	reg := testRegistry()
	for _, bad := range []string{"a\r\nSet-Cookie: x", "a\nb", "\r", "a\x00"} {
		expect(t, reg, "head ${x}", MapVars{"x": bad}, "!e.cmd.arg")
		expect(t, reg, "head 'n=${x}'", MapVars{"x": bad}, "!e.cmd.arg")
	}
	expect(t, reg, "head 'n=${x}'", MapVars{"x": "a\tb ü"}, "n=a\tb ü")
}

func TestNumbersAndDurationsOfData(t *testing.T) {
	t.Parallel()
	reg := testRegistry()
	for _, c := range []struct{ src, x, want string }{
		{"int ${x}", "42", "42"},
		{"int ${x}", "-42", "-42"},
		{"int 1${x}", "0", "10"},
		{"int ${x}", "4 2", "!e.cmd.arg"},
		{"int ${x}", "", "!e.cmd.arg"},
		{"int ${x}", "99999999999999999999", "!e.cmd.arg"},
		{"dur ${x}", "90", "1m30s"},
		{"dur ${x}", "1h30m", "1h30m0s"},
		{"dur ${x}m", "5", "5m0s"},
		{"dur ${x}", "7d", "168h0m0s"},
		{"dur ${x}", "0.5", "500ms"},
		{"dur ${x}", "-5s", "!e.cmd.arg"},
		{"dur ${x}", "NaN", "!e.cmd.arg"},
		{"dur ${x}", "1e300", "!e.cmd.arg"},
		{"dur 2h", "", "2h0m0s"},
	} {
		expect(t, reg, c.src, MapVars{"x": c.x}, c.want)
	}
}

// Rule 6: the name of a command is literal; the rest is in TestRule1.
func TestRule6CommandsAreLiteral(t *testing.T) {
	t.Parallel()
	var seen bool
	guard := &Command{Name: "guard", Params: []Param{{Name: "WORD", Repeat: true, Optional: true}}, Prepare: func(p *Prep) (func(*Call) error, error) {
		seen = p.Endpoint
		if p.Endpoint && len(p.Words) == 0 {
			return nil, domain.E("e.cmd.forbidden")
		}
		return func(*Call) error { return nil }, nil
	}}
	reg := testRegistry(guard)
	_, err := reg.CompileText("guard", CompileOptions{File: "f", Endpoint: true})
	if domain.CodeOf(err) != "e.cmd.forbidden" || !seen || !strings.HasPrefix(err.Error(), "f:1:1: guard: ") {
		t.Errorf("endpoint: %v", err)
	}
	if _, err := reg.CompileText("guard", CompileOptions{}); err != nil {
		t.Errorf("command line: %v", err)
	}
}

func TestCompileArgvReadsOnlyPlaceholders(t *testing.T) {
	t.Parallel()
	reg := testRegistry()
	s, err := reg.CompileArgv([]string{"spy", "a b", "${x}", "'q'", "$(echo)", "`x`", `\`, "$$5", "-list", ""})
	if err != nil {
		t.Fatal(err)
	}
	got, err := runScript(t, s, MapVars{"x": "X"}, "")
	want := "arg \"a b\" data=false\narg \"X\" data=true\narg \"'q'\" data=false\narg \"$(echo)\" data=false\narg \"`x`\" data=false\n" +
		"arg \"\\\\\" data=false\narg \"$5\" data=false\narg \"\" data=false\n-list\n"
	if err != nil || got != want {
		t.Errorf("%v\n%s", err, got)
	}
	if _, err := reg.CompileArgv([]string{"spy", "a", "-x"}); err == nil || Faults(err)[0].Place() != "1:7" {
		t.Errorf("fault: %v", err)
	}
	if _, err := reg.CompileArgv(nil); domain.CodeOf(err) != "e.cmd.usage" {
		t.Errorf("no words: %v", err)
	}
}
