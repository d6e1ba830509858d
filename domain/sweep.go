package domain

import (
	"strings"
)

// startSweep removes, in the background, what earlier processes left half
// written. Nobody sees those files anyhow. The process holds the root's lock, so
// nobody else is writing, and its own drafts bear the token.
func (d *Domain) startSweep() {
	d.background.Go(func() { d.sweep("") })
}

func (d *Domain) sweep(dir Path) {
	if d.isClosing() {
		return
	}
	f, err := openDir(d.files, dir.rel())
	if err != nil {
		return
	}
	entries, _ := f.ReadDir(-1)
	f.Close()
	for _, e := range entries {
		if name := e.Name(); isTemp(name) && !strings.HasPrefix(name, tempPrefix+d.token+"-") {
			d.sweepOne(dir.child(name))
		}
	}
	for _, sub := range subdirs(dir, entries) {
		d.sweep(sub)
	}
}

func (d *Domain) sweepOne(p Path) {
	if err := d.files.RemoveAll(string(p)); err != nil {
		d.log().Warn("sweep", "domain", d.name, "path", p.String(), "err", err)
	}
}
