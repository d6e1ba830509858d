package journal

import (
	"os"
	"path/filepath"
	"testing"
)

// What is settled may end in the middle of a segment that stays, which is read
// also by what an earlier version wrote into the state file.
func TestACutMayEndWithinASegment(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j, _ := mustOpen(t, dir, nil)
	for i := range 4 {
		if err := add(j, 1); err != nil {
			t.Fatal(err)
		}
		j.begin = i == 0
	}
	if err := j.Cut(3, 0, nil, func(*Segment) {}); err != nil {
		t.Fatal(err)
	}
	check := func() {
		t.Helper()
		if j, v, err := open(t, dir, nil); err != nil || j.Rev() != 4 || v.commits() != 3 {
			t.Errorf("%v, revision %d, %q", err, j.Rev(), v.list)
		}
	}
	check()
	earlier := []byte(`{"rev":3,"segment":1}`)
	if err := os.WriteFile(filepath.Join(dir, StateFile), earlier, 0o600); err != nil {
		t.Fatal(err)
	}
	check()
}
