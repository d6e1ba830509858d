package domain

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain/oddfile"
)

// TestOddConfigLeavesTheLastGoodOne puts what is no file in the place of domain.json,
// of an open domain and of one that is closed.
func TestOddConfigLeavesTheLastGoodOne(t *testing.T) {
	t.Parallel()
	for _, k := range oddfile.Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			r := testRoot(t, RootOptions{WatchDirs: -1})
			d := makeDomain(t, r, "demo")
			put(t, d, ".domain/domain.json", `{hosts:["a.example"], owner:"ann"}`)
			d.conf.refresh()
			k.Put(t, filepath.Join(d.Dir(), ".domain/domain.json"))
			oddfile.Soon(t, "the configuration", func() {
				if c := d.conf.refresh(); c.Owner != "ann" || len(c.Hosts) != 1 {
					t.Errorf("the last good domain.json is gone: %+v", c)
				}
				faults := d.Check()
				if len(faults) != 1 || faults[0].File != "~/.domain/domain.json" || faults[0].Warn {
					t.Errorf("check says %v", faults)
				}
			})
			other := makeDomain(t, r, "other") // works all the same
			put(t, other, ".domain/domain.json", `{hosts:["b.example"]}`)
			if c := other.Config(); len(c.Hosts) != 1 {
				t.Errorf("another domain's settings are not read: %+v", c)
			}
		})
	}
}

func TestOddMetadataLeavesTheLastGood(t *testing.T) {
	t.Parallel()
	for _, k := range oddfile.Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			d := makeDomain(t, testRoot(t, RootOptions{WatchDirs: -1}), "demo")
			put(t, d, "f", "text")
			put(t, d, ".f.meta.json", `{color:"red"}`)
			tr := d.Tree(Owner)
			_, err := tr.Meta("f")
			ok(t, err)
			k.Put(t, filepath.Join(d.Dir(), ".f.meta.json"))
			oddfile.Soon(t, "metadata", func() {
				d.forget("f", false)
				meta, err := tr.Meta("f")
				if ok(t, err); string(meta) != `{"color":"red"}` {
					t.Errorf("the last good metadata is gone: %s", meta)
				}
				if err := tr.SetMeta("f", []byte(`{color:"blue"}`)); err == nil {
					t.Error("metadata that cannot be read was overwritten")
				}
				if b, err := tr.ReadFile("f"); err != nil || string(b) != "text" {
					t.Errorf("the file itself: %q, %v", b, err)
				}
				if faults := d.Check(); len(faults) != 1 || faults[0].File != "~/.f.meta.json" {
					t.Errorf("check says %v", faults)
				}
			})
		})
	}
}

func TestMetadataThatCouldNotBeReadBackIsNotWritten(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	put(t, d, "f", "")
	tr := d.Tree(Owner)
	ok(t, tr.SetMeta("f", []byte(`{a:"`+strings.Repeat("x", MaxMeta-100)+`"}`)))
	wantCode(t, tr.SetMeta("f", []byte(`{b:"`+strings.Repeat("x", 1000)+`"}`)), "e.io.toolarge")
	_, err := tr.Meta("f")
	ok(t, err)
}
