package cmds

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// request is a request with a body.
func request(body string, headers map[string]string, ps ...domain.Param) *domain.Request {
	return &domain.Request{
		ID: "req1", Method: "POST", Path: "/api/demo/x",
		Header: func(name string) string { return headers[strings.ToLower(name)] },
		Body:   func() (io.ReadSeekCloser, error) { return nopCloser{strings.NewReader(body)}, nil },
		Form:   func() ([]domain.Param, error) { return ps, nil },
	}
}

type nopCloser struct{ io.ReadSeeker }

func (nopCloser) Close() error { return nil }

// endpoint runs a script for a request, as principal API.
func endpoint(t *testing.T, d *domain.Domain, r *domain.Request, src string) (string, error) {
	t.Helper()
	s, err := registry().CompileText(src, shell.CompileOptions{Endpoint: true})
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = s.Run(t.Context(), &shell.Env{Domain: d, Lang: domain.EN, Request: r, Vars: shell.MapVars{"id": r.ID}, Out: &out})
	return out.String(), err
}

func TestRequestObject(t *testing.T) {
	t.Parallel()
	d := fresh(t)
	r := request("the body\x00", nil,
		domain.Param{Name: "site", Value: "q-site"}, domain.Param{Name: "a", Value: " q "}, domain.Param{Name: "b", Value: "q"},
		domain.Param{Name: "site", Value: "b-site", Body: true}, domain.Param{Name: "b", Value: "${id}", Body: true},
		domain.Param{Name: "n", Value: "1", Body: true, JSON: []byte("1")}, domain.Param{Name: "n", Value: "2", Body: true, JSON: []byte("2")})
	for _, c := range []struct{ src, want string }{
		{"cat id:${id}", "the body\x00"},
		{"cat id:${id} id:${id} | count -b", "18\n"},
		{"cp id:${id} ~/up/f; cat ~/up/f", "the body\x00"},
		{"hash md5 -n id:${id} | count -b", "32\n"},
		{"httpparam -in id:${id} -c", `{"site":"q-site","a":" q ","b":"${id}","n":"1"}` + "\n"},
		{"httpparam -c -json", `{"site":"q-site","a":" q ","b":"${id}","n":1}` + "\n"},
		{"obj id:${id} -c", `{"id":"req1","race":"FILE","http-method":"POST","http-uri":"/api/demo/x","http-qs-site":"q-site","http-qs-a":" q ","http-qs-b":"q"}` + "\n"},
	} {
		got, err := endpoint(t, d, r, c.src)
		if err != nil || got != c.want {
			t.Errorf("%s: got %q, %v, want %q", c.src, got, err, c.want)
		}
	}
	if _, err := endpoint(t, d, r, "cat id:other"); domain.CodeOf(err) != "e.io.obj.noexists" {
		t.Errorf("another id: %v", err)
	}
}

func TestEndpointNeverRunsItsInput(t *testing.T) {
	t.Parallel()
	_, err := endpoint(t, fresh(t), request("", nil), "cat id:${id} | run")
	if domain.CodeOf(err) != "e.cmd.forbidden" || len(shell.Faults(err)) != 1 {
		t.Errorf("run without a command: %v", err)
	}
	_, err = registry().CompileText("each 'run'", shell.CompileOptions{Endpoint: true})
	if domain.CodeOf(err) != "e.cmd.forbidden" {
		t.Errorf("in a block: %v", err)
	}
	// a script that was compiled for the command line is no way around
	s, err := registry().CompileText("echo ls | run", shell.CompileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context(), &shell.Env{Domain: fresh(t)}); domain.CodeOf(err) != "e.cmd.forbidden" {
		t.Errorf("for principal api: %v", err)
	}
}

