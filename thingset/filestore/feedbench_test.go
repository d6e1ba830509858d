package filestore

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caryahq/carya/thingset"
)

// BenchmarkResume reads the last changes, and all, after a restart: 10,000 of 1 KB.
func BenchmarkResume(b *testing.B) {
	const commits = 10_000
	top := b.TempDir()
	if err := os.Mkdir(filepath.Join(top, "demo"), 0o755); err != nil {
		b.Fatal(err)
	}
	open := func() *Store {
		s, err := Open(Options{Dir: func(dom string) string { return filepath.Join(top, dom) }})
		if err == nil {
			err = s.Define(context.Background(), "demo", "set", thingset.Def{Loose: -1})
		}
		if err != nil {
			b.Fatal(err)
		}
		return s
	}
	s := open()
	text := strings.Repeat("x", 1000)
	for n := range commits {
		id := fmt.Sprint("r", n)
		if _, err := s.Commit(context.Background(), "demo", []thingset.Write{{Set: "set", ID: id, Body: fmt.Appendf(nil, `{"id":%q,"t":%q}`, id, text)}}); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	s = open()
	defer s.Close()
	for _, last := range []int{1, 100, commits} {
		b.Run(fmt.Sprint(last), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for _, err := range s.Changes(context.Background(), "demo", thingset.Rev(commits-last)) {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
				if n != last {
					b.Fatalf("%d of %d", n, last)
				}
			}
		})
	}
}
