package history

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/oddfile"
	"github.com/caryahq/carya/thingset"
)

func TestOddFilesOfAHistory(t *testing.T) {
	t.Parallel()
	for _, k := range oddfile.Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			s := newShelf(t, "{}")
			s.add("visits", `{"n":1}`)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			k.Put(t, filepath.Join(s.dir, string(s.books["visits"].dir), "2026-11-21-0002.jsonl"))
			k.Put(t, filepath.Join(s.dir, string(s.books["visits"].dir), "2026-11-20-0001.jsonl"))
			oddfile.Soon(t, "a history", func() {
				if _, err := s.Add("visits", []byte(`{"n":2}`), 0); err != nil && k.Name != "a link to a device" {
					t.Errorf("nothing more is kept: %v", err)
				}
				if _, err := s.Query(context.Background(), "visits", thingset.Query{Limit: 10}); err != nil && domain.CodeOf(err) != k.Code {
					t.Errorf("a query says %v", err)
				}
				_, _ = s.Clear("visits", 0)
			})
			k.Put(t, filepath.Join(s.dir, string(s.books["visits"].dir)))
			oddfile.Soon(t, "a history's folder", func() {
				_, _ = s.Query(context.Background(), "visits", thingset.Query{Limit: 10})
				_, _ = s.Add("visits", []byte(`{"n":3}`), 0)
			})
		})
	}
}
