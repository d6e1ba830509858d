package main

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// TestAvatarFromAnAddress is copied, by the owner from anywhere public, by an endpoint from
// hosts that the owner listed.
func TestAvatarFromAnAddress(t *testing.T) {
	t.Parallel()
	png, err := base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=")
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/face.png":
			w.Write(png)
		case "/large":
			w.Write(append(png, make([]byte, 3<<20)...))
		case "/moved":
			http.Redirect(w, r, "http://localhost"+r.Host[strings.LastIndexByte(r.Host, ':'):]+"/face.png", http.StatusFound)
		case "/page":
			w.Write([]byte("<html>"))
		default:
			http.NotFound(w, r)
		}
	}))
	defer elsewhere.Close()
	r := newRoot(t)
	r.must("init", "demo", "--pack", "auth")
	r.newPerson("demo", `nm:"anna"`)
	set := func(path string) (string, string) {
		out, errs, _ := r.run("", "www", "avatar", "~/www", "anna", "-url", elsewhere.URL+path, "-c")
		return out, errs
	}
	if _, errs := set("/face.png"); !strings.HasPrefix(errs, "e.http.") {
		t.Errorf("an address that is not public: %s", errs)
	}
	r.write("demo", ".domain/domain.json", `{http:{private:true,hosts:["`+strings.TrimPrefix(elsewhere.URL, "http://")+`"]}}`)
	if _, errs := set("/face.png"); !strings.HasPrefix(errs, "e.http.host") {
		t.Errorf("the domain's own word opens a network: %s", errs)
	}
	r.must("grant", "demo", "network", strings.TrimPrefix(elsewhere.URL, "http://"))
	out, errs := set("/face.png")
	if thumb := gjson.Get(out, "thumb").String(); !strings.HasSuffix(thumb, ".png") {
		t.Fatalf("%s%s", out, errs)
	}
	if got := r.must("www", "avatar", "~/www", "anna"); got != string(png) {
		t.Errorf("the picture is %q", got)
	}
	for path, code := range map[string]string{"/large": "e.io.toolarge", "/page": "e.cmd.arg", "/none": "e.http.status"} {
		if _, errs := set(path); !strings.HasPrefix(errs, code) {
			t.Errorf("%s: %s, want %s", path, errs, code)
		}
	}
	r.write("demo", ".regapi/api/face", `www avatar ~/www -ticket ${http-qs-ticket?} -url ${http-qs-u?} -ajax`)
	s := r.serve()
	ticket := s.signIn("demo", r.siteID("demo", "~/www"), "anna")
	wantOK(t, s.post("demo/face", []string{"ticket", ticket, "u", elsewhere.URL + "/face.png"}))
	port := elsewhere.URL[strings.LastIndexByte(elsewhere.URL, ':'):]
	for _, u := range []string{elsewhere.URL + "/moved", "http://localhost" + port + "/face.png", "http://169.254.169.254/", "file:///etc/passwd", "gopher://x", ""} {
		if a := s.post("demo/face", []string{"ticket", ticket, "u", u}); a.json("ok").Bool() || !strings.HasPrefix(a.json("errCode").String(), "e.http.") {
			t.Errorf("%s: %d %s", u, a.status, a.body)
		}
	}
}
