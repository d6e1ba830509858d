package thingset_test

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore"
)

// stored is a domain on files, which can be opened again.
func stored(t *testing.T, dir string) (db *thingset.DB, stop func()) {
	t.Helper()
	s, err := filestore.Open(filestore.Options{Dir: func(dom string) string { return filepath.Join(dir, dom) }})
	if err != nil {
		t.Fatal(err)
	}
	root, err := domain.OpenRoot(dir, domain.RootOptions{OnClose: func(d *domain.Domain) { s.CloseDomain(d.Name()) }})
	if err != nil {
		t.Fatal(err)
	}
	d, err := root.Domain("demo")
	if err != nil {
		if d, err = root.Create("demo"); err != nil {
			t.Fatal(err)
		}
	}
	return thingset.NewDB(d, s).RunScripts(nil, slog.New(slog.DiscardHandler)), func() { root.Close(); s.Close() }
}

// crowd asks n times at once and gives how often each answer came.
func crowd(t *testing.T, set *thingset.Set, n int, ask func(i int) thingset.Serial) map[string]int {
	t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[string]int{}
	for i := range n {
		wg.Go(func() {
			text, err := set.Serial(t.Context(), ask(i))
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			got[text]++
		})
	}
	wg.Wait()
	return got
}

func TestStrictSerialsHaveNoGapsAndAreTheSameForTheSame(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ask := func(i int) thingset.Serial {
		return thingset.Serial{Name: "inv", Format: "I{000}", For: fmt.Sprint("order", i%200)}
	}
	for range 2 { // the second time after a restart
		db, stop := stored(t, dir)
		set := newSet(t, db, "orders", `{}`)
		got := crowd(t, set, 640, ask)
		for n := 1; n <= 200; n++ {
			if text := fmt.Sprintf("I%03d", n); got[text] < 3 {
				t.Errorf("%s came %d times", text, got[text])
			}
		}
		if len(got) != 200 {
			t.Errorf("%d numbers", len(got))
		}
		stop()
	}
}

func TestSerialsAreGivenOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	all := map[string]int{}
	for range 3 {
		db, stop := stored(t, dir)
		set := newSet(t, db, "orders", `{}`)
		for text, n := range crowd(t, set, 64*5, func(int) thingset.Serial { return thingset.Serial{Name: "no"} }) {
			all[text] += n
		}
		stop()
	}
	for text, n := range all {
		if n != 1 {
			t.Errorf("%s was given %d times", text, n)
		}
	}
	if len(all) != 3*64*5 {
		t.Errorf("%d numbers", len(all))
	}
}

func TestSerialsBeginAnewWithThePeriod(t *testing.T) {
	t.Parallel()
	set := newSet(t, newDB(t), "orders", `{}`)
	other := newSet(t, newDB(t), "bills", `{}`)
	at := time.Date(2026, 11, 30, 23, 0, 0, 0, time.Local)
	for _, c := range []struct {
		set  *thingset.Set
		at   time.Time
		want string
	}{
		{set, at, "INV-202611-0001/30"}, {set, at, "INV-202611-0002/30"}, {set, at.AddDate(0, 0, 1), "INV-202612-0001/01"},
		{set, at, "INV-202611-0003/30"}, {other, at, "INV-202611-0001/30"},
	} {
		got, err := c.set.Serial(t.Context(), thingset.Serial{Name: "inv", Format: "INV-{yyyy}{MM}-{0000}/{dd}", At: c.at, For: "x" + c.want})
		if err != nil || got != c.want {
			t.Errorf("%q, %v, want %q", got, err, c.want)
		}
	}
	if got, err := set.Serial(t.Context(), thingset.Serial{Name: "wide", Format: "{yy}{HH}-{0}", At: at}); got != "2623-1" || err != nil {
		t.Error(got, err)
	}
}
