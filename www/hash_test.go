package www

import (
	"fmt"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
)

func TestCalibrateFitsTheTimeWanted(t *testing.T) {
	t.Parallel()
	speed := func(perMiB time.Duration) func(Hash) time.Duration {
		return func(h Hash) time.Duration { return time.Duration(h.Memory*h.Time/1024) * perMiB }
	}
	for _, v := range []struct {
		wanted time.Duration
		perMiB time.Duration
		want   Hash
	}{
		{100 * time.Millisecond, time.Millisecond, Hash{65536, 1, 1}},
		{200 * time.Millisecond, time.Millisecond, Hash{65536, 3, 1}},
		{40 * time.Millisecond, time.Millisecond, Hash{32768, 2, 1}}, // one pass fits, the least is two
		{time.Millisecond, 100 * time.Millisecond, Hash{8192, 5, 1}}, // never below the least
		{10 * time.Second, time.Microsecond, Hash{65536, maxPasses, 1}},
	} {
		h, took := Calibrate(v.wanted, 65536, speed(v.perMiB))
		if h != v.want || took != speed(v.perMiB)(h) || CheckHash(h) != nil {
			t.Errorf("%v at %v/MiB: %+v %v %v", v.wanted, v.perMiB, h, took, CheckHash(h))
		}
	}
}

func TestWeakParametersAreRefused(t *testing.T) {
	t.Parallel()
	for _, h := range []Hash{{}, {1024, 100, 1}, {7168, 4, 1}, {19456, 1, 1}, {1 << 30, 1, 1}, {65536, 65, 1}, {65536, 1, 0}} {
		if CheckHash(h) == nil {
			t.Errorf("%+v", h)
		}
	}
	if err := CheckHash(DefaultHash); err != nil {
		t.Error(err)
	}
}

func TestHashVerbIsTheOwners(t *testing.T) {
	t.Parallel()
	newWorld(t).request("192.0.2.1", "").fails("e.auth.nopvg", `www hash calibrate`)
}

// TestAMillionNamesAndAddressesAreBounded counts failures of a million names and
// addresses, each new, without hashing: what is held stays bounded, in memory and
// in the store.
func TestAMillionNamesAndAddressesAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.s.in(w.d)
	set, err := p.guesses.set()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 500_000 {
		if err := p.guesses.try(t.Context(), fmt.Sprint("name", i), fmt.Sprint("addr", i)); err != nil {
			t.Fatal(err)
		}
		if i%1000 == 0 { // a commit each would measure the disk
			if err := p.guesses.failed(t.Context(), fmt.Sprint("name", i), fmt.Sprint("addr", i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := len(p.guesses.keys); n > maxTracked {
		t.Errorf("%d counts in memory", n)
	}
	if n, err := set.Count(t.Context()); err != nil || n > 2000 {
		t.Errorf("%d counts in the store, %v", n, err)
	}
}

func TestTheStoreOfCountsIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.s.in(w.d)
	p.guesses.most = 10
	for i := range 50 {
		if _, err := w.request(fmt.Sprint("addr", i), "").run(fmt.Sprintf(`www auth ~/www nobody%d -p wrong`, i)); domain.CodeOf(err) != wrong {
			t.Fatal(err)
		}
	}
	set, _ := p.guesses.set()
	if n, err := set.Count(t.Context()); err != nil || n != 10 {
		t.Errorf("%d counts in the store, %v", n, err)
	}
	for i := range 5 { // who goes on is counted all the same
		w.request(fmt.Sprint("b", i), "").run(`www auth ~/www nobody49 -p wrong`)
	}
	w.restart()
	w.request("c", "").fails(wait, `www auth ~/www nobody49 -p wrong`)
}
