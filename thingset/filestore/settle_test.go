package filestore

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caryahq/carya/thingset"
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
