package grant

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caryahq/carya/domain/oddfile"
)

// testBook opens a book in a fresh folder and gives the file's path and its log.
func testBook(t *testing.T) (*Book, string, *bytes.Buffer) {
	t.Helper()
	dir := t.TempDir()
	files, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { files.Close() })
	var log bytes.Buffer
	return Open(files, "operator.json", slog.New(slog.NewTextHandler(&log, nil))), filepath.Join(dir, "operator.json"), &log
}

func put(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAnEditOfTheFileCountsWithinAFifthOfASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, file, _ := testBook(t)
		for n := range 20 { // of one size, within one tick of the file system's clock
			host := fmt.Sprintf("h%02d.example", n)
			put(t, file, `{domains:{demo:{hosts:["`+host+`"]}}}`)
			time.Sleep(200 * time.Millisecond) // of the bubble
			if name, ok := b.Table().Host(host); name != "demo" || !ok {
				t.Fatalf("%s is not seen", host)
			}
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		time.Sleep(200 * time.Millisecond)
		if len(b.Table().Names()) != 0 {
			t.Error("the grants of a removed file count")
		}
	})
}

func TestABrokenFileKeepsTheLastGoodGrants(t *testing.T) {
	t.Parallel()
	b, file, log := testBook(t)
	put(t, file, `{domains:{demo:{hosts:["a.example"]}}}`)
	if err := b.Fault(); err != nil {
		t.Fatal(err)
	}
	for _, cut := range []string{"", " \n", "{"} {
		put(t, file, cut)
		if b.Fault() == nil {
			t.Errorf("%q is no fault", cut)
		}
		if name, _ := b.Table().Host("a.example"); name != "demo" {
			t.Errorf("%q takes the host", cut)
		}
	}
	log.Reset()
	for range 3 {
		put(t, file, `{domains:{demo:{hosts:["a.example"`)
		if _, ok := b.Fault().(*Broken); !ok {
			t.Errorf("fault: %v", b.Fault())
		}
	}
	if name, _ := b.Table().Host("a.example"); name != "demo" {
		t.Error("the host is gone")
	}
	if n := strings.Count(log.String(), "last good"); n != 1 {
		t.Errorf("told %d times: %s", n, log)
	}
	if _, err := b.Change("demo", Change{Kind: "env", Value: "A"}); err == nil {
		t.Error("a broken file was written over")
	}
	for _, k := range oddfile.Kinds() {
		k.Put(t, file)
		oddfile.Soon(t, k.Name, func() {
			if b.Fault() == nil {
				t.Errorf("%s counts", k.Name)
			}
		})
		if name, _ := b.Table().Host("a.example"); name != "demo" {
			t.Errorf("%s: the host is gone", k.Name)
		}
	}
}

func TestAChangeCountsAtOnceAndIsOnDisk(t *testing.T) {
	t.Parallel()
	b, file, _ := testBook(t)
	changed, err := b.Change("demo", Change{Kind: "host", Value: "a.example"})
	if name, _ := b.Table().Host("a.example"); !changed || err != nil || name != "demo" {
		t.Fatalf("%v %v %s", changed, err, name)
	}
	fi, err := os.Stat(file)
	if err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", fi, err)
	}
	if changed, err = b.Change("demo", Change{Kind: "host", Value: "A.example."}); changed || err != nil {
		t.Errorf("twice: %v %v", changed, err)
	}
	put(t, file, `{domains:{b:{hosts:["b.example"]}}}`) // by hand, in between
	if _, err = b.Change("demo", Change{Kind: "host", Value: "b.example"}); err == nil {
		t.Error("a host that was granted by hand is taken away")
	}
	left, err := filepath.Glob(file + ".*")
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
