package cmds

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/tidwall/gjson"
)

// printed runs words as one command with a pipe, and gives what it prints.
func printed(t *testing.T, reg *shell.Registry, in string, vars shell.Vars, argv ...string) (string, error) {
	s, err := reg.CompileArgv(argv)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = s.Run(t.Context(), &shell.Env{Vars: vars, In: strings.NewReader(in), Out: &out})
	if e := domain.AsError(err); e != nil && e.Kind == domain.Internal {
		t.Errorf("%q: %v", argv, err)
	}
	return out.String(), err
}

func FuzzCalcGivesANumberOrAFault(f *testing.F) {
	for _, s := range []string{"1+2*3", "-(2^-3)%4", "round(1/3, 2)", "min(1,max(2,3))", "9^9^9^9", "((((", "1..2", "${a}*${a}"} {
		f.Add(s)
	}
	reg := registry()
	f.Fuzz(func(t *testing.T, expr string) {
		out, err := printed(t, reg, "", shell.MapVars{"a": expr}, "calc", expr)
		if err == nil && !gjson.Valid(out) {
			t.Errorf("%q gives %q", expr, out)
		}
	})
}

func FuzzByteRangeStaysInside(f *testing.F) {
	f.Add("bytes=0-1", int64(10))
	f.Add("bytes=-5", int64(3))
	f.Add("bytes=9223372036854775807-", int64(0))
	f.Fuzz(func(t *testing.T, s string, size int64) {
		if size < 0 {
			return
		}
		from, n, ok := byteRange(s, size)
		if ok && (from < 0 || n < 0 || n > 0 && from+n > size) {
			t.Errorf("byteRange(%q, %d) = %d, %d", s, size, from, n)
		}
	})
}

func FuzzJSONFamilyPrintsValidJSON(f *testing.F) {
	f.Add(`{a:1,b:[{c:null}]}`, `{b:{c:2}}`, "b[0].c", "^a")
	f.Add(`[{"a":1},{"a":{}}]`, `{a:{b:null}}`, "-1.a", "!a")
	f.Add(`"x"`, `{}`, "", "")
	reg := registry()
	f.Fuzz(func(t *testing.T, doc, patch, path, re string) {
		vars := shell.MapVars{"patch": patch, "path": path, "re": re}
		for _, argv := range [][]string{
			{"json", "-c", "-u", "${patch}"}, {"json", "-a", "${patch}"}, {"json", "-get", "${path}"}, {"json", "-val", "${path}"},
			{"json", "-key", "${re}", "-prefix", "${path}"}, {"json", "-mapping", "${patch}", "-only", "-put", "${path}"},
			{"ajaxre", "-c"}, {"ajaxre", "-s"}, {"json", "-s"}, {"split", "-re", "${re}"}, {"csv", "-d"}, {"httpparam", "-json"}, {"sort", "-by", "${patch}"},
		} {
			out, err := printed(t, reg, doc, vars, argv...)
			if err == nil && !json.Valid([]byte(out)) {
				t.Errorf("%q of %q prints %q", argv, doc, out)
			}
		}
	})
}

func FuzzHTTPOutWritesOneHeadWithTheLinesItWasTold(f *testing.F) {
	f.Add("X-A", "b", "name.txt", "text/plain")
	f.Add("X:\r\nB", "a\r\n\r\nbody", "\"\r\n../x", "a\nb")
	reg := registry()
	f.Fuzz(func(t *testing.T, name, value, file, mime string) {
		headers := string((&object{list: []member{{name, quoted(value)}}}).appendJSON(nil))
		vars := shell.MapVars{"headers": headers, "file": file, "mime": mime}
		out, err := printed(t, reg, "BODY", vars, "httpout", "-headers", "${headers}", "-download", "${file}", "-mime", "${mime}", "-etag", "${file}")
		if err != nil {
			return
		}
		head, body, _ := strings.Cut(out, "\n\n")
		if body != "BODY" || strings.ContainsAny(head, "\r\x00") || strings.Count(head, "\n") > 4 {
			t.Errorf("%q", out)
		}
	})
}

func FuzzBase64IsItsOwnInverse(f *testing.F) {
	f.Add("", false)
	f.Add("a\x00\xff", true)
	reg := registry()
	f.Fuzz(func(t *testing.T, v string, urls bool) {
		enc, dec := []string{"base64"}, []string{"base64", "-d"}
		if urls {
			enc, dec = append(enc, "-url"), append(dec, "-url")
		}
		out, err := printed(t, reg, v, nil, enc...)
		if err == nil {
			out, err = printed(t, reg, out, nil, dec...)
		}
		if err != nil || out != v {
			t.Errorf("%q became %q, %v", v, out, err)
		}
	})
}

func FuzzLinesJoinToTheirSource(f *testing.F) {
	f.Add("a\n\nb")
	f.Add(strings.Repeat("x", 70_000) + "\n")
	f.Fuzz(func(t *testing.T, src string) {
		var b strings.Builder
		err := eachLine(io.NopCloser(strings.NewReader(src)), func(line []byte) error {
			if i := bytes.IndexByte(line, '\n'); i >= 0 && i != len(line)-1 {
				t.Errorf("a line holds a newline: %q", line)
			}
			b.Write(line)
			return nil
		})
		if err != nil || b.String() != src {
			t.Errorf("%q, %v", b.String(), err)
		}
	})
}
