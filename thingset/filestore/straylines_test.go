package filestore

import (
	"os"
	"path/filepath"
	"testing"
)

// A pack that is copied in and has lines of which its keys do not tell is not removed
// with them: its keys are empty, or those of an older copy.
func TestLinesWithoutEntriesAreKept(t *testing.T) {
	t.Parallel()
	for _, empty := range []bool{true, false} {
		f := newFrail(t)
		f.put(1, 3, 0)
		f.rounds(2)
		if err := f.s.Close(); err != nil {
			t.Fatal(err)
		}
		f.layPack(7)
		keys := filepath.Join(f.top, "demo/accounts/index/pack-7.keys")
		lines := filepath.Join(f.top, "demo/accounts/index/pack-7.jsonl")
		const more = `{"id":"more","n":778}` + "\n"
		data, err := os.ReadFile(lines)
		if err == nil {
			err = os.WriteFile(lines, append(data, more...), 0o600)
		}
		if err == nil && empty {
			err = os.Truncate(keys, 0)
		}
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			s := f.engine(f.top, nil)
			definePacked(t, s)
			_, err = s.Get(t.Context(), "demo", "accounts", "more")
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if empty && err != nil {
			t.Error("its records do not count:", err)
		}
		if !f.holdsText(string(data) + more) {
			t.Errorf("empty %t: it was removed", empty)
		}
	}
}
