package shell

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caryahq/carya/shell/syntax"
)

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	reg := testRegistry()
	vars := JSONVars([]byte(`{"a":"A","b":"","n":null,"num":1.5,"t":true,"o":{"k":[10,{"x":"deep"},null],"a.b":"dotted","0":"zero"},"s":"7","http-qs-x":"hy"}`))
	for _, c := range []struct{ ph, want string }{
		{"${a}", "A"},
		{"${b}", ""},
		{"${b?default}", ""},
		{"${n}", ""},
		{"${n?default}", ""},
		{"${none}", ""},
		{"${none?default}", "default"},
		{"${none?}", ""},
		{"${none|a}", "A"},
		{"${b|a}", ""},
		{"${n|a}", ""},
		{"${none|no2?d}", "d"},
		{"${none?@a}", "A"},
		{"${none?@no2}", ""},
		{"${none<string:lower>?@a}", "a"},
		{"${none<string:lower>?DEF}", "DEF"},
		{"${num}", "1.5"},
		{"${t}", "true"},
		{"${o.k[0]}", "10"},
		{"${o.k[1].x}", "deep"},
		{"${o.k.1.x}", "deep"},
		{"${o.k[2]}", ""},
		{"${o.k[2]?d}", ""},
		{"${o.k[3]?d}", "d"},
		{"${o.k[0].x?d}", "d"},
		{"${o.'a.b'}", "dotted"},
		{"${o.a.b?d}", "d"},
		{"${o.0}", "zero"},
		{"${a.x?d}", "d"},
		{"${o}", `{"k":[10,{"x":"deep"},null],"a.b":"dotted","0":"zero"}`},
		{"${http-qs-x}", "hy"},
	} {
		expect(t, reg, "echo -n "+quoteFor(c.ph), vars, c.want)
	}
	expect(t, reg, "echo -n ${x?d}", nil, "d")
}

// quoteFor puts a placeholder between the quotes that it has none of.
func quoteFor(ph string) string { return `"` + ph + `"` }

func TestFormats(t *testing.T) {
	t.Parallel()
	reg := testRegistry()
	for _, c := range []struct{ ph, x, want string }{
		{"${x<int>}", "12", "12"},
		{"${x<int:%03d>}", "7", "007"},
		{"${x<int:%03d>}", "-7", "-07"},
		{"${x<int:%x>}", "255", "ff"},
		{"${x<int:#%d%%>}", "5", "#5%"},
		{"${x<int>}", " 12 ", "12"},
		{"${x<int>}", "12.9", "12"},
		{"${x<int>}", "-12.9", "-12"},
		{"${x<int>}", "1e3", "1000"},
		{"${x<int>}", "abc", "abc"},
		{"${x<int>?0}", "abc", "0"},
		{"${x<int>?@y}", "abc", "abc"},
		{"${x<int>}", "99999999999999999999", "99999999999999999999"},
		{"${x<int>}", "0x10", "0x10"},
		{"${x<int>}", "", ""},
		{"${x<int>}", "NaN", "NaN"},
		{"${x<float:0.00>}", "3.14159", "3.14"},
		{"${x<float:0.00>}", "2", "2.00"},
		{"${x<float:0.##>}", "2.50", "2.5"},
		{"${x<float:0.##>}", "2", "2"},
		{"${x<float:0.0#>}", "2", "2.0"},
		{"${x<float:#.##>}", "0.25", ".25"},
		{"${x<float:#>}", "0", "0"},
		{"${x<float:000.0>}", "5.25", "005.2"},
		{"${x<float:#,##0.00>}", "1234567.891", "1,234,567.89"},
		{"${x<float:0%>}", "0.256", "26%"},
		{"${x<float:$0.0>}", "5", "$5.0"},
		{"${x<float:0.00>}", "-0.001", "0.00"},
		{"${x<float:0.0>}", "-1.25", "-1.2"},
		{"${x<float:%.3f>}", "1.5", "1.500"},
		{"${x<float>}", "1e21", "1000000000000000000000"},
		{"${x<float>}", "Infinity", "Infinity"},
		{"${x<float:0.0>?-}", "x", "-"},
		{"${x<boolean:no/yes>}", "true", "yes"},
		{"${x<boolean:no/yes>}", "false", "no"},
		{"${x<boolean:no/yes>}", "0", "no"},
		{"${x<boolean:no/yes>}", "2", "yes"},
		{"${x<boolean:no/yes>}", "", "no"},
		{"${x<boolean:no/yes>}", "ON", "yes"},
		{"${x<boolean:/checked>}", "1", "checked"},
		{"${x<boolean>}", "yes", "true"},
		{"${x<boolean:no/yes>}", "maybe", "maybe"},
		{"${x<boolean:no/yes>?dunno}", "maybe", "dunno"},
		{"${x<string:upper>}", "aé用", "AÉ用"},
		{"${x<string:lower>}", "AbC", "abc"},
		{"${x<string:trim>}", " a b ", "a b"},
		{"${x<string:camel>}", "user-name_of x", "userNameOfX"},
		{"${x<string:pascal>}", "user-name", "UserName"},
		{"${x<string:snake>}", "userName", "user_name"},
		{"${x<string:kebab>}", "UserName of", "user-name-of"},
		{"${x<string:header>}", "x-my-header", "X-My-Header"},
		{"${x<string:capital>}", "abc d", "Abc d"},
		{"${x<string>}", "as it is", "as it is"},
		{"${x<:%-4s>}|", "ab", "ab  |"},
		{"${x<:%4s>}|", "ab", "  ab|"},
		{"${x<:%.1s>}", "ab", "a"},
		{"${x<:[%s]>}", "%d", "[%d]"},
		{"${x<::A=Apple,B=Banana>}", "A", "Apple"},
		{"${x<::A=Apple,B=Banana>}", "C", "C"},
		{"${x<::A=Apple,B=Banana>?fruit}", "C", "fruit"},
		{"${x<json:cq>}", `a"b`, `"a\"b"`},
		{"${x<json>}", "12", `"12"`},
		{"${x<json:c>}", "null", `"null"`},
		{"${x<date:yyyy-MM-dd>}", "2024-03-09T15:04:05", "2024-03-09"},
		{"${x<date:yy.M.d H:m:s>}", "2024-03-09 15:04:05", "24.3.9 15:4:5"},
		{"${x<date>}", "2024-03-09", "2024-03-09T00:00:00"},
		{"${x<date:yyyy/MM/dd hh:mm a>}", "2024-03-09 15:04", "2024/03/09 03:04 PM"},
		{"${x<date:E, dd MMM yyyy>}", "2024/3/9", "Sat, 09 Mar 2024"},
		{"${x<date:EEEE MMMM>}", "2024-03-09", "Saturday March"},
		{"${x<date:''yy 'o''clock'>}", "2024-03-09", "'24 o'clock"},
		{"${x<date:HH:mm:ss.SSS>}", "2024-03-09T15:04:05.067", "15:04:05.067"},
		{"${x<date:D u>}", "2024-03-09", "69 6"},
		{"${x<date:yyyy年MM月dd日>}", "2024-03-09", "2024年03月09日"},
		{"${x<date:yyyy>}", "no date", "no date"},
		{"${x<date:yyyy>?-}", "no date", "-"},
		{"${x<date:yyyy>}", "", ""},
		{"${x<date:yyyy>}", "99999999999999999999999", "99999999999999999999999"},
	} {
		expect(t, reg, "echo -n "+quoteFor(c.ph), MapVars{"x": c.x}, c.want)
	}
}

