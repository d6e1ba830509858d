package main

import (
	"os"
	"path/filepath"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
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
		Rules: func(dom, set string, body []byte) error { return a.setRules(filepath.Join(root, dom), dom, set, body) },
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

// setRules is checkRecord for the doctor: of a set that nobody uses it reads thing.json, which
// lies in the domain's folder. What it cannot read has no rules.
func (a *app) setRules(dir, dom, set string, body []byte) error {
	if _, ok := a.domains.Load(dom); ok {
		if err := a.checkRecord(dom, set, body); err != nil {
			return err
		}
	}
	files, err := os.OpenRoot(dir)
	if err != nil {
		return nil
	}
	defer files.Close()
	src, err := domain.ReadFile(files, domain.Path(set+"/"+thingset.SchemaFile), domain.MaxText)
	if err != nil {
		return nil
	}
	schema, err := thingset.ParseSchema(src)
	if err != nil {
		return nil
	}
	return schema.Check(body)
}
