package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// No path leads out of a domain: not in a request line, not in a script's
// argument, not through a link.
func TestNoPathGetsOutOfTheDomain(t *testing.T) {
	t.Parallel()
	p := newPeople(t, "--limits", "off")
	const secret = "the outside secret"
	outside := filepath.Join(filepath.Dir(p.dir), "outside")
	if err := os.MkdirAll(outside, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(outside, "secret.txt"), []byte(secret), 0o644); err != nil {
		t.Fatal(err)
	}
	p.write("other", "www/secret.txt", secret)
	p.write("other", "secret.txt", secret)
	p.write("demo", "www/plain.txt", "plain")
	for link, target := range map[string]string{
		"www/link.txt": filepath.Join(outside, "secret.txt"), "www/out": outside,
		"www/up": "../../other", "pub/link.txt": "../../other/secret.txt",
	} {
		os.MkdirAll(filepath.Dir(p.path("demo", link)), 0o755)
		if err := os.Symlink(target, p.path("demo", link)); err != nil {
			t.Fatal(err)
		}
	}
	p.write("demo", ".regapi/api/t/cat", "cat ${http-qs-v?}\n")
	p.write("demo", ".regapi/api/t/pub", "cat ~/pub/${http-qs-v?}\n")
	p.write("demo", ".regapi/api/t/obj", "obj id:${http-qs-v?} -cqn\n")
	until(t, 5*time.Second, "the scripts are live", func() bool { return p.get("demo/t/cat", "v", "~/www/plain.txt").body == "plain" })

	for _, v := range []string{
		"../other/secret.txt", "~/../other/secret.txt", "~/www/../../other/secret.txt", "/etc/passwd", "~other/secret.txt", "~root",
		filepath.Join(outside, "secret.txt"), "~/www/link.txt", "~/www/out/secret.txt", "~/www/up/secret.txt", "link.txt",
		"..\\other\\secret.txt", "~/%2e%2e/other/secret.txt", "%2e%2e/other/secret.txt", "~/.domain/domain.json", ".domain/domain.json",
		"~/.regapi/api/auth/site", "~/www/.meta.json", "~/accounts/thing.json", "id:" + p.foreign, p.foreign,
	} {
		for _, name := range []string{"cat", "pub", "obj"} {
			a := p.get("demo/t/"+name, "v", v)
			if strings.Contains(a.body, secret) || strings.Contains(a.body, "root:x") || a.status == 200 && a.json("ok").Raw != "false" {
				t.Errorf("%s %s: %d %.100q", name, v, a.status, a.body)
			}
		}
	}
	for _, path := range []string{
		"/www/demo/../../other/www/secret.txt", "/www/demo/%2e%2e/%2e%2e/other/www/secret.txt", "/www/demo/..%2f..%2fother/www/secret.txt",
		"/www/demo//etc/passwd", "/www/demo/link.txt", "/www/demo/out/secret.txt", "/www/demo/up/secret.txt", "/www/demo/.meta.json",
		"/www/demo/..\\..\\other\\www\\secret.txt", "/www/demo/%00", "/www/demo/plain.txt/..%2f..%2f..%2fother%2fsecret.txt", "/api/demo/../other/auth/site",
		"/api/demo/%2e%2e/other/auth/site", "/api/demo/.regapi/api/auth/site", "/api/demo/auth/../../../.domain/domain.json", "/www/demo/../.domain/domain.json",
	} {
		if got := p.raw(path); strings.Contains(got, secret) || strings.HasPrefix(got, "HTTP/1.1 200") {
			t.Errorf("%s: %.200q", path, got)
		}
	}
	if got := p.raw("/www/demo/plain.txt"); !strings.HasPrefix(got, "HTTP/1.1 200") || !strings.HasSuffix(got, "plain") {
		t.Errorf("plain.txt: %q", got)
	}
}

// raw sends a request line exactly as written and gives the whole answer.
func (s *server) raw(target string) string {
	s.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")); err != nil {
		s.t.Fatal(err)
	}
	var b strings.Builder
	buf := make([]byte, 4096)
	for {
		n, err := c.Read(buf)
		b.Write(buf[:n])
		if err != nil {
			return b.String()
		}
	}
}
