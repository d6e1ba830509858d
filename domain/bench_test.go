package domain

import (
	"fmt"
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

// BenchmarkFirstByHost is the start with 10,000 domains.
func BenchmarkFirstByHost(b *testing.B) {
	r := testRoot(b, RootOptions{})
	for i := range 10_000 {
		hostsFile(b, r.Dir(), fmt.Sprintf("d%d", i), fmt.Sprintf(`{"hosts": ["h%d.example"]}`, i))
	}
	b.ReportAllocs()
	for b.Loop() {
		r.hosts = hostIndex{root: r}
		if _, found := r.ByHost("none.example"); found {
			b.Fatal("found")
		}
	}
}
