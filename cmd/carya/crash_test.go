package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/tidwall/gjson"
)

// crashRounds is how often the server is killed: CARYA_CRASH_ROUNDS, else 5.
func crashRounds() int {
	if n, err := strconv.Atoi(os.Getenv("CARYA_CRASH_ROUNDS")); err == nil && n > 0 {
		return n
	}
	return 5
}

// kill -9 in the middle of writes: what was acknowledged is there, and the
// domain opens and is whole.
func TestKillInTheMiddleOfWrites(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo", "--pack", "auth")
	r.newPerson("demo", `nm:"anna"`)
	site := r.siteID("demo", "~/www")
	for round := range crashRounds() {
		s := r.serve("--limits", "off")
		acked := s.writeUntilKilled(site, round)
		s = r.serve("--limits", "off")
		for worker, n := range acked {
			a := s.get("demo/auth/checkme", "site", site, "ticket", worker)
			if got := a.json("data.me.n").Int(); got < int64(n) || !a.json("ok").Bool() {
				t.Errorf("round %d: %d was acknowledged, there is %s", round, n, a.body)
			}
		}
		if code := s.stop(); code != 0 {
			t.Errorf("round %d: exit %d\n%s", round, code, s.errs)
		}
		checkRecords(t, r.path("demo", "accounts", "index"))
		if out, errs, code := r.run("", "doctor", "demo"); code != 0 {
			t.Fatalf("round %d: doctor: exit %d\n%s%s", round, code, out, errs)
		}
	}
}

// writeUntilKilled lets people write to their accounts, kills the server at a
// random moment, and gives the last number that each ticket had acknowledged.
func (s *server) writeUntilKilled(site string, round int) map[string]int {
	var mu sync.Mutex
	acked := map[string]int{}
	var wg sync.WaitGroup
	for worker := range 4 {
		name := fmt.Sprintf("p%d-%d", round, worker)
		s.newPerson("demo", `nm:"`+name+`"`)
		ticket := s.signIn("demo", site, name)
		wg.Go(func() {
			for n := 1; ; n++ {
				body := fmt.Sprintf(`{"n":%d,"pad":"%0200d"}`, n, n)
				a, err := s.try("POST", "/api/demo/auth/setme", pairs([]string{"site", site, "ticket", ticket}), "application/json", body)
				if err != nil {
					return
				}
				if a.json("ok").Bool() {
					mu.Lock()
					acked[ticket] = n
					mu.Unlock()
				}
			}
		})
	}
	time.Sleep(time.Duration(50+rand.IntN(400)) * time.Millisecond)
	s.kill()
	wg.Wait()
	return acked
}

// checkRecords fails for a record that is not whole.
func checkRecords(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d records, %v", dir, len(files), err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(b) || gjson.GetBytes(b, "id").String()+".json" != filepath.Base(file) {
			t.Errorf("%s is not whole: %.100q", file, b)
		}
	}
}
