package domain

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// benchDomain is a watched domain with a site in it.
func benchDomain(b *testing.B) (*Tree, string) {
	d := testDomain(b)
	ok(b, d.Tree(Owner).WriteFile("www/index.html", []byte("<p>")), d.Tree(Owner).SetMeta("www", []byte(`{title:"T", accounts:"~/accounts"}`)))
	id, err := d.Tree(Owner).AssignID("www")
	ok(b, err)
	d.OnChange(func(Path) {})
	ok(b, d.Tree(Owner).SetMeta("www", []byte(`{x:1}`)))
	b.ReportAllocs()
	return d.Tree(API), id
}

func BenchmarkResolveHit(b *testing.B) {
	tr, id := benchDomain(b)
	for b.Loop() {
		if _, err := tr.Resolve(Ref{ID: id}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkObjectHit(b *testing.B) {
	tr, id := benchDomain(b)
	for name, ref := range map[string]Ref{"path": {Path: "www"}, "id": {ID: id}, "file": {Path: "www/index.html"}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := tr.Object(ref); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMetaHit(b *testing.B) {
	tr, _ := benchDomain(b)
	for b.Loop() {
		if _, err := tr.Meta("www"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkObjectUnwatched(b *testing.B) {
	tr, _ := benchDomain(b)
	tr.d.watch.unsure.Store(watchAfter) // no watch begins
	tr.d.watch.w.Store(nil)
	tr.d.cache.forget("", true)
	for b.Loop() {
		if _, err := tr.Stat("www/index.html"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenHit(b *testing.B) {
	tr, _ := benchDomain(b)
	for b.Loop() {
		f, err := tr.Open("www/index.html")
		if err != nil {
			b.Fatal(err)
		}
		f.Close()
	}
}

func BenchmarkDomainHit(b *testing.B) {
	tr, _ := benchDomain(b)
	for b.Loop() {
		if _, err := tr.d.root.Domain("demo"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	tr, _ := benchDomain(b)
	o, err := tr.Stat("www")
	ok(b, err)
	var buf []byte
	for b.Loop() {
		buf = o.AppendJSON(buf[:0])
	}
}

// BenchmarkByHost is the way of a request to one of 10,000 domains.
func BenchmarkByHost(b *testing.B) {
	r := testRoot(b, RootOptions{})
	var file strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&file, "d%d:{hosts:[\"h%d.example\"]},\n", i, i)
	}
	ok(b, os.WriteFile(filepath.Join(r.Dir(), operatorPath), []byte("{domains:{"+file.String()+"}}"), 0o600))
	hostsFile(b, r.Dir(), "d7", "{}")
	ok(b, r.OperatorFault())
	b.ReportAllocs()
	for b.Loop() {
		if _, found := r.ByHost("h7.example:8080"); !found {
			b.Fatal("not found")
		}
	}
}
