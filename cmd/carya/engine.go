package main

import (
	"path/filepath"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/filestore"
)

// engineOptions are the settings of the ThingSets' engine over a root: it learns of
// edits by hand from the domain's watches, and holds them against the schema.
func (a *app) engineOptions(root string) filestore.Options {
	return filestore.Options{
		Dir:   func(dom string) string { return filepath.Join(root, dom) },
		Log:   a.log,
		Sets:  max(mostFiles()/setsPart, leastSets),
		Watch: a.watchDir,
		Check: a.checkRecord,
	}
}

// setsPart tells which part of all files that the process may open the sets of one domain
// in use may have; leastSets is what each domain may use all the same.
const (
	setsPart  = 16
	leastSets = 256
)

func (a *app) watchDir(dom, dir string, f func(name string)) (stop func(), err error) {
	d, ok := a.domains.Load(dom)
	if !ok {
		return nil, domain.E("e.domain.noexists", dom)
	}
	return d.(*domain.Domain).WatchDir(domain.Path(dir), f)
}

func (a *app) checkRecord(dom, set string, body []byte) error {
	d, ok := a.domains.Load(dom)
	if !ok {
		return domain.E("e.domain.noexists", dom)
	}
	return db(d.(*domain.Domain)).CheckRecord(set, body)
}
