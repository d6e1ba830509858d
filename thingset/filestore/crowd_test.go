package filestore

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// A domain that uses more sets than it may takes no files from others: the next one is
// refused, and those in use, and other domains, go on.
func TestADomainUsesSoManySetsAtOnce(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	open := func() *Store {
		s, err := Open(Options{Dir: func(dom string) string { return filepath.Join(top, dom) }, Log: slog.New(slog.DiscardHandler), Sets: 3})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	put := func(s *Store, dom, set string) error {
		if err := s.Define(t.Context(), dom, set, thingset.Def{}); err != nil {
			return err
		}
		_, err := s.Commit(t.Context(), dom, []thingset.Write{{Set: set, ID: "x", Body: []byte(`{"id":"x"}`)}})
		return err
	}
	for _, dom := range []string{"greedy", "other"} {
		if err := os.Mkdir(filepath.Join(top, dom), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s := open()
	for i := range 5 {
		err := put(s, "greedy", fmt.Sprint("set", i))
		if i < 3 && err != nil || i >= 3 && domain.CodeOf(err) != "e.busy" {
			t.Errorf("set %d: %v", i, err)
		}
	}
	for _, in := range [][2]string{{"greedy", "set0"}, {"other", "set0"}} {
		if err := put(s, in[0], in[1]); err != nil {
			t.Errorf("%v: %v", in, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open()
	defer s.Close()
	for _, set := range []string{"set3", "set0"} { // the journal has nothing of them any more
		if err := put(s, "greedy", set); err != nil {
			t.Errorf("opened anew: %s: %v", set, err)
		}
	}
}
