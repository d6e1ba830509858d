package filestore

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// writerEnv makes the test's program a process that writes until it is killed.
const writerEnv = "CARYA_TEST_WRITER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(writerEnv); dir != "" {
		writeForever(dir)
	}
	code := m.Run()
	if benched {
		os.RemoveAll(fill().top)
	}
	os.Exit(code)
}

const killWriters = 24

// killDefs are the sets of the writers: small ones with own files, large ones in
// packs.
func killDefs(s *Store) error {
	for set, def := range map[string]thingset.Def{
		"left":  {Unique: [][]string{{"slot"}}, Indexes: []string{"n"}},
		"right": {Loose: -1, Indexes: []string{"n"}},
	} {
		if err := s.Define(context.Background(), "demo", set, def); err != nil {
			return err
		}
	}
	return nil
}

// writeForever lets writers commit batches of three records in two sets, which
// carry one number, and tells of each that was acknowledged.
func writeForever(dir string) {
	s, err := Open(Options{Dir: func(string) string { return dir }, Settle: 5 * time.Millisecond, Checkpoint: 30 * time.Millisecond})
	if err == nil {
		s.full, s.deadMin = 200<<10, 20<<10
		err = killDefs(s)
	}
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	var out sync.Mutex
	for w := range killWriters {
		go func() {
			start := 0
			if rec, err := s.Get(context.Background(), "demo", "right", fmt.Sprintf("w%d-a", w)); err == nil {
				start = int(gjson.GetBytes(rec.Body, "n").Int())
			}
			for n := start + 1; ; n++ {
				_, err := s.Commit(context.Background(), "demo", killBatch(w, n))
				if domain.CodeOf(err) == "e.thing.ukey.duplicated" {
					continue // another one holds the slot
				}
				out.Lock()
				fmt.Println(w, n, err)
				out.Unlock()
			}
		}()
	}
	select {}
}

// killBatch is the commit n of a writer; it takes one of few slots that all
// writers want.
func killBatch(w, n int) []thingset.Write {
	one := func(set, id, more string) thingset.Write {
		return thingset.Write{Set: set, ID: id, Body: fmt.Appendf(nil, `{"id":%q,"n":%d%s,"pad":"%0*d"}`, id, n, more, n%700, 0)}
	}
	slot := fmt.Sprintf(`,"slot":"s%d"`, (w*31+n*7)%(killWriters*2))
	return []thingset.Write{
		one("left", fmt.Sprintf("w%d", w), slot), one("right", fmt.Sprintf("w%d-a", w), ""), one("right", fmt.Sprintf("w%d-b", w), ""),
	}
}

// Many writers, kill -9 at a random moment, again and again over one folder:
// every acknowledged commit is there whole, no other one in part, and keys,
// indexes and files agree. Who follows the feed over all of it sees the same. Now and
// then the process is killed again before anybody has closed the domain.
func TestKilledWritersLoseNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	follow := &killFollower{there: map[string]string{}}
	for round := range rounds(8) {
		acked := writeAndKill(t, dir)
		if list := verifyDir(t, dir); len(list) > 0 {
			t.Fatalf("round %d: the doctor says %v", round, list)
		}
		if round%4 == 1 {
			continue
		}
		checkKilled(t, dir, acked, follow)
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
}

func verifyDir(t *testing.T, dir string) (list []Fault) {
	t.Helper()
	if err := Verify(dir, false, func(f Fault) { list = append(list, f) }); err != nil {
		t.Fatal(err)
	}
	return list
}

