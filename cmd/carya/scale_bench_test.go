package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore"
)

// residentOf is the resident memory of a running server in MiB.
func residentOf(b *testing.B, s *server) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.proc.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		b.Fatal(err)
	}
	return float64(kb) / 1024
}

// BenchmarkTenThousandDomains starts a server over a root with 10,000 domains
// and asks one of them; start is seconds until it listens, idle its memory then.
func BenchmarkTenThousandDomains(b *testing.B) {
	r := newRoot(b)
	for i := range 10_000 {
		dom := fmt.Sprintf("d%05d", i)
		r.write(dom, ".domain/domain.json", fmt.Sprintf(`{"hosts":["%s.example.com"]}`, dom)) // a wish
		r.write(dom, "accounts/thing.json", `{"uniqueKeys":[{"name":["nm"]}]}`)
		r.write(dom, ".regapi/api/hello", "echo hello")
	}
	for b.Loop() {
		start := time.Now()
		s := r.serve("--limits", "off")
		b.ReportMetric(time.Since(start).Seconds(), "start-s")
		if a := s.get("d07777/hello"); a.body != "hello\n" {
			b.Fatalf("%d %s", a.status, a.body)
		}
		b.ReportMetric(residentOf(b, s), "idle-MiB")
		s.kill()
	}
}

// BenchmarkResident is the memory of a server: idle with the domain demo open,
// and with 100,000 accounts and as many sessions in it.
func BenchmarkResident(b *testing.B) {
	r := newRoot(b)
	r.must("init", "demo", "--pack", "auth")
	site := r.siteID("demo", "~/www")
	ask := func() float64 {
		s := r.serve("--limits", "off")
		if a := s.get("demo/auth/checkme", "site", site, "ticket", "nobody"); a.status != 200 {
			b.Fatal(a.body)
		}
		time.Sleep(2 * time.Second) // what opening has used goes back to the system
		defer s.stop()
		return residentOf(b, s)
	}
	for b.Loop() {
		idle := ask()
		b.ReportMetric(idle, "idle-MiB")
		fillPeople(b, r, site, 100_000)
		ask() // takes them over with the sets' own definitions
		b.ReportMetric(ask(), "full-MiB")
	}
}

// fillPeople writes accounts and sessions as sign-ins leave them.
func fillPeople(b *testing.B, r *root, site string, n int) {
	b.Helper()
	s, err := filestore.Open(filestore.Options{Dir: func(dom string) string { return filepath.Join(r.dir, dom) }})
	if err != nil {
		b.Fatal(err)
	}
	sessions := ".domain/session/" + site
	ctx := context.Background()
	for set, def := range map[string]thingset.Def{"accounts": {Unique: [][]string{{"nm"}, {"phone"}, {"email"}}}, sessions: {Plain: true, Unique: [][]string{}}} {
		if err := s.Define(ctx, "demo", set, def); err != nil {
			b.Fatal(err)
		}
	}
	expi := time.Now().Add(time.Hour).UnixMilli()
	var batch []thingset.Write
	for i := range n {
		id, ticket := fmt.Sprintf("c%019d", i), fmt.Sprintf("%064x", i)
		batch = append(batch,
			thingset.Write{Set: "accounts", ID: id, Body: fmt.Appendf(nil, `{"id":%q,"nm":"user%d","phone":"139%08d","email":"u%d@example.com","ct":%d,"lm":%d,"th_live":1}`, id, i, i, i, expi, expi)},
			thingset.Write{Set: sessions, ID: ticket, Body: fmt.Appendf(nil, `{"id":%q,"uid":%q,"expi":%d,"ct":%d,"lm":%d}`, ticket, id, expi, expi, expi)})
		if len(batch) >= 2000 || i == n-1 {
			if _, err := s.Commit(ctx, "demo", batch); err != nil {
				b.Fatal(err)
			}
			batch = nil
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}
