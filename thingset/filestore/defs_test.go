package filestore

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
)

// A set answers without being defined again once its domain opens, though opening
// failed before.
func TestADefinitionOutlivesAnOpeningThatFails(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	if err := os.Mkdir(filepath.Join(top, "demo"), 0o755); err != nil {
		t.Fatal(err)
	}
	s := lasting(t, top, time.Hour)
	defer s.Close()
	if err := s.Define(t.Context(), "demo", "set", thingset.Def{Unique: [][]string{{"u"}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(t.Context(), "demo", []thingset.Write{{Set: "set", ID: "a", Body: []byte(`{"id":"a","u":"x"}`)}}); err != nil {
		t.Fatal(err)
	}
	if err := s.CloseDomain("demo"); err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(top, "demo", journal.StateFile)
	good, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(state, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), "demo", "set", "a"); domain.CodeOf(err) != "e.store.damaged" {
		t.Fatal(err)
	}
	if err := os.WriteFile(state, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Find(t.Context(), "demo", "set", 0, "x"); err != nil {
		t.Error(err)
	}
}
