package filestore

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// What people do to packs while calls fail: they copy a set into the domain, and move
// packs away from it.

// copied is the set that is copied.
const copied = "copied"

var copiedDef = thingset.Def{Loose: 4}

// sets are those that are there by now.
func (x *script) sets() []string {
	if x.copied {
		return append(scriptSets, copied)
	}
	return scriptSets
}

// copyIn puts a set's folder into the domain, durably: from then on its records count.
func (x *script) copyIn() {
	d, err := disk.Open(filepath.Join(x.top, "demo"), nil)
	if err == nil {
		defer d.Close()
		err = d.MkdirAll(copied+"/index", 0o755)
	}
	if err == nil {
		err = x.layCopy(d)
	}
	if err != nil {
		x.Fatal(err)
	}
	x.disk.placed(copied + "/index")
	x.copied = true
}

func (x *script) layCopy(d *disk.Disk) error {
	p, err := pack.Create(d, copied+"/index", 3, false)
	if err != nil {
		return err
	}
	defer p.Close()
	code, err := json.Marshal(copiedDef)
	if err != nil {
		return err
	}
	shape, b := rows.NewShape(copiedDef), p.Batch(0, 0)
	for i, id := range strings.Fields("r1 r2 r3 r1 r4 r5") {
		body := fmt.Sprintf(`{"id":%q,"u":%q,"n":%d}`, id, id, i)
		b.Put(thingset.Rev(10+i), []byte(body), shape.AppendKeys(nil, id, []byte(body)), rows.Stamp{})
		for _, state := range x.states {
			state[copied+"/"+id] = body
		}
	}
	b.Gone(20, "r2")
	for _, state := range x.states {
		state[copied+"/r2"] = ""
	}
	if err := p.Write(b, code, true); err != nil || x.rnd.IntN(2) == 0 {
		return err
	}
	for _, ext := range []string{"jsonl", "keys"} { // it was copied from a domain that is in use
		dir := copied + "/index/pack-3."
		if err := d.Rename(dir+ext, dir+"new."+ext); err != nil {
			return err
		}
	}
	return nil
}

// away moves the packs of a set away while it is written to, and back when the engine
// could not write all of it anew.
func (x *script) away() {
	r, err := x.s.room("demo")
	if err != nil {
		x.refused(err)
		return
	}
	t := r.sets["large"]
	if t == nil {
		return
	}
	dir, to := filepath.Join(x.top, "demo/large/index"), filepath.Join(x.top, "away")
	var moved []string
	list, _ := os.ReadDir(dir)
	for _, e := range list {
		if pack.IsFile(e.Name()) {
			moved = append(moved, e.Name())
			x.move(dir, to, e.Name())
		}
	}
	x.disk.scanned()
	t.looked = time.Time{}
	x.put("large", 3)
	x.round()
	if x.writtenAnew(r, t) {
		return
	}
	for _, name := range moved {
		x.move(to, dir, name)
	}
	x.disk.placed("large/index", moved...)
}

func (x *script) move(from, to, name string) {
	err := os.MkdirAll(to, 0o755)
	if err == nil {
		err = os.Rename(filepath.Join(from, name), filepath.Join(to, name))
	}
	if err != nil {
		x.Fatal(err)
	}
}

// writtenAnew reports whether the journal's state lists the packs that a set has now,
// which are there.
func (x *script) writtenAnew(r *room, t *set) bool {
	m, _ := r.journal.Mark(t.name)
	if r.leaving.Load() || r.sets[t.name] != t || t.holds || len(t.strays)+len(t.dying) > 0 || len(m.Live) != len(t.packs) {
		return false
	}
	for _, p := range t.packs {
		_, listed := m.Live[p.N]
		for _, name := range []string{p.DataFile(), p.KeyFile()} {
			_, err := os.Lstat(filepath.Join(x.top, "demo", name))
			listed = listed && err == nil
		}
		if !listed {
			return false
		}
	}
	return true
}
