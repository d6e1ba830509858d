package www

import (
	"sync"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

// defaultMatrix is the file that says what roles may do, beside the roles
// themselves, unless the site's metadata names another one in `pvg`:
//
//	{ editor: {"order.*":true, "order.delete":false}, guest: ["page.read"] }
//
// A role may stand in either place or in both: what both say counts together, and
// a denial wins.
const defaultMatrix = domain.Path(".domain/pvg.json")

// matrixFile is that file, read again when it has changed. While it is broken the
// last good one counts.
type matrixFile struct {
	tree *domain.Tree
	path domain.Path
	warn func(msg string, err error)

	mu   sync.RWMutex
	dir  *domain.Object // its folder when there was no file
	file *domain.Object // nil: there was none
	rows *map[string]*matrix
}

// matrixOfSite is the file at a path, the same one for as long as the domain is
// open: a site that is read again keeps the last good rows.
func (s *Service) matrixOfSite(p *people, path domain.Path) *matrixFile {
	f, _ := p.matrix.LoadOrStore(path, &matrixFile{
		tree: p.d.Tree(domain.Owner), path: path,
		warn: func(msg string, err error) {
			s.o.Log.Warn(msg, "domain", p.d.Name(), "file", path.String(), "err", err)
		},
	})
	return f.(*matrixFile)
}

// read gives the roles' rows: the same pointer as long as nothing has changed.
func (f *matrixFile) read() *map[string]*matrix {
	f.mu.RLock()
	rows, same := f.rows, f.same()
	f.mu.RUnlock()
	if same {
		return rows
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.same() {
		f.reread()
	}
	return f.rows
}

// same reports whether file and folder are as they were. A missing file costs no
// look at the disk where the folder is watched.
func (f *matrixFile) same() bool {
	if f.rows == nil {
		return false
	}
	if f.file == nil {
		dir, err := f.tree.Stat(f.path.Dir())
		return err == nil && dir == f.dir
	}
	file, err := f.tree.Stat(f.path)
	return err == nil && file == f.file
}

func (f *matrixFile) reread() {
	f.dir, _ = f.tree.Stat(f.path.Dir())
	f.file, _ = f.tree.Stat(f.path)
	rows := map[string]*matrix{}
	if f.file == nil {
		f.rows = &rows
		return
	}
	src, err := f.tree.ReadWithin(f.path, domain.MaxText)
	var doc []byte
	if err == nil {
		doc, err = relaxed.ToJSON(string(src))
	}
	if err == nil && !gjson.ParseBytes(doc).IsObject() {
		err = domain.E("e.json", domain.Text{ZH: "应是由角色组成的对象", EN: "want an object of roles"})
	}
	if err != nil {
		f.warn("the matrix of roles is broken, the last good one stays", err)
		if f.rows == nil {
			f.rows = &rows
		}
		return
	}
	gjson.ParseBytes(doc).ForEach(func(role, pvg gjson.Result) bool {
		rows[role.String()] = readMatrix(pvg)
		return true
	})
	f.rows = &rows
}
