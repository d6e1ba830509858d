package filestore

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// What expires in an hour must not keep a record from its file for an hour.
func TestRecordsReachTheirFilesWhileAnExpiryIsFarOff(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	if err := os.Mkdir(filepath.Join(top, "demo"), 0o755); err != nil {
		t.Fatal(err)
	}
	s := lasting(t, top, time.Millisecond)
	defer s.Close()
	if err := s.Define(t.Context(), "demo", "accounts", thingset.Def{}); err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		id := fmt.Sprintf("r%d", n)
		body := fmt.Sprintf(`{"id":%q,"expi":%d}`, id, time.Now().Add(time.Hour).UnixMilli())
		if _, err := s.Commit(t.Context(), "demo", []thingset.Write{{Set: "accounts", ID: id, Body: []byte(body)}}); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(top, "demo", "accounts", "index", id+".json")
		for deadline := time.Now().Add(5 * time.Second); ; {
			if text, err := os.ReadFile(file); err == nil && strings.Contains(string(text), id) {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s is not there", file)
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// However fast others write, settling ends: a record is written again whenever
// its own file gets its name, which is as fast as it can be.
func TestSettlingEndsThoughRecordsNeverRest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var s *Store
	var renamed atomic.Int64
	write := func() {
		body := fmt.Appendf(nil, `{"id":"r","n":%d}`, renamed.Load())
		if _, err := s.Commit(context.Background(), "demo", []thingset.Write{{Set: "busy", ID: "r", Body: body}}); err != nil && domain.CodeOf(err) != "e.store.closed" {
			t.Error(err)
		}
	}
	s, err := Open(Options{
		Dir: func(string) string { return dir }, Settle: time.Millisecond, Checkpoint: time.Millisecond,
		Disk: func(c disk.Call) (int, error) {
			if (c.Op == disk.Exchange || c.Op == disk.RenameNew) && c.Name == "busy/index/r.json" {
				renamed.Add(1)
				write()
			}
			return c.N, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	within(t, "a set is defined", func() error { return s.Define(context.Background(), "demo", "busy", thingset.Def{}) })
	write()
	for renamed.Load() < 3 {
		time.Sleep(time.Millisecond)
	}
	within(t, "another set is defined", func() error { return s.Define(context.Background(), "demo", "other", thingset.Def{}) })
	within(t, "the store is closed", s.Close)
}

// within fails the test when something does not come to an end.
func within(t *testing.T, what string, do func() error) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(what, err)
		}
	case <-time.After(time.Minute):
		t.Fatal("it never comes that", what)
	}
}
