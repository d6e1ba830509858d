package thingset_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore"
)

// killEnv makes the test's program a process that does one job in a folder and kills
// itself around one of its commits: a job, a number, a folder and the commit.
const killEnv = "CARYA_TEST_KILL"

func TestMain(m *testing.M) {
	if job := os.Getenv(killEnv); job != "" {
		if err := doAndDie(job); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// mortal is a store whose process dies at a random moment around a commit.
type mortal struct {
	thingset.Store
	left atomic.Int64
}

func (s *mortal) Commit(ctx context.Context, dom string, batch []thingset.Write) (thingset.Rev, error) {
	if len(batch) == 0 || s.left.Add(-1) != 0 {
		return s.Store.Commit(ctx, dom, batch)
	}
	time.AfterFunc(time.Duration(rand.IntN(30))*time.Millisecond, func() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) })
	_, _ = s.Store.Commit(ctx, dom, batch)
	select {}
}

// jobs are what is killed: each brings the domain to a state that has a number.
var jobs = map[string]func(ctx context.Context, db *thingset.DB, n int) error{
	"update": func(ctx context.Context, db *thingset.DB, n int) error {
		set, ids, err := everything(ctx, db, "t")
		if err == nil {
			_, err = set.UpdateAll(ctx, ids, fmt.Appendf(nil, `{"n":%d}`, n), nil, thingset.Batch{})
		}
		return err
	},
	"link": func(ctx context.Context, db *thingset.DB, n int) error {
		set, err := db.Set(ctx, "people")
		if err == nil {
			_, err = set.Update(ctx, "p", fmt.Appendf(nil, `{"nm":"n%d"}`, n))
		}
		return err
	},
}

func everything(ctx context.Context, db *thingset.DB, path domain.Path) (set *thingset.Set, ids []string, err error) {
	if set, err = db.Set(ctx, path); err != nil {
		return nil, nil, err
	}
	for rec, err := range set.Each(ctx, thingset.Query{}) {
		if err != nil {
			return nil, nil, err
		}
		ids = append(ids, rec.ID)
	}
	return set, ids, nil
}

func doAndDie(what string) error {
	var job, dir string
	var n, at int
	if _, err := fmt.Sscan(what, &job, &n, &at, &dir); err != nil {
		return err
	}
	s, err := filestore.Open(filestore.Options{Dir: func(dom string) string { return filepath.Join(dir, dom) }})
	if err != nil {
		return err
	}
	root, err := domain.OpenRoot(dir, domain.RootOptions{OnClose: func(d *domain.Domain) { s.CloseDomain(d.Name()) }})
	if err != nil {
		return err
	}
	d, err := root.Domain("demo")
	if err != nil {
		return err
	}
	dying := &mortal{Store: s}
	dying.left.Store(int64(at))
	if err := jobs[job](context.Background(), thingset.NewDB(d, dying), n); err != nil {
		return err
	}
	root.Close()
	return s.Close()
}

// killed does a job that is killed around a commit, and reports whether it was.
func killed(t *testing.T, dir, job string, n, at int) bool {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killEnv+"="+fmt.Sprint(job, " ", n, " ", at, " ", dir))
	out, err := cmd.CombinedOutput()
	if err == nil {
		return false
	}
	if st, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || st.Signal() != syscall.SIGKILL {
		t.Fatalf("%v: %s", err, out)
	}
	return true
}

// opened opens the domain of a folder for f.
func opened(t *testing.T, dir string, f func(db *thingset.DB)) {
	t.Helper()
	db, stop := stored(t, dir)
	defer stop()
	f(db)
}

// kill -9 around the only commit of 10,000 things leaves all of them changed or
// none.
func TestAKilledBatchIsWholeOrNotThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	opened(t, dir, func(db *thingset.DB) { many(t, newSet(t, db, "t", `{loose:-1}`), thingset.BatchMax, `{"id":%q,"n":0}`) })
	for n := 1; n <= 4; n++ {
		if !killed(t, dir, "update", n, 1) {
			t.Fatal("it was not killed")
		}
		opened(t, dir, func(db *thingset.DB) {
			set, err := db.Set(t.Context(), "t")
			if err != nil {
				t.Fatal(err)
			}
			got := values(t, set, "n")
			if len(got) != 1 {
				t.Errorf("round %d: the things have %v", n, got)
			}
		})
	}
}

