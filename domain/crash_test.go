package domain

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// helperWrites rewrites a file and its metadata until it is killed.
func helperWrites(t *testing.T, dir string) {
	r, err := OpenRoot(dir, RootOptions{})
	ok(t, err)
	d, err := r.Domain("demo")
	ok(t, err)
	tr := d.Tree(Owner)
	for i := 0; ; i++ {
		body := bytes.Repeat([]byte{byte('a' + i%26)}, 200_000)
		ok(t, tr.WriteFile("f", body), tr.SetMeta("f", fmt.Appendf(nil, "{n:%d, pad:%q}", i, strings.Repeat("x", i%1000))))
		ok(t, tr.Mkdir("dir/sub"), tr.WriteFile("dir/sub/x", body), tr.Remove("dir", true))
		s, err := ParseInit(killedInit(i), "f")
		ok(t, err)
		_, err = s.Apply(d, InitOptions{})
		ok(t, err)
		if i == 0 {
			fmt.Print("ready")
		}
	}
}

// killedInit is one of two scripts about the same objects.
func killedInit(i int) []byte {
	return fmt.Appendf(nil, "@DIR site {id:'+', n:%d}\n@THING set {n:%[1]d}\n@API x {n:%[1]d}\n%%COPY:\n%s\n%%END%%\n", i%2, strings.Repeat("x", 1000*(i%2)))
}

// TestKilledWriterLeavesWholeFiles kills a writing process at odd moments.
func TestKilledWriterLeavesWholeFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ok(t, os.MkdirAll(filepath.Join(dir, "demo"), 0o755))
	for round := range 5 {
		cmd := helperProcess(t, "write", dir)
		time.Sleep(time.Duration(7*round+1) * time.Millisecond) // any moment will do
		ok(t, cmd.Process.Kill())
		cmd.Wait()
		r, err := OpenRoot(dir, RootOptions{})
		ok(t, err)
		d, err := r.Domain("demo")
		ok(t, err)
		b, err := d.Tree(Owner).ReadFile("f")
		ok(t, err)
		if len(b) != 200_000 || bytes.Count(b, b[:1]) != len(b) {
			t.Errorf("half a file: %d bytes", len(b))
		}
		if _, err := d.Tree(Owner).Meta("f"); err != nil {
			t.Error(err)
		}
		wholeAfterInit(t, d)
		d.background.Wait() // the sweep
		if left := temps(t, d); left != nil {
			t.Errorf("left: %v", left)
		}
		ok(t, r.Close())
	}
}

// wholeAfterInit completes a script that was cut short.
func wholeAfterInit(t *testing.T, d *Domain) {
	t.Helper()
	if n := len(read(t, d, ".regapi/api/x")); n != 1 && n != 1001 {
		t.Errorf("half a script: %d bytes", n)
	}
	before, err := d.Tree(Owner).Stat("site")
	ok(t, err)
	apply(t, d, string(killedInit(1)), InitOptions{})
	again := apply(t, d, string(killedInit(1)), InitOptions{})
	after, err := d.Tree(Owner).Stat("site")
	ok(t, err)
	if before.ID != after.ID || len(again.Kept) != 3 {
		t.Errorf("%s %s %+v", before.ID, after.ID, again)
	}
}

func temps(t *testing.T, d *Domain) (out []string) {
	ok(t, filepath.WalkDir(d.Dir(), func(p string, e fs.DirEntry, err error) error {
		if isTemp(e.Name()) {
			out = append(out, p)
		}
		return err
	}))
	return out
}

func TestUncommittedIsUnseenAndSwept(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	tr := d.Tree(Owner)
	ok(t, tr.WriteFile("a/f", []byte("old")))
	w, err := tr.Create("a/f")
	ok(t, err)
	_, err = w.Write([]byte("new"))
	ok(t, err)
	if got := read(t, d, "a/f"); got != "old" {
		t.Errorf("seen before its commit: %s", got)
	}
	list, err := tr.List("a")
	if err != nil || len(list) != 1 {
		t.Errorf("%v %v", list, err)
	}
	left := temps(t, d)
	if len(left) != 1 {
		t.Fatalf("%v", left)
	}
	_, err = tr.ReadFile(Path("a/" + filepath.Base(left[0])))
	wantCode(t, err, "e.io.obj.noexists")
	wantCode(t, tr.WriteFile(Path("a/"+filepath.Base(left[0])), nil), "e.io.path")
	put(t, d, "a/"+tempPrefix+"other-1", "by a process that died")
	put(t, d, "b/"+tempPrefix+"other-2/deep/file", "x")
	d.startSweep()
	d.background.Wait()
	if now := temps(t, d); len(now) != 1 || now[0] != left[0] {
		t.Errorf("swept wrongly: %v", now)
	}
	ok(t, w.Close(), w.Close())
	if now := temps(t, d); now != nil {
		t.Errorf("left: %v", now)
	}
	w, err = tr.Create("a/f")
	ok(t, err)
	ok(t, w.Commit(), w.Close())
	wantCode(t, w.Commit(), "e.io.forbidden")
}

func TestUnfinishedDomainsAreSwept(t *testing.T) {
	t.Parallel()
	r := testRoot(t, RootOptions{})
	left := filepath.Join(r.Dir(), serverDir, newPrefix+"x")
	ok(t, os.MkdirAll(filepath.Join(left, ".domain"), 0o700), r.Close())
	r, err := OpenRoot(r.Dir(), RootOptions{})
	ok(t, err)
	defer r.Close()
	if _, err := os.Stat(left); err == nil {
		t.Error("still there")
	}
}

func TestModes(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	tr := d.Tree(Owner)
	ok(t, tr.WriteFile(".domain/x/secret", nil), tr.WriteFile("www/run.sh", nil))
	ok(t, os.Chmod(filepath.Join(d.Dir(), "www/run.sh"), 0o600), tr.WriteFile("www/run.sh", []byte("x")))
	for p, want := range map[string]os.FileMode{".domain": 0o700, ".domain/x": 0o700, ".domain/x/secret": 0o600, "www/run.sh": 0o600} {
		fi, err := os.Stat(filepath.Join(d.Dir(), p))
		ok(t, err)
		if fi.Mode().Perm() != want {
			t.Errorf("%s: %v", p, fi.Mode())
		}
	}
}

func TestWriterWhoseFolderMoved(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	tr := d.Tree(Owner)
	w, err := tr.Create("a/f")
	ok(t, err)
	ok(t, tr.Rename("a", "b"))
	wantCode(t, w.Commit(), "e.io.obj.noexists")
	list, err := tr.List("b")
	if err != nil || len(list) != 0 || temps(t, d) != nil {
		t.Errorf("%v %v", list, err)
	}
}
