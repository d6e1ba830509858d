package thingset

import (
	"io/fs"
	"strings"

	"github.com/caryahq/carya/domain"
)

// Check reads every thing.json of the domain and gives what is wrong with them.
func (db *DB) Check() []domain.Fault {
	var faults []domain.Fault
	_ = fs.WalkDir(db.d.Files().FS(), ".", func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil // a folder that is gone has no fault
		case e.IsDir() && (e.Name() == "index" || e.Name() == "data" || strings.HasPrefix(e.Name(), ".") && path != "."):
			return fs.SkipDir
		case e.Name() == SchemaFile:
			faults = append(faults, db.checkFile(domain.Path(path))...)
		}
		return nil
	})
	return faults
}

func (db *DB) checkFile(path domain.Path) []domain.Fault {
	src, err := db.d.Tree(domain.Owner).ReadFile(path)
	if err != nil {
		return []domain.Fault{{File: path.String(), Msg: err.Error()}}
	}
	_, faults := readSchema(path.String(), string(src))
	return faults
}