func TestEndpointSeesAndWritesNoPrivateObject(t *testing.T) {
	t.Parallel()
	d := fresh(t)
	owner := d.Tree(domain.Owner)
	for _, p := range []domain.Path{".domain/secret", ".regapi/api/x", "pub/.hidden", "pub/open"} {
		if err := owner.WriteFile(p, []byte("echo secret\n")); err != nil {
			t.Fatal(err)
		}
	}
	if err := owner.SetMeta("pub/open", []byte(`{passwd:"p",salt:"s",__x:1,title:"T"}`)); err != nil {
		t.Fatal(err)
	}
	r := request("", nil)
	for _, src := range []string{
		"cat ~/.domain/secret", "cat ~/.regapi/api/x", "cat ~/pub/.hidden", "cat ~/pub/.open.meta.json", "obj ~/.domain", "ls ~/.domain",
		"tree ~/.regapi", "head ~/.domain/secret", "hash md5 ~/.domain/secret", "cp ~/.domain/secret ~/x", "mv ~/.regapi/api/x ~/x",
		"zip ~/o.zip ~/.domain", "tmpl -file ~/.domain/secret", "httpout -body ~/.domain/secret", "rm ~/.regapi/api/x", "rm -r ~/.domain",
		"echo x | write ~/.regapi/api/y", "write ~/.domain/y x", "echo x > ~/.regapi/api/z", "mkdir ~/.regapi/api/d", "touch ~/.regapi/api/t",
		"obj ~/.regapi -new '{nm:\"n\"}'", "obj ~/pub -new '{nm:\".n\"}'", "cp ~/pub/open ~/.regapi/api/o", "mv ~/pub/open ~/.regapi/api/o",
		"obj ~/.domain -u '{a:1}'", "cat ../demo/pub/open", "cat ~other/x", "cat /etc/passwd", "write ~/pub/.x.meta.json '{}'",
	} {
		out, err := endpoint(t, d, r, src)
		if k := domain.AsError(err); err == nil || k.Kind != domain.NotFound && k.Kind != domain.Forbidden {
			t.Errorf("%s: %q, %v", src, out, err)
		}
	}
	for src, want := range map[string]string{
		"tree ~/pub":  "~/pub\n|-- open\n",
		"ls -a ~/pub": "open\n",
		"obj ~/pub/open -c -e '[^ct]$' | json -c -key '^(title|passwd|salt|__x)$'": `{"title":"T"}` + "\n",
		"obj ~/pub -match '{passwd:\"p\"}' -c":                                     "[]\n",
		"cp -r ~/pub ~/copy; ls -a ~/copy":                                         "open\n",
		"zip -a ~/o.zip ~/pub; unzip -list ~/o.zip":                                "pub/\npub/open\n",
	} {
		if out, err := endpoint(t, d, r, src); err != nil || out != want {
			t.Errorf("%s: got %q, %v, want %q", src, out, err, want)
		}
	}
	if data, err := owner.ReadFile(".domain/secret"); err != nil || string(data) != "echo secret\n" {
		t.Errorf("the secret is %q, %v", data, err)
	}
}

func TestHTTPOutAnswersConditionsOfTheRequest(t *testing.T) {
	t.Parallel()
	d := fresh(t)
	if err := d.Tree(domain.Owner).WriteFile("f.txt", []byte("0123456789")); err != nil {
		t.Fatal(err)
	}
	out, err := endpoint(t, d, request("", nil), "httpout -body ~/f.txt -etag -range")
	_, rest, _ := strings.Cut(out, "Etag: ")
	tag, _, _ := strings.Cut(rest, "\n")
	if err != nil || tag == "" || !strings.HasPrefix(out, "HTTP/1.1 200 ") {
		t.Fatalf("%q, %v", out, err)
	}
	for _, c := range []struct {
		headers map[string]string
		status  string
		body    string
	}{
		{map[string]string{"if-none-match": `"x", W/` + tag}, "304", ""},
		{map[string]string{"if-none-match": `"x"`}, "200", "0123456789"},
		{map[string]string{"range": "bytes=2-3"}, "206", "23"},
		{map[string]string{"range": "bytes=2-3", "if-range": tag}, "206", "23"},
		{map[string]string{"range": "bytes=2-3", "if-range": `"old"`}, "200", "0123456789"},
		{map[string]string{"range": "bytes=10-"}, "416", ""},
		{map[string]string{"range": "bytes=8-99"}, "206", "89"},
		{map[string]string{"range": "lines=1"}, "200", "0123456789"},
		{map[string]string{"range": "bytes=99999999999999999999-"}, "200", "0123456789"},
	} {
		out, err := endpoint(t, d, request("", c.headers), "httpout -body ~/f.txt -etag -range")
		if err != nil || !strings.HasPrefix(out, "HTTP/1.1 "+c.status+" ") || bodyOf(out) != c.body {
			t.Errorf("%v: %q, %v", c.headers, out, err)
		}
	}
}

// A placeholder that stands for nothing never makes a command take the folder
// that it was to name something in.
func TestNothingNamedIsNotTheFolder(t *testing.T) {
	t.Parallel()
	for _, x := range []string{"", ".", "./", "/", "././", ".."} {
		d := fresh(t)
		for _, src := range []string{"rm -r ~/pub/${x}", "rm -rf ~/pub/${x}", "rm -r ~/pub/a/${x}", "rm -r ~/pub/${x}${x}", "mv ~/pub/${x} ~/gone", `run rm -r '~/pub/${x}'`} {
			script := "echo 1 | write ~/pub/a/b; " + strings.Replace(src, "~/pub/${x}${x}", "~/pub/${x}${none?}", 1)
			s, err := registry().CompileText(script, shell.CompileOptions{Endpoint: true})
			if err != nil {
				t.Fatal(err)
			}
			err = s.Run(t.Context(), &shell.Env{Domain: d, Vars: shell.MapVars{"x": x}, Out: io.Discard})
			if err == nil {
				t.Errorf("%s with %q: done", src, x)
			}
			if _, err := d.Tree(domain.Owner).Stat("pub/a/b"); err != nil {
				t.Errorf("%s with %q: %v", src, x, err)
			}
		}
	}
	d := fresh(t)
	if _, err := endpoint(t, d, request("", nil), "echo 1 | write ~/pub/a; rm ~/pub/$(echo -n a); rm -r ~/pub/"); err != nil {
		t.Errorf("what is named: %v", err)
	}
}
