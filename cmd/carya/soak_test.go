package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"
)

// TestSoak has three domains on one server, one of them attacked in all ways at once for
// CARYA_SOAK (10m, say; `make soak`): the answers of the others stay right, their p99 grows
// no more than three times as much as that of a bare server in a process of its own, which
// is asked beside and shows what of it is the machine's, and the memory stays within two
// and a half times what it is while nobody attacks. Calm and attack take turns, so that load
// that comes and goes with the machine falls on both; each figure is the median of the
// windows.
func TestSoak(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("CARYA_SOAK"))
	if err != nil {
		t.Skip("CARYA_SOAK=10m runs it")
	}
	s := &soak{siege: besieged(t, tenants...), bare: startBystander(t), done: scores{}}
	window := min(length/8, 30*time.Second)
	s.calm(t, window/2) // warm
	s.quiet = phase{}
	for end := time.Now().Add(length); time.Now().Before(end); {
		s.calm(t, window)
		s.attacked(t, 2*window)
	}
	s.judge(t)
}

// tenants are the domains that are not attacked.
var tenants = []string{"one", "two"}

// soak is what was seen of a siege.
type soak struct {
	*siege
	bare        string // URL of the bystander
	quiet, held phase
	done        scores
}

// phase is what was seen in the windows of one kind.
type phase struct {
	names    [3]latenciesByWindow // of the tenants, then of the bystander
	resident []float64            // of each window
	ran      time.Duration        // the server's time of processor
	waited   time.Duration        // its threads' waiting for one
	took     time.Duration
}

// latenciesByWindow are what answers of one page took.
type latenciesByWindow struct {
	p50, p99 []time.Duration
	answers  int
	wrong    []string
}

// calm is a window without an attack.
func (s *soak) calm(t *testing.T, d time.Duration) { s.look(t, &s.quiet, d, median) }

// attacked is a window with one. Of its memory the most counts.
func (s *soak) attacked(t *testing.T, d time.Duration) {
	stop := s.attack(t, "everything")
	s.look(t, &s.held, d, slices.Max[[]float64])
	for kind, n := range stop() {
		sum := s.done[kind]
		s.done[kind] = score{sum.Sent + n.Sent, sum.Through + n.Through, sum.Refused + n.Refused}
	}
}

// look uses the tenants' pages and the bystander's for a window.
func (s *soak) look(t *testing.T, p *phase, d time.Duration, memory func([]float64) float64) {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	ran, waited, begun := s.processor(t), s.waited(t), time.Now()
	watch := s.watchResident(t)
	var all sync.WaitGroup
	for i, name := range tenants {
		all.Go(func() { p.names[i].add(s.use(ctx, name, 4, 10*time.Millisecond)) })
	}
	all.Go(func() { p.names[2].add(use(ctx, s.bare, "bare", 4, 10*time.Millisecond)) })
	all.Wait()
	p.resident = append(p.resident, memory(watch()))
	p.ran, p.waited, p.took = p.ran+s.processor(t)-ran, p.waited+s.waited(t)-waited, p.took+time.Since(begun)
}

func (w *latenciesByWindow) add(l *latencies) {
	w.p50, w.p99 = append(w.p50, l.at(.5)), append(w.p99, l.at(.99))
	w.answers += len(l.list)
	w.wrong = append(w.wrong, l.wrong...)
}

// median is the one in the middle.
func median[T float64 | time.Duration](list []T) T {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

// judge prints what was seen and fails what is not to be.
func (s *soak) judge(t *testing.T) {
	bare := max(1, grown(s.quiet.names[len(tenants)], s.held.names[len(tenants)]))
	for i, name := range append(slices.Clone(tenants), "a bare server beside") {
		a, b := s.quiet.names[i], s.held.names[i]
		ratio := grown(a, b)
		t.Logf("%s: p50 %v, under attack %v; p99 %v, under attack %v (%.1f times, at worst %v); %d answers, %d wrong",
			name, median(a.p50), median(b.p50), median(a.p99), median(b.p99), ratio, slices.Max(b.p99), b.answers, len(b.wrong))
		if i == len(tenants) {
			break
		}
		if len(b.wrong) > 0 {
			t.Errorf("%s: %d wrong answers: %.300s", name, len(b.wrong), b.wrong[0])
		}
		if ratio > 3*bare {
			t.Errorf("%s: p99 under attack is %.1f times what it is without, a bare server's %.1f times", name, ratio, bare)
		}
	}
	for _, p := range []struct {
		name string
		phase
	}{{"without an attack", s.quiet}, {"under attack", s.held}} {
		t.Logf("%s: the server works for %.2f of a processor, and waits for one for %.2f", p.name, p.ran.Seconds()/p.took.Seconds(), p.waited.Seconds()/p.took.Seconds())
	}
	s.judgeMemory(t)
	s.judgeAttack(t)
}

// grown is how many times its p99 a page takes under attack.
func grown(quiet, held latenciesByWindow) float64 {
	return float64(median(held.p99)) / float64(median(quiet.p99))
}

// judgeMemory compares the most in the windows of attacks with what there was before.
func (s *soak) judgeMemory(t *testing.T) {
	idle, r := s.quiet.resident[0], s.held.resident
	t.Logf("resident %.0f MiB before, %.0f between attacks; under attack at most %.0f (%.2f times), the median of windows %.0f",
		idle, median(s.quiet.resident), slices.Max(r), slices.Max(r)/idle, median(r))
	if slices.Max(r) > 2.5*idle {
		t.Errorf("the server takes %.0f MiB, %.1f times what it takes without an attack", slices.Max(r), slices.Max(r)/idle)
	}
	if first, second := r[:(len(r)+1)/2], r[len(r)/2:]; slices.Max(second) > 1.5*slices.Max(first) {
		t.Errorf("memory grows: %.0f MiB in the first half, %.0f in the second", slices.Max(first), slices.Max(second))
	}
}

// judgeAttack fails when attackers of a kind did nothing: the attack would be easier than
// it looks.
func (s *soak) judgeAttack(t *testing.T) {
	for _, kind := range slices.Sorted(maps.Keys(s.done)) {
		n := s.done[kind]
		t.Logf("attack %-15s %6d sent, %6d got through, %6d refused", kind, n.Sent, n.Through, n.Refused)
		if n.Through+n.Refused == 0 {
			t.Errorf("attackers did nothing by %s", kind)
		}
	}
	if len(s.done) != 12 {
		t.Errorf("%d kinds of attack, want 12", len(s.done))
	}
}

// bystanderEnv makes a test binary a bare server.
const bystanderEnv = "CARYA_BYSTANDER"

// startBystander starts a process with a bare server, and gives the URL of its page.
func startBystander(t testing.TB) string {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), bystanderEnv+"=1")
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); _ = c.Wait() })
	var url string
	if _, err := fmt.Fscanln(out, &url); err != nil {
		t.Fatal(err)
	}
	return url
}

// bystanderMain is that process, until its input ends.
func bystanderMain() {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "a bare answer") }))
	fmt.Println(s.URL)
	_, _ = os.Stdin.Read(make([]byte, 1))
}
