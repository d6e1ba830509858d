package www

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
)

const (
	wrong = "e.auth.login.invalid.passwd"
	wait  = "e.auth.login.locked"
)

// waitOf is how many seconds a try is told to wait; 0 when it was let through
// and was wrong.
func (w *world) waitOf(addr, line string) int {
	w.t.Helper()
	_, err := w.request(addr, "").run(line)
	if domain.CodeOf(err) == wrong {
		return 0
	}
	if domain.CodeOf(err) != wait {
		w.t.Fatalf("$ %s\n%v", line, err)
	}
	seconds := 0
	if e, ok := errors.AsType[*domain.Error](err); ok {
		seconds, _ = e.Data.(int)
	}
	if seconds < 1 {
		w.t.Fatalf("$ %s\nlocked without the seconds: %v", line, err)
	}
	return seconds
}

// TestFifthFailureWaitsDoublingToAQuarterOfAnHour holds for accounts that there
// are and that there are not.
func TestFifthFailureWaitsDoublingToAQuarterOfAnHour(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"xiaobai", "nobody"} {
		w := newWorld(t)
		line := `www auth ~/www ` + name + ` -p wrong`
		for i := range 5 {
			if s := w.waitOf(fmt.Sprint("a", i), line); s != 0 {
				t.Fatalf("%s: failure %d waits %d s", name, i+1, s)
			}
		}
		for i, want := range []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900} {
			if s := w.waitOf(fmt.Sprint("b", i), line); s != want {
				t.Errorf("%s: after failure %d: %d s, want %d", name, i+5, s, want)
			}
			w.clock.add(time.Duration(want) * time.Second)
			if s := w.waitOf(fmt.Sprint("c", i), line); s != 0 {
				t.Errorf("%s: after the wait of %d s: %d s more", name, want, s)
			}
		}
	}
}

// TestALockHoldsHoweverAPhoneOrAnAddressIsSpelled: else the spelling that is not locked
// tells that nobody has the number.
func TestALockHoldsHoweverAPhoneOrAnAddressIsSpelled(t *testing.T) {
	t.Parallel()
	for _, spelled := range [][]string{
		{"13900000001", "+8613900000001", "0086-139-0000-0001", "'139 0000 0001'", "8613900000001"}, // xiaobai's
		{"13900000009", "+8613900000009", "0086-139-0000-0009", "'139 0000 0009'", "8613900000009"}, // nobody's
		{"bai@example.com", "' BAI@Example.com'"},
		{"nobody@example.com", "' NOBODY@Example.com'"},
	} {
		w := newWorld(t)
		for i := range 5 {
			w.waitOf(fmt.Sprint("192.0.2.", i), `www auth ~/www `+spelled[0]+` -p wrong`)
		}
		for _, who := range spelled {
			if w.waitOf("192.0.2.9", `www auth ~/www `+who+` -p wrong`) == 0 {
				t.Errorf("%s is not locked as %s is", who, spelled[0])
			}
		}
	}
}

// TestAnIPv6NetworkCountsAsOneAddress, and a mapped IPv4 address as that.
func TestAnIPv6NetworkCountsAsOneAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ try, same, other string }{
		{"2001:db8:0:1::%x", "2001:db8:0:1:ffff::1", "2001:db8:0:2::1"},
		{"::ffff:192.0.2.1", "192.0.2.1", "::ffff:192.0.2.2"},
	} {
		w := newWorld(t)
		for i := range 20 {
			addr := strings.ReplaceAll(c.try, "%x", fmt.Sprint(i+1))
			if s := w.waitOf(addr, fmt.Sprintf(`www auth ~/www nobody%d -p wrong`, i)); s != 0 {
				t.Fatalf("%s: failure %d waits %d s", addr, i+1, s)
			}
		}
		if w.waitOf(c.same, `www auth ~/www nobody -p wrong`) == 0 {
			t.Errorf("%s is not %s", c.same, c.try)
		}
		if w.waitOf(c.other, `www auth ~/www nobody -p wrong`) != 0 {
			t.Errorf("%s is %s", c.other, c.try)
		}
	}
}

func TestLockHoldsForTheRightPasswordUntilItEndsAndSuccessForgets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	right := `www auth ~/www xiaobai -p '` + passwd + `'`
	for round := range 2 {
		for range 5 {
			w.waitOf("", `www auth ~/www xiaobai -p wrong`)
		}
		for _, alias := range []string{"xiaobai", "13900000001", "BAI@example.com"} {
			w.request("", "").fails(wait, `www auth ~/www `+alias+` -p '`+passwd+`'`)
		}
		w.clock.add(time.Second)
		if _, err := w.request("", "").run(right); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
}

func TestTwentyFailuresOfAnAddressInTenMinutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range addrTries {
		if s := w.waitOf("192.0.2.1", fmt.Sprintf(`www auth ~/www who%d -p wrong`, i)); s != 0 {
			t.Fatalf("failure %d waits %d s", i+1, s)
		}
	}
	right := `www auth ~/www xiaobai -p '` + passwd + `'`
	w.request("192.0.2.1", "").fails(wait, right)
	w.request("192.0.2.2", "").must(right)
	w.restart()
	w.request("192.0.2.1", "").fails(wait, right)
	w.clock.add(addrWindow + time.Millisecond)
	w.request("192.0.2.1", "").must(right)
}

func TestSuccessesOfAnAddressDoNotCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range addrTries + 5 {
		w.request("192.0.2.1", "").must(`www auth ~/www xiaobai -p '` + passwd + `'`)
	}
}

func TestFailuresSurviveARestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	line := `www auth ~/www xiaobai -p wrong`
	for i := range 5 {
		w.restart()
		if s := w.waitOf("", line); s != 0 {
			t.Fatalf("failure %d waits %d s", i+1, s)
		}
	}
	w.restart()
	if s := w.waitOf("", line); s != 1 {
		t.Errorf("after a restart: %d s, want 1", s)
	}
}

func TestParallelTriesAreNotAllFree(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"xiaobai", "nobody"} {
		w := newWorld(t)
		var tried, refused atomic.Int32
		var all sync.WaitGroup
		for i := range 30 {
			all.Go(func() {
				_, err := w.request(fmt.Sprint("addr", i), "").run(`www auth ~/www ` + name + ` -p wrong`)
				switch domain.CodeOf(err) {
				case wrong:
					tried.Add(1)
				case wait:
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if tried.Load() != freeTries+1 || refused.Load() != 30-freeTries-1 {
			t.Errorf("%s: %d tries were free and %d refused", name, tried.Load(), refused.Load())
		}
	}
}

// A count that was kept without a wait makes nobody wait after a restart, also
// when reading it takes a while.
func TestAFewFailuresBeforeARestartLockNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.waitOf("a1", `www auth ~/www xiaobai -p wrong`)
	w.waitOf("a1", `www auth ~/www xiaobai -p wrong`)
	w.clock.tick = time.Millisecond
	w.restart()
	if _, err := w.request("a1", "").run(`www auth ~/www xiaobai -p '` + passwd + `'`); err != nil {
		t.Error(err)
	}
}