// writeAndKill runs a process of writers for a while, kills it, and gives the
// last number that each was told of.
func writeAndKill(t *testing.T, dir string) map[int]int {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), writerEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	acked := map[int]int{}
	killed := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		word := strings.Fields(lines.Text())
		if len(word) != 3 || word[2] != "<nil>" {
			if !killed {
				t.Errorf("the writers say %q", lines.Text())
			}
			continue // the last line is torn
		}
		w, _ := strconv.Atoi(word[0])
		n, _ := strconv.Atoi(word[1])
		acked[w] = n
		if !killed {
			killed = true
			time.AfterFunc(time.Duration(5+rand.IntN(200))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait() // killed
	return acked
}

func checkKilled(t *testing.T, dir string, acked map[int]int, follow *killFollower) {
	t.Helper()
	s, err := Open(Options{Dir: func(string) string { return dir }})
	if err == nil {
		err = killDefs(s)
	}
	if err != nil {
		t.Fatal(err)
	}
	number := func(set, id string) (n int) {
		rec, err := s.Get(t.Context(), "demo", set, id)
		if err == nil {
			n = int(gjson.GetBytes(rec.Body, "n").Int())
		} else if domain.CodeOf(err) != "e.thing.noexists" {
			t.Error(err)
		}
		return n
	}
	for w := range killWriters {
		n := number("left", fmt.Sprintf("w%d", w))
		if a, b := number("right", fmt.Sprintf("w%d-a", w)), number("right", fmt.Sprintf("w%d-b", w)); a != n || b != n {
			t.Errorf("writer %d: a commit is there in part: %d %d %d", w, n, a, b)
		}
		if n < acked[w] {
			t.Errorf("writer %d: %d was acknowledged, there is %d", w, acked[w], n)
		}
	}
	follow.check(t, s)
	checkAgree(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for w := range killWriters {
		file := filepath.Join(dir, "left", "index", fmt.Sprintf("w%d.json", w))
		if text, err := os.ReadFile(file); err == nil && int(gjson.GetBytes(text, "n").Int()) < acked[w] {
			t.Errorf("%s shows %s", file, text)
		}
	}
}

// killFollower knows a store by its feed alone.
type killFollower struct {
	rev   thingset.Rev
	there map[string]string
}

// check goes on where it was, and holds what it knows against what is there.
func (f *killFollower) check(t *testing.T, s *Store) {
	t.Helper()
	writes := 0
	for c, err := range s.Changes(t.Context(), "demo", f.rev) {
		if err != nil {
			t.Fatal(err)
		}
		if writes++; c.Rev != f.rev {
			writes = 1
		}
		if c.Rev != f.rev && c.Rev != f.rev+1 || writes > 3 || c.Body == nil || c.New != (f.there[c.Set+"/"+c.ID] == "") {
			t.Fatalf("revision %d after %d, write %d, %s/%s new %v: %s", c.Rev, f.rev, writes, c.Set, c.ID, c.New, c.Body)
		}
		f.rev, f.there[c.Set+"/"+c.ID] = c.Rev, string(c.Body)
	}
	there := map[string]string{}
	for _, set := range []string{"left", "right"} {
		for rec, err := range s.Scan(t.Context(), "demo", set, thingset.Range{}) {
			if err != nil {
				t.Fatal(err)
			}
			there[set+"/"+rec.ID] = string(rec.Body)
		}
	}
	if !maps.Equal(there, f.there) {
		t.Errorf("the follower knows %d records, %d are there, or they are others", len(f.there), len(there))
	}
}

// checkAgree holds unique keys and indexes against a full scan.
func checkAgree(t *testing.T, s *Store) {
	t.Helper()
	for _, set := range []string{"left", "right"} {
		var byID, byN []string
		slots := map[string]string{}
		for rec, err := range s.Scan(t.Context(), "demo", set, thingset.Range{}) {
			if err != nil {
				t.Fatal(err)
			}
			byID = append(byID, rec.ID)
			slot := gjson.GetBytes(rec.Body, "slot").Str
			if slot == "" {
				continue
			}
			if other, taken := slots[slot]; taken {
				t.Errorf("%s and %s hold the slot %s", other, rec.ID, slot)
			}
			slots[slot] = rec.ID
			if found, err := s.Find(t.Context(), "demo", set, 0, slot); err != nil || found.ID != rec.ID {
				t.Errorf("the slot %s finds %q, %v, not %s", slot, found.ID, err, rec.ID)
			}
		}
		last := int64(-1)
		for rec, err := range s.Scan(t.Context(), "demo", set, thingset.Range{Index: "n"}) {
			if err != nil {
				t.Fatal(err)
			}
			n := gjson.GetBytes(rec.Body, "n").Int()
			if n < last {
				t.Errorf("%s: the index n is out of order: %d after %d", set, n, last)
			}
			last, byN = n, append(byN, rec.ID)
		}
		if len(byN) != len(byID) {
			t.Errorf("%s: %d records by id, %d by n", set, len(byID), len(byN))
		}
	}
}
