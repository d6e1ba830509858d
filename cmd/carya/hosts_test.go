package main

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// on asks a path of a host.
func (s *server) on(host, path string) answer {
	s.t.Helper()
	req, err := http.NewRequest("GET", s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Host = host
	return s.send(req)
}

// A domain that claims the server's own address, or a host of another domain, gets
// no request of the others'.
func TestADomainsOwnWordMapsNoHost(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	for _, dom := range []string{"anna", "bob"} {
		r.must("init", dom)
		r.write(dom, ".regapi/api/who", "echo "+dom)
	}
	r.write("anna", ".regapi/api/bob/who", "echo stolen by anna")
	r.write("anna", ".domain/domain.json", `{hosts:["127.0.0.1","bob.example","bob.localhost"], owner:"bob"}`)
	r.must("grant", "bob", "host", "bob.example")
	s := r.serve()
	until(t, 10*time.Second, "start-up tells the wishes", func() bool {
		return strings.Contains(s.errs.String(), "carya grant anna host 127.0.0.1") && strings.Contains(s.errs.String(), "carya grant anna owner bob")
	})
	for host, path := range map[string]string{"": "/api/bob/who", "bob.example": "/api/who", "BOB.example.:80": "/api/who", "bob.localhost:8080": "/api/who"} {
		if a := s.on(host, path); a.status != 200 || a.body != "bob\n" {
			t.Errorf("%s%s: %d %s", host, path, a.status, a.body)
		}
	}
	if a := s.on("anna.localhost", "/api/who"); a.body != "anna\n" {
		t.Errorf("anna.localhost: %d %s", a.status, a.body)
	}
	r.must("grant", "anna", "host", "127.0.0.1") // the operator may, at once and beside the server
	if a := s.on("", "/api/bob/who"); a.body != "stolen by anna\n" {
		t.Errorf("a granted address: %d %s", a.status, a.body)
	}
	if a := s.on("xn--czrs0t.cn", "/api/who"); a.status != 404 {
		t.Errorf("a host of nobody's: %d %s", a.status, a.body)
	}
	r.must("grant", "bob", "host", "商店.cn")
	if a := s.on("XN--CZRS0T.cn:9500", "/api/who"); a.body != "bob\n" {
		t.Errorf("a name in another script: %d %s", a.status, a.body)
	}
}
