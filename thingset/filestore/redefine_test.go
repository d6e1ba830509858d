package filestore

import (
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/caryahq/carya/thingset"
)

// What a definition allows that came in the middle of the journal is no fault after a
// kill.
func TestTheJournalTellsOfANewDefinition(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.put(0, 2, 0)
	def := thingset.Def{Loose: -1}
	if err := f.s.Define(t.Context(), "demo", "accounts", def); err != nil {
		t.Fatal(err)
	}
	f.put(5, 6, -5) // n is 0, as that of the first one
	f.disk.end()
	_ = f.s.Close()
	s, err := Open(Options{
		Dir: func(dom string) string { return filepath.Join(f.top, dom) }, Log: slog.New(slog.DiscardHandler),
		OnFault: func(_ string, one Fault) { t.Errorf("told: %s", one) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Define(t.Context(), "demo", "accounts", def); err != nil {
		t.Fatal(err)
	}
	if n := count(t, s); n != 3 {
		t.Errorf("%d are there", n)
	}
}
