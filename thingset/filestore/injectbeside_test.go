package filestore

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// besideDom is a second domain of the same engine, on a disk that is well. Whatever fails in
// the first one: its commits are acknowledged, and what was is there.
const besideDom = "beside"

// besides is that domain.
type besides struct {
	disk *frailDisk
	want map[string]string // by id
	n    int
}

// besideOne says that one in so many scripts has such a domain, which costs time. It has no
// factor in common with the ways to fail, nor with byHand.
const besideOne = 5

// beside gives the script a second domain.
func (x *script) beside() {
	if err := os.Mkdir(filepath.Join(x.top, besideDom), 0o755); err != nil {
		x.Fatal(err)
	}
	x.aside = &besides{want: map[string]string{}}
}

// bornBeside opens the second domain's disk.
func (x *script) bornBeside() {
	b := x.aside
	if b == nil {
		return
	}
	if b.disk == nil {
		b.disk = newFrailDisk(filepath.Join(x.top, besideDom), x.rnd)
	}
	b.disk.begin(-1)
	x.s.hooks = map[string]disk.Hook{besideDom: b.disk.hook}
}

// commitBeside commits to the second domain, and settles it.
func (x *script) commitBeside() {
	b := x.aside
	if b == nil {
		return
	}
	b.n++
	writes := map[string]string{fmt.Sprintf("r%d", b.n%5): fmt.Sprintf(`{"id":"r%d","n":%d,"u":"u%d"}`, b.n%5, b.n, b.n%5)}
	if b.n%7 == 0 {
		writes[fmt.Sprintf("r%d", (b.n+1)%5)] = ""
	}
	var batch []thingset.Write
	for id, body := range writes {
		w := thingset.Write{Set: "set", ID: id}
		if body != "" {
			w.Body = []byte(body)
		}
		batch = append(batch, w)
	}
	x.defineBeside()
	if _, err := x.s.Commit(context.Background(), besideDom, batch); err != nil {
		x.Fatalf("%s: beside it: %v", x, err)
	}
	maps.Copy(b.want, writes)
	maps.DeleteFunc(b.want, func(_, body string) bool { return body == "" })
	r, err := x.s.room(besideDom)
	if err == nil {
		r.worker.round()
		err = x.s.Health(besideDom)
	}
	if err != nil {
		x.Fatalf("%s: beside it: %v", x, err)
	}
}

func (x *script) defineBeside() {
	def := thingset.Def{Loose: 3, Unique: [][]string{{"u"}}, Indexes: []string{"n"}}
	if err := x.s.Define(context.Background(), besideDom, "set", def); err != nil {
		x.Fatalf("%s: beside it: %v", x, err)
	}
}

// checkBeside holds what the second domain has against what was acknowledged.
func (x *script) checkBeside(what string) {
	b := x.aside
	if b == nil {
		return
	}
	x.defineBeside()
	there := map[string]string{}
	for r, err := range x.s.Scan(context.Background(), besideDom, "set", thingset.Range{}) {
		if err != nil {
			x.Fatalf("%s: beside it, after %s: %v", x, what, err)
		}
		there[r.ID] = string(r.Body)
	}
	if !maps.Equal(there, b.want) {
		x.Fatalf("%s: beside it, after %s, there is\n%v\nacknowledged was\n%v", x, what, there, b.want)
	}
}

// powerCutBeside lays the second domain out as its disk has it.
func (x *script) powerCutBeside() {
	b := x.aside
	if b == nil {
		return
	}
	top := b.disk.afterPowerCut(x.T)
	if err := os.Rename(filepath.Join(top, "demo"), filepath.Join(x.top, besideDom)); err != nil {
		x.Fatal(err)
	}
	b.disk = nil
}

// endsBeside looks at all files of the second domain, which is closed.
func (x *script) endsBeside() {
	if x.aside == nil {
		return
	}
	err := Verify(filepath.Join(x.top, besideDom), false, func(f Fault) {
		x.Errorf("%s: beside it the doctor says %v", x, f)
	})
	if err != nil {
		x.Fatal(err)
	}
}