func TestFormatsOfJSONValues(t *testing.T) {
	t.Parallel()
	reg := testRegistry()
	day := time.Date(2024, 3, 9, 15, 4, 5, 0, time.Local)
	vars := JSONVars([]byte(`{"n":null,"o":{"a":null,"b":[1, 2],"c":"x"},"s":"q\"","t":false,"f":12.50,"ms":` + strconv.FormatInt(day.UnixMilli(), 10) + `}`))
	for _, c := range []struct{ ph, want string }{
		{"${n<json>}", "null"},
		{"${n<int>}", ""},
		{"${n<int>?0}", "0"},
		{"${n<boolean:no/yes>}", "no"},
		{"${t<boolean:no/yes>}", "no"},
		{"${o<json:c>}", `{"b":[1,2],"c":"x"}`},
		{"${o<json:cn>}", `{"a":null,"b":[1,2],"c":"x"}`},
		{"${o.b<json>}", "[\n  1,\n  2\n]"},
		{"${s<json:c>}", `"q\""`},
		{"${s}", `q"`},
		{"${f<float:0.##>}", "12.5"},
		{"${ms<date:yyyy-MM-dd HH:mm:ss>}", "2024-03-09 15:04:05"},
		{"${o<int>}", `{"a":null,"b":[1, 2],"c":"x"}`},
	} {
		expect(t, reg, "echo -n "+quoteFor(c.ph), vars, c.want)
	}
}

func TestBrokenFormatsAreFaults(t *testing.T) {
	t.Parallel()
	reg := testRegistry()
	for _, f := range []string{
		"int:%s", "int:%d%d", "int:%*d", "int:%9999d", "int:x", "float:x", "float:%d", "float:0.0.0", "float:%9999f", "boolean:yes", "date:QQ", "date:'open",
		"date:bb", "string:upperr", "string:%d", ":%n", "json:x",
	} {
		expectFault(t, reg, `echo "${x<`+f+`>}"`, "e.cmd.syntax", "1:7")
	}
}

func FuzzFormatsNeverPanic(f *testing.F) {
	for _, h := range hostile {
		f.Add(h, true)
		f.Add(h, false)
	}
	var all []format
	for _, spec := range []string{"int", "int:%03d", "float:#,##0.##", "float:%.2f", "date", "date:EEE yyyy", "boolean:a/b", "boolean", "string:camel", "string:snake", "string:capital", ":%-5s", "json:c", "json"} {
		all = append(all, compiledFormat(f, spec))
	}
	f.Fuzz(func(t *testing.T, s string, isJSON bool) {
		for _, format := range all {
			format(Value{Text: s, JSON: isJSON})
		}
	})
}

func compiledFormat(t testing.TB, spec string) format {
	t.Helper()
	kind, rest, _ := strings.Cut(spec, ":")
	f, err := compileFormat(&syntax.Format{Type: kind, Spec: rest})
	if err != nil {
		t.Fatal(err)
	}
	return f
}
