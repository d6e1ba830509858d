package secret

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/grant"
	"github.com/caryahq/carya/domain/oddfile"
)

// testDomain is a domain in a fresh root, and how a file of it is written.
func testDomain(t *testing.T) (d *domain.Domain, write func(name, text string, mode os.FileMode)) {
	t.Helper()
	root, err := domain.OpenRoot(t.TempDir(), domain.RootOptions{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	if d, err = root.Create("demo"); err != nil {
		t.Fatal(err)
	}
	return d, func(name, text string, mode os.FileMode) {
		t.Helper()
		file := filepath.Join(d.Dir(), name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
}

func refused(t *testing.T, d *domain.Domain, ref, why string) {
	t.Helper()
	text, err := Read(d, ref)
	if domain.CodeOf(err) != "e.domain.secret" || text != "" || !strings.Contains(domain.AsError(err).Detail, why) {
		t.Errorf("%q: %q, %v; want %s", ref, text, err, why)
	}
	if err != nil && domain.AsError(err).DetailIn(domain.ZH) == domain.AsError(err).Detail {
		t.Errorf("%q: in one language: %v", ref, err)
	}
}

func TestAVariableIsReadOnlyWhenTheOperatorGrantedIt(t *testing.T) {
	t.Setenv("CARYA_TEST_SECRET", " s3cret\n")
	d, _ := testDomain(t)
	refused(t, d, "env:CARYA_TEST_SECRET", "carya grant demo env CARYA_TEST_SECRET")
	refused(t, d, "env:PATH", "has not granted")
	refused(t, d, "env:NO_SUCH_VARIABLE", "has not granted") // as one that is set
	refused(t, d, "env:", "name of a variable")
	for _, name := range []string{"CARYA_TEST_SECRET", "NO_SUCH_VARIABLE"} {
		if _, err := d.Root().Grant("demo", grant.Change{Kind: "env", Value: name}); err != nil {
			t.Fatal(err)
		}
	}
	if text, err := Read(d, "env:CARYA_TEST_SECRET"); text != "s3cret" || err != nil {
		t.Errorf("%q %v", text, err)
	}
	refused(t, d, "env:NO_SUCH_VARIABLE", "not set or empty")
	refused(t, d, "s3cret", "does not stand in the settings")
	refused(t, d, "", "does not stand in the settings")
}

func TestAFileIsReadOnlyBelowTheDomainsSecrets(t *testing.T) {
	t.Parallel()
	d, write := testDomain(t)
	write(".domain/secrets/key", "s3cret\n", 0o600)
	write(".domain/secrets/sms/key", "deeper", 0o400)
	write(".domain/key", "beside", 0o600)
	write("www/key", "page", 0o600)
	for ref, want := range map[string]string{
		"file:secrets/key": "s3cret", "file:~/.domain/secrets/key": "s3cret", "file:secrets/sms/key": "deeper", "file:secrets//./key": "s3cret",
	} {
		if text, err := Read(d, ref); text != want || err != nil {
			t.Errorf("%s: %q %v", ref, text, err)
		}
	}
	root := d.Root().Dir()
	for _, ref := range []string{
		"file:key", "file:~/.domain/key", "file:secrets/../key", "file:secrets/../secrets/key", "file:../www/key", "file:~/www/key", "file:secrets", "file:secrets/", "file:",
		"file:" + root + "/.carya/secret.key", "file:../../.carya/secret.key", "file:secrets/../../../.carya/secret.key",
		"file:" + d.Dir() + "/.domain/secrets/key", "file:/etc/passwd", "file:/proc/self/environ", "file:secrets/\x00", `file:secrets\key`,
	} {
		refused(t, d, ref, "")
	}
	refused(t, d, "file:secrets/none", "cannot be opened")
	for _, mode := range []os.FileMode{0o640, 0o604, 0o644, 0o700} {
		if err := os.Chmod(filepath.Join(d.Dir(), ".domain/secrets/key"), mode); err != nil {
			t.Fatal(err)
		}
		refused(t, d, "file:secrets/key", "chmod 600")
	}
	write(".domain/secrets/large", strings.Repeat("x", maxSize+1), 0o600)
	refused(t, d, "file:secrets/large", "over 16 KiB")
	write(".domain/secrets/blank", " \n", 0o600)
	refused(t, d, "file:secrets/blank", "empty")
}

func TestNoLinkLeadsFromTheSecretsElsewhere(t *testing.T) {
	t.Parallel()
	d, write := testDomain(t)
	write(".domain/secrets/key", "s3cret", 0o600)
	write("inside", "inside", 0o600)
	write("folder/key", "inside", 0o600)
	at := func(name string) string { return filepath.Join(d.Dir(), ".domain", "secrets", name) }
	rootKey := filepath.Join(d.Root().Dir(), ".carya", "secret.key")
	for _, err := range []error{
		os.Symlink("../../inside", at("link")),
		os.Symlink(rootKey, at("root")),
		os.Symlink("../../../.carya/secret.key", at("climbs")),
		os.Symlink("../../folder", at("folder")),
		os.Link(rootKey, at("hard")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"link", "root", "climbs", "folder/key", "hard"} {
		refused(t, d, "file:secrets/"+name, "cannot be opened")
	}
	for _, k := range oddfile.Kinds() {
		k.Put(t, at("odd"))
		oddfile.Soon(t, k.Name, func() { refused(t, d, "file:secrets/odd", "") })
	}
	if err := os.Rename(at(""), filepath.Join(d.Dir(), "elsewhere")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../elsewhere", filepath.Join(d.Dir(), ".domain", "secrets")); err != nil {
		t.Fatal(err)
	}
	refused(t, d, "file:secrets/key", "cannot be opened")
}
