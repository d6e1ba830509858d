package domain

import (
	"errors"
	"io/fs"
)

// newPrefix begins the names of domains that are being made, in .carya.
const newPrefix = "new-"

// Create makes a new, empty domain and opens it; e.domain.exists when there is
// one. The folder appears whole or not at all.
func (r *Root) Create(name string) (*Domain, error) {
	if err := r.Vacant(name); err != nil {
		return nil, err
	}
	tmp := serverDir + "/" + newPrefix + NewID()
	err := errors.Join(r.files.Mkdir(tmp, 0o755), r.files.Mkdir(tmp+"/"+dotDomain, 0o700),
		r.files.WriteFile(tmp+"/"+string(configPath), []byte("{}\n"), 0o600))
	if err == nil {
		err = r.files.Rename(tmp, name)
	}
	if err != nil {
		r.files.RemoveAll(tmp)
		if ioCode(err) == "e.io.obj.exists" || ioCode(err) == "e.io.obj.notempty" {
			return nil, E("e.domain.exists", name)
		}
		return nil, Wrap(err, "e.internal", Textf("创建域 %v", "make domain %v", name))
	}
	if err := syncDir(r.files, "."); err != nil {
		return nil, Wrap(err, "e.internal", Textf("创建域 %v", "make domain %v", name))
	}
	return r.Domain(name)
}

// Vacant holds that there is no domain of a name, else e.domain.exists. One that is open,
// since its folder was removed by hand a moment ago, is closed: what comes to its place is
// another one.
func (r *Root) Vacant(name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	if _, err := r.files.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return E("e.domain.exists", name)
	}
	r.forget(name)
	return nil
}