// Of more things whole commits are there, in the order of their ids, and the same
// call again brings all to an end.
func TestAKilledVerbOfManyCommitsGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	total := 2*thingset.BatchMax + 5
	opened(t, dir, func(db *thingset.DB) { many(t, newSet(t, db, "t", `{loose:-1}`), total, `{"id":%q,"n":0}`) })
	for n := 1; n <= 3; n++ {
		if !killed(t, dir, "update", n, n) {
			t.Fatal("it was not killed")
		}
		opened(t, dir, func(db *thingset.DB) {
			set, ids, err := everything(t.Context(), db, "t")
			if err != nil {
				t.Fatal(err)
			}
			done := values(t, set, "n")[strconv.Itoa(n)]
			if done != (n-1)*thingset.BatchMax && done != min(n*thingset.BatchMax, total) {
				t.Errorf("round %d: %d are done", n, done)
			}
			if done > 0 && done < total {
				first, last := thingOf(t, set, ids[0]), thingOf(t, set, ids[total-1])
				if member(first, "n") != strconv.Itoa(n) || member(last, "n") == strconv.Itoa(n) {
					t.Errorf("round %d: not in the order of ids", n)
				}
			}
		})
		if killed(t, dir, "update", n, -1) {
			t.Fatal("it was killed")
		}
		opened(t, dir, func(db *thingset.DB) {
			set, err := db.Set(t.Context(), "t")
			if err != nil {
				t.Fatal(err)
			}
			if got := values(t, set, "n"); got[strconv.Itoa(n)] != total {
				t.Errorf("round %d: %v", n, got)
			}
		})
	}
}

func thingOf(t *testing.T, set *thingset.Set, id string) thingset.Record {
	t.Helper()
	rec, err := set.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// linked is how many copies there are: more than one commit makes.
const linked = thingset.BatchMax + 2000

// kill -9 around every commit of a change that links follow to 12,000 copies, and to
// copies of copies: once the domain is used again all are new, or none where the
// change itself is not there.
func TestLinksAreFollowedAfterAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	opened(t, dir, func(db *thingset.DB) {
		create(t, newSet(t, db, "people", `{loose:-1,linkKeys:[{set:"~/orders",by:{uid:"id"},copy:{buyer:"nm"}}]}`), `{"id":"p","nm":"n0"}`)
		many(t, newSet(t, db, "orders", `{loose:-1,indexes:["uid"],linkKeys:[{set:"~/parcels",by:{order:"id"},copy:{to:"buyer"}}]}`), linked, `{"id":%q,"uid":"p","buyer":"n0"}`)
		many(t, newSet(t, db, "parcels", `{loose:-1,indexes:["order"]}`), 3, `{"id":%[1]q,"order":%[1]q,"to":"n0"}`)
	})
	rounds := 0
	for n := 1; killed(t, dir, "link", n, n); n++ {
		rounds++
		if err := filestore.Verify(filepath.Join(dir, "demo"), false, func(f filestore.Fault) { t.Errorf("the doctor says %v", f) }); err != nil {
			t.Fatal(err)
		}
		opened(t, dir, func(db *thingset.DB) {
			if err := db.FollowLinks(t.Context()); err != nil {
				t.Fatal(err)
			}
			checkLinked(t, db, n)
		})
		if t.Failed() || n > 20 {
			t.Fatalf("in round %d", n)
		}
	}
	if rounds < 4 {
		t.Errorf("only %d rounds: what follows is no commits", rounds)
	}
}

// checkLinked fails when a copy is not that of the person, or an errand is left.
func checkLinked(t *testing.T, db *thingset.DB, n int) {
	t.Helper()
	set := func(path domain.Path) *thingset.Set {
		s, err := db.Set(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	name := member(thingOf(t, set("people"), "p"), "nm")
	if n > 1 && name != fmt.Sprintf(`"n%d"`, n) {
		t.Errorf("the change %d is gone: %s", n, name)
	}
	if got := values(t, set("orders"), "buyer"); got[name] != linked {
		t.Errorf("the orders have %v, not %s", got, name)
	}
	if got := values(t, set("parcels"), "to"); got[name] != 3 {
		t.Errorf("the parcels have %v, not %s", got, name)
	}
	checkNoErrands(t, db)
}

func checkNoErrands(t *testing.T, db *thingset.DB) {
	t.Helper()
	notes, err := db.Plain(t.Context(), thingset.LinksPath, thingset.LinksDef)
	if err != nil {
		t.Fatal(err)
	}
	if left, err := notes.Count(t.Context()); left != 0 || err != nil {
		t.Errorf("%d errands are left, %v", left, err)
	}
}
