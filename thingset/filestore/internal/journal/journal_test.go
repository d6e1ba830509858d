package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// told collects what a replay tells.
type told struct {
	t    *testing.T
	list []string
	rev  thingset.Rev
}

func (v *told) Segment(*Segment) {}
func (v *told) Define(set string, def []byte) error {
	v.list = append(v.list, fmt.Sprintf("%s is %s", set, def))
	return nil
}
func (v *told) Commit(rev thingset.Rev) { v.rev = rev }
func (v *told) Drop(d Drop)             { v.list = append(v.list, "drop "+d.Folder) }
func (v *told) Write(s *Segment, set, id string, body []byte, offset uint32) {
	there := make([]byte, len(body))
	if _, err := s.File.ReadAt(there, int64(offset)); err != nil || !bytes.Equal(there, body) {
		v.t.Errorf("%s: at its offset is %q, %v", id, there, err)
	}
	v.list = append(v.list, fmt.Sprintf("%d %s/%s %s", v.rev, set, id, body))
}

func (v *told) commits() (n int) {
	seen := map[string]bool{}
	for _, s := range v.list {
		if rev, _, ok := strings.Cut(s, " set/"); ok && !seen[rev] {
			seen[rev] = true
			n++
		}
	}
	return n
}

func open(t *testing.T, dir string, hook disk.Hook) (*Journal, *told, error) {
	t.Helper()
	d, err := disk.Open(dir, hook)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	j, err := Open(d, Retention{})
	if err != nil {
		return nil, nil, err
	}
	t.Cleanup(j.Close)
	v := &told{t: t}
	return j, v, j.Replay(v)
}

func mustOpen(t *testing.T, dir string, hook disk.Hook) (*Journal, *told) {
	t.Helper()
	j, v, err := open(t, dir, hook)
	if err != nil {
		t.Fatal(err)
	}
	return j, v
}

// add appends a group of n commits after the last one.
func add(j *Journal, n int) error {
	rev := j.Rev()
	return j.Append(func(_ *Segment, g *Group) {
		if !g.Knows("set", []byte("{}")) {
			g.Define("set", []byte("{}"))
		}
		for range n {
			rev++
			g.Commit(rev)
			g.Put("set", fmt.Sprint("r", rev), fmt.Appendf(nil, `{"id":"r%d","text":%q}`, rev, strings.Repeat("x", 300)), rev%2 == 0)
			g.Delete("set", "gone")
		}
	})
}

