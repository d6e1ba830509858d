package regapi

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A secret that cannot be read ends the request: it is never an empty one. With a
// default, and in what does not use it, it may be missing.
func TestPreloadThatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const key = `{preload:{key:"~/.domain/secrets/key"}}`
	w.api("must", meta(key, "echo '<${key}>'"), "may", meta(key, "echo '<${key?none}>'"), "not", meta(key, "echo no"))
	w.scenarios(t, []scenario{
		{name: "used", request: to("must"), status: 500, has: []string{`"e.api.load"`}, not: []string{"<", "secrets"}},
		{name: "with a default", request: to("may"), status: 200, equals: "<none>\n"},
		{name: "not used", request: to("not"), status: 200, equals: "no\n"},
	})
	w.file(".domain/secrets/key", "0x1F\n")
	w.scenarios(t, []scenario{{name: "there", request: to("must"), status: 200, equals: "<0x1F>\n"}})
	tr, _ := w.replayed(to("must"))
	if len(tr.Bound) != 1 || strings.Contains(tr.Bound[0].Value+tr.Stages[0].Words[0].Text, "0x1F") {
		t.Errorf("a trace tells the secret: %+v", tr)
	}
	if err := os.Remove(filepath.Join(w.root.Dir(), "demo/.domain/secrets/key")); err != nil {
		t.Fatal(err)
	}
	w.scenarios(t, []scenario{{name: "gone", request: to("must"), status: 500}})
}

// The owner's own files are no preload; the folder of secrets is, by name only.
func TestPreloadOfHiddenFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"~/.domain/domain.json", "~/.domain/session/x", "~/.domain/secrets", "~/.domain/secrets-x", "~/.regapi/api/x", "~/a/.meta.json"} {
		w.api("x", meta(`{preload:{key:"`+path+`"}}`, "echo ${key}"))
		if faults := w.h.Check(w.domain("demo")); len(faults) == 0 || !strings.Contains(faults[0].String(), "is kept from endpoints") {
			t.Errorf("%s: %v", path, faults)
		}
	}
	w.file(".domain/secrets/key", "k")
	w.api("read", "cat ~/.domain/secrets/key")
	if _, text := w.get("/api/demo/read"); !strings.Contains(text, "e.io.obj.noexists") {
		t.Errorf("a command reads it: %s", text)
	}
}
