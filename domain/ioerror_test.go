package domain

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What an os.Root says of a link that leads out of it is said in Chinese too.
func TestALinkThatLeadsOutIsSaidInChinese(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Symlink(t.TempDir(), filepath.Join(dir, "x")); err != nil {
		t.Fatal(err)
	}
	files, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	_, err = files.Open("x/y")
	if said := Say(Wrap(err, "e.store.damaged", "x"), ZH); !Escapes(err) || !strings.Contains(said, "链接指向域外") || strings.Contains(said, "escapes") {
		t.Errorf("%v is %s", err, said)
	}
}