func segments(t *testing.T, dir string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, Dir, "*.log"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// filled is a journal with groups of the given sizes.
func filled(t *testing.T, groups ...int) string {
	t.Helper()
	dir := t.TempDir()
	j, _ := mustOpen(t, dir, nil)
	for _, n := range groups {
		if err := add(j, n); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestReplayTellsWhatWasAppended(t *testing.T) {
	t.Parallel()
	dir := filled(t, 1, 2)
	j, v := mustOpen(t, dir, nil)
	if j.Rev() != 3 || v.commits() != 3 || v.list[0] != "set is {}" || !strings.HasPrefix(v.list[5], "3 set/r3 {") || v.list[6] != "3 set/gone " {
		t.Fatalf("%d %q", j.Rev(), v.list)
	}
	if err := add(j, 1); err != nil {
		t.Fatal(err)
	}
	j, v = mustOpen(t, dir, nil)
	if v.commits() != 4 || j.Rev() != 4 || len(segments(t, dir)) != 2 {
		t.Errorf("%d %q", j.Rev(), v.list)
	}
}

// TestTornTailIsLeftOut cuts the last group, of many commits, at every byte.
func TestTornTailIsLeftOut(t *testing.T) {
	t.Parallel()
	dir := filled(t, 1, 1, 3)
	file := segments(t, dir)[0]
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	two := segmentSize(t, filled(t, 1, 1))
	for cut := two; cut < len(whole); cut++ {
		for _, tail := range [][]byte{nil, make([]byte, len(whole)-cut)} { // missing, or zeros
			if err := os.WriteFile(file, append(whole[:cut:cut], tail...), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, v, err := open(t, dir, nil); err != nil || v.commits() != 2 {
				t.Fatalf("cut at %d: %v, %q", cut, err, v.list)
			}
		}
	}
	j, _ := mustOpen(t, dir, nil)
	if err := add(j, 1); err != nil {
		t.Fatal(err)
	}
	if j, v := mustOpen(t, dir, nil); v.commits() != 3 || j.Rev() != 3 {
		t.Errorf("after the torn tail: %q", v.list)
	}
}

func segmentSize(t *testing.T, dir string) int {
	t.Helper()
	fi, err := os.Stat(segments(t, dir)[0])
	if err != nil {
		t.Fatal(err)
	}
	return int(fi.Size())
}

// TestDamageBeforeGoodGroupsIsAnError changes every byte of all groups but the
// last.
func TestDamageBeforeGoodGroupsIsAnError(t *testing.T) {
	t.Parallel()
	dir := filled(t, 1, 1, 1)
	file := segments(t, dir)[0]
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	two := segmentSize(t, filled(t, 1, 1))
	for i := range two {
		bad := bytes.Clone(whole)
		bad[i] ^= 0x10
		if err := os.WriteFile(file, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, err := open(t, dir, nil)
		fault, ok := errors.AsType[*Fault](err)
		if !ok || domain.CodeOf(err) != "e.store.damaged" || fault.Offset > int64(i) || !strings.Contains(err.Error(), "0000000001.log at offset") {
			t.Fatalf("byte %d: %v", i, err)
		}
	}
}

func TestMissingAndShortSegmentsAreDamage(t *testing.T) {
	t.Parallel()
	make3 := func() (string, []string) {
		dir := t.TempDir()
		for range 3 {
			j, _ := mustOpen(t, dir, nil)
			if err := errors.Join(add(j, 1), add(j, 1)); err != nil {
				t.Fatal(err)
			}
		}
		return dir, segments(t, dir)
	}
	for i, spoil := range []func(list []string) error{
		func(list []string) error { return os.Remove(list[0]) },
		func(list []string) error { return os.Remove(list[1]) },
		func(list []string) error { return os.Truncate(list[1], 700) },
		func(list []string) error { return os.Truncate(list[1], 0) },
	} {
		dir, list := make3()
		if err := spoil(list); err != nil {
			t.Fatal(err)
		}
		if _, _, err := open(t, dir, nil); domain.CodeOf(err) != "e.store.damaged" {
			t.Errorf("case %d: %v", i, err)
		}
	}
}

// TestRefusingDisk makes each step fail in turn, with each error, as often as it
// takes; what was acknowledged is there afterwards, and nothing in part.
func TestRefusingDisk(t *testing.T) {
	t.Parallel()
	for _, cause := range []error{syscall.ENOSPC, syscall.EIO} {
		for _, op := range []disk.Op{disk.Create, disk.Mkdir, disk.Write, disk.Sync, disk.Cut, disk.Remove} {
			for fail := range 6 {
				for _, short := range []int{0, 5, 60, 350} {
					refuse(t, op, cause, fail, short)
				}
			}
		}
	}
}

func refuse(t *testing.T, op disk.Op, cause error, from, short int) {
	t.Helper()
	dir := t.TempDir()
	steps, left := 0, 3
	hook := func(c disk.Call) (int, error) {
		if c.Op != op {
			return c.N, nil
		}
		if steps++; steps > from && left > 0 {
			left--
			return short, cause
		}
		return c.N, nil
	}
	j, _ := mustOpen(t, dir, hook)
	var acked []thingset.Rev
	for range 12 {
		switch err := add(j, 2); {
		case err == nil:
			acked = append(acked, j.Rev())
		case domain.CodeOf(err) == "e.store.unknown": // nothing of it counts once more was appended
		case !errors.Is(err, cause) || domain.CodeOf(err) != "e.store.write":
			t.Fatalf("%s %v: %v", op, cause, err)
		}
	}
	if len(acked) == 0 || left > 0 && (op == disk.Write || op == disk.Sync) && from < 3 {
		t.Fatalf("%s %v from %d: %d acknowledged, %d refusals left", op, cause, from, len(acked), left)
	}
	_, v := mustOpen(t, dir, nil)
	if want := 2 * len(acked); v.commits() != want {
		t.Errorf("%s %v from %d short %d: %d commits are there, want %d", op, cause, from, short, v.commits(), want)
	}
}

func TestCutRemovesWhatIsSafeElsewhere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j, _ := mustOpen(t, dir, nil)
	j.full = 1 // a segment a group
	for range 4 {
		if err := add(j, 1); err != nil {
			t.Fatal(err)
		}
	}
	var gone []int
	if err := j.Cut(2, 0, nil, func(s *Segment) { gone = append(gone, s.N) }); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(gone, []int{1, 2}) || j.CutRev() != 2 {
		t.Errorf("gone %v", gone)
	}
	if _, v := mustOpen(t, dir, nil); v.commits() != 2 {
		t.Errorf("left: %q", v.list)
	}
	if err := j.Cut(9, 0, nil, func(*Segment) {}); err != nil {
		t.Fatal(err)
	}
	if len(segments(t, dir)) != 0 {
		t.Errorf("left %v", segments(t, dir))
	}
	if err := add(j, 1); err != nil {
		t.Fatal(err)
	}
	if j, v := mustOpen(t, dir, nil); v.commits() != 1 || j.Rev() != 5 {
		t.Errorf("%d %q", j.Rev(), v.list)
	}
}

func TestRevisionSurvivesAnEmptyJournal(t *testing.T) {
	t.Parallel()
	dir := filled(t, 3)
	j, _ := mustOpen(t, dir, nil)
	if err := j.Cut(3, 0, Marks{"set": {Pack: 2, Keys: 5}}, func(*Segment) {}); err != nil {
		t.Fatal(err)
	}
	j, _ = mustOpen(t, dir, nil)
	if m, ok := j.Mark("set"); j.Rev() != 3 || !ok || m.Keys != 5 {
		t.Errorf("revision %d, mark %v", j.Rev(), m)
	}
}

func BenchmarkAppend(b *testing.B) {
	d, err := disk.Open(b.TempDir(), func(c disk.Call) (int, error) {
		if c.Op == disk.Sync {
			return c.N, disk.ErrSkip
		}
		return c.N, nil
	})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	j, err := Open(d, Retention{})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	b.ReportAllocs()
	for b.Loop() {
		if err := add(j, 1); err != nil {
			b.Fatal(err)
		}
	}
}

// A journal whose folder goes while its first segment is begun holds nothing that would
// have to be flushed: it begins anew when it is cut next.
func TestAJournalThatGoesWithItsFirstSegmentBeginsAnew(t *testing.T) {
	t.Parallel()
	dir, gone := t.TempDir(), false
	j, _ := mustOpen(t, dir, func(c disk.Call) (int, error) {
		if c.Op == disk.Write && strings.HasSuffix(c.Name, ".log") && !gone {
			gone = true
			if err := os.RemoveAll(filepath.Join(dir, Dir)); err != nil {
				t.Error(err)
			}
			return c.N, os.MkdirAll(filepath.Join(dir, Dir), 0o700)
		}
		return c.N, nil
	})
	if err := add(j, 1); err == nil || !j.Lost() {
		t.Fatalf("nobody has noticed: %v", err)
	}
	if err := j.Cut(j.Rev(), 0, nil, func(*Segment) {}); err != nil {
		t.Fatal(err)
	}
	if err := add(j, 1); err != nil || j.Lost() {
		t.Fatalf("it is given up for good: %v", err)
	}
	if _, v := mustOpen(t, dir, nil); v.commits() != 1 {
		t.Errorf("%q", v.list)
	}
}
