package main

import (
	"net"
	"strings"
	"testing"
)

// What domain.json says of private addresses opens neither the admin port nor the
// server's own; the operator may grant a port by its number.
func TestADomainReachesNoPortOfTheServersOwn(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo")
	r.must("init", "other")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	admin := l.Addr().String()
	l.Close()
	s := r.serve("--admin", admin)
	own := strings.TrimPrefix(s.url, "http://")
	r.write("demo", ".domain/domain.json", `{http:{private:true, hosts:["`+admin+`","`+own+`"]}}`)
	r.write("demo", ".regapi/api/metrics", "http http://"+admin+"/metrics")
	r.write("demo", ".regapi/api/self", "http http://"+own+"/api/other/who")
	r.write("other", ".regapi/api/who", "echo other")
	refused := func(when string) {
		t.Helper()
		for _, name := range []string{"metrics", "self"} {
			if a := s.get("demo/" + name); a.json("errCode").String() != "e.http.host" || strings.Contains(a.body, "carya_") || strings.Contains(a.body, "carya grant") {
				t.Errorf("%s, %s: %d %.200s", name, when, a.status, a.body)
			}
		}
	}
	refused("by the domain's own word")
	r.must("grant", "demo", "network", "127.0.0.0/8")
	refused("by a grant without the port")
	if _, errs, code := r.run("", "-d", "demo", "http", "http://"+admin+"/metrics"); code == 0 || !strings.Contains(errs, "carya grant demo network "+admin) {
		t.Errorf("at the terminal: %d %s", code, errs)
	}
	r.must("grant", "demo", "network", admin)
	if a := s.get("demo/metrics"); !strings.Contains(a.body, "carya_") {
		t.Errorf("granted: %d %.200s", a.status, a.body)
	}
	r.must("grant", "demo", "network", admin, "--revoke")
	refused("taken back")
}
