package filestore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
)

// lasting opens an engine over a folder that outlives it; settling waits for
// a clean end, so that everything is in the journal.
func lasting(t *testing.T, top string, settle time.Duration) *Store {
	t.Helper()
	o := Options{Dir: func(dom string) string { return filepath.Join(top, dom) }, Settle: settle}
	if settle == time.Hour {
		o.Poll = time.Hour // a look at the folder is a round, which flushes too
	}
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t *testing.T, s *Store, id string, n int) {
	t.Helper()
	body := fmt.Sprintf(`{"id":%q,"n":%d}`, id, n)
	if _, err := s.Commit(t.Context(), "demo", []thingset.Write{{Set: "accounts", ID: id, Body: []byte(body)}}); err != nil {
		t.Fatal(err)
	}
}

// copyTree copies a folder as a crash would leave it: the journal first, as the
// records that it holds may still be on their way to their files.
func copyTree(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	err := filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(from, path)
		switch {
		case errors.Is(err, fs.ErrNotExist) || strings.HasPrefix(e.Name(), ".tmp-"):
			return nil
		case err != nil:
			return err
		case e.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), data, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// crashed gives the folder of a domain whose process ended without a word after
// ten commits, settled or not.
func crashed(t *testing.T, settle time.Duration) string {
	t.Helper()
	top := t.TempDir()
	if err := os.Mkdir(filepath.Join(top, "demo"), 0o755); err != nil {
		t.Fatal(err)
	}
	s := lasting(t, top, settle)
	if err := s.Define(t.Context(), "demo", "accounts", thingset.Def{}); err != nil {
		t.Fatal(err)
	}
	for n := range 10 {
		put(t, s, fmt.Sprintf("r%d", n), n)
	}
	left := copyTree(t, top)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return left
}

// reopened opens a folder and gives the ids there.
func reopened(t *testing.T, top string) (ids []string, err error) {
	t.Helper()
	s := lasting(t, top, time.Hour)
	defer s.Close()
	if err := s.Define(t.Context(), "demo", "accounts", thingset.Def{}); err != nil {
		return nil, err
	}
	for r, err := range s.Scan(t.Context(), "demo", "accounts", thingset.Range{}) {
		if err != nil {
			return nil, err
		}
		ids = append(ids, r.ID)
	}
	return ids, nil
}

func journalFile(t *testing.T, top string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(top, "demo", journal.Dir, "*.log"))
	if err != nil || len(files) != 1 {
		t.Fatalf("segments %v, %v", files, err)
	}
	return files[0]
}

func TestAcknowledgedCommitsSurviveACrash(t *testing.T) {
	t.Parallel()
	for _, settle := range []time.Duration{time.Hour, time.Nanosecond} {
		ids, err := reopened(t, crashed(t, settle))
		if err != nil || len(ids) != 10 {
			t.Errorf("settle %v: %v %v", settle, ids, err)
		}
	}
}

func TestTornTailIsCutOff(t *testing.T) {
	t.Parallel()
	whole := crashed(t, time.Hour)
	data, err := os.ReadFile(journalFile(t, whole))
	if err != nil {
		t.Fatal(err)
	}
	for cut := 1; cut < 30; cut++ {
		top := copyTree(t, whole)
		if err := os.WriteFile(journalFile(t, top), data[:len(data)-cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if ids, err := reopened(t, top); err != nil || len(ids) != 9 {
			t.Fatalf("cut by %d: %v %v", cut, ids, err)
		}
	}
}

func TestDamageInTheMiddleNamesFileAndOffset(t *testing.T) {
	t.Parallel()
	whole := crashed(t, time.Hour)
	file := journalFile(t, whole)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 0xff
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = reopened(t, whole)
	if domain.CodeOf(err) != "e.store.damaged" || !strings.Contains(err.Error(), "0000000001.log at offset") {
		t.Fatalf("err %v", err)
	}
	if after, err := os.ReadFile(file); err != nil || string(after) != string(data) {
		t.Error("the damaged journal was changed")
	}
}

func TestRevisionsGoOnAfterARestart(t *testing.T) {
	t.Parallel()
	top := crashed(t, time.Nanosecond)
	for range 3 {
		s := lasting(t, top, time.Nanosecond)
		if err := s.Define(t.Context(), "demo", "accounts", thingset.Def{}); err != nil {
			t.Fatal(err)
		}
		before, err := s.Get(t.Context(), "demo", "accounts", "r3")
		if err != nil {
			t.Fatal(err)
		}
		put(t, s, "r3", 7)
		after, err := s.Get(t.Context(), "demo", "accounts", "r3")
		if err != nil || after.Rev <= before.Rev || after.Rev < 11 {
			t.Fatalf("revision %d after %d, %v", after.Rev, before.Rev, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCleanEndLeavesFilesAndNothingInTheJournal(t *testing.T) {
	t.Parallel()
	top := crashed(t, time.Hour)
	if _, err := reopened(t, top); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(journalFile(t, top)); err != nil {
		t.Fatal(err)
	}
	ids, err := reopened(t, top)
	if err != nil || len(ids) != 10 {
		t.Errorf("without the journal: %v, %v", ids, err)
	}
	files, _ := filepath.Glob(filepath.Join(top, "demo", "accounts", "index", "*.json"))
	if len(files) != 10 {
		t.Errorf("%d files", len(files))
	}
	text, err := os.ReadFile(files[3])
	if err != nil || string(text) != "{\n  \"id\": \"r3\",\n  \"n\": 3\n}\n" {
		t.Errorf("%q %v", text, err)
	}
}
