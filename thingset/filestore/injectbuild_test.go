package filestore

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// layFaults lays a domain out on a disk of which a call fails.
type layFaults struct {
	*testing.T
	top   string
	disk  *frailDisk
	calls []disk.Op
	tried failure
	after int
}

var laidDefs = map[string]thingset.Def{"small": {Unique: [][]string{{"u"}}}, "large": {Loose: -1, Unique: [][]string{{"u"}}}}

// run gives what was laid out, as it should be, and the error.
func (l *layFaults) run() (want map[string]string, err error) {
	l.top = tempDir(l.T)
	dir := filepath.Join(l.top, "demo")
	if err := os.Mkdir(dir, 0o755); err != nil {
		l.Fatal(err)
	}
	l.disk = newFrailDisk(dir, rand.New(rand.NewPCG(uint64(l.after), 5)))
	l.disk.failWith(func(c disk.Call) (int, error) {
		l.calls = append(l.calls, c.Op)
		if n := len(l.calls) - 1; n == l.after && slices.Contains(l.tried.ops, c.Op) || n > l.after && l.tried.forever && slices.Contains(l.tried.ops, c.Op) {
			return c.N / 2, l.tried.err
		}
		return 0, nil
	})
	b, err := buildOn(dir, l.disk.hook)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	want = map[string]string{}
	for set := range laidDefs {
		for i := range 24 {
			w := thingset.Write{Set: set, ID: fmt.Sprintf("r%d", i%16)}
			if i%7 == 3 {
				delete(want, set+"/"+w.ID)
			} else {
				w.Body = fmt.Appendf(nil, `{"id":%q,"u":"u%d","text":"%0*d"}`, w.ID, i, 10*i, 7)
				want[set+"/"+w.ID] = string(w.Body)
			}
			if err := b.Add(w); err != nil {
				return nil, err
			}
			if i == 12 {
				if err := b.flush(); err != nil {
					return nil, err
				}
			}
		}
	}
	for _, set := range b.Sets() {
		if err := b.Define(l.Context(), set, laidDefs[set]); err != nil {
			return nil, err
		}
	}
	return want, b.End(1000)
}

// Whichever call fails while a domain is laid out: it is told, or all is there when the
// file system is synced afterwards.
func TestWhicheverCallFailsWhileADomainIsLaidOut(t *testing.T) {
	t.Parallel()
	well := &layFaults{T: t, after: 1 << 30}
	if _, err := well.run(); err != nil {
		t.Fatal(err)
	}
	share := 8
	if os.Getenv(injectEnv) != "" {
		share = 1
	}
	run, pick := 0, rand.IntN(share)
	for _, f := range failures() {
		for n, op := range well.calls {
			if run++; !slices.Contains(f.ops, op) || run%share != pick {
				continue
			}
			l := &layFaults{T: t, tried: f, after: n}
			want, err := l.run()
			if err != nil {
				continue
			}
			l.disk.syncAll()
			l.disk.end()
			l.holds(l.disk.afterPowerCut(t), want, f.name+" "+strconv.Itoa(n))
		}
	}
}

// holds compares what is there with what was laid out.
func (l *layFaults) holds(top string, want map[string]string, what string) {
	s := (&frail{T: l.T}).engine(top, nil)
	defer s.Close()
	n := 0
	for set, def := range laidDefs {
		if err := s.Define(l.Context(), "demo", set, def); err != nil {
			l.Fatalf("%s: %v", what, err)
		}
		for r, err := range s.Scan(l.Context(), "demo", set, thingset.Range{}) {
			if n++; err != nil || want[set+"/"+r.ID] != string(r.Body) {
				l.Fatalf("%s: %s/%s is %s, want %s, %v", what, set, r.ID, r.Body, want[set+"/"+r.ID], err)
			}
		}
	}
	if n != len(want) {
		l.Fatalf("%s: %d records of %d", what, n, len(want))
	}
}
