// Package secret reads the secrets that a domain's settings name: the one way from
// a setting to the environment or to a file.
//
//	env:NAME          a variable of the server's environment that the operator granted
//	file:secrets/KEY  a file below ~/.domain/secrets (0600)
//
// ~/.domain/secrets/KEY is another spelling of secrets/KEY; there are no others.
package secret

import (
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/grant"
)

const (
	// folder holds a domain's secrets.
	folder = ".domain/secrets"

	// maxSize bounds a secret, in bytes.
	maxSize = 16 << 10
)

// Read gives what ref names, without the blanks around it. All errors are
// e.domain.secret; their details hold no secret and nothing of the machine.
func Read(d *domain.Domain, ref string) (string, error) {
	text, err := "", error(nil)
	if name, ok := strings.CutPrefix(ref, "env:"); ok {
		text, err = variable(d, name)
	} else if path, ok := strings.CutPrefix(ref, "file:"); ok {
		text, err = file(d, path)
	} else {
		err = wrong("机密不写在设置里：用 env:变量名 或 file:secrets/名字", "a secret does not stand in the settings: want env:NAME or file:secrets/NAME")
	}
	if err != nil {
		return "", err
	}
	if text = strings.TrimSpace(text); text == "" {
		return "", wrong("%v 没有设置或为空", "%v is not set or empty", ref)
	}
	return text, nil
}

// IsRef reports whether a setting names a secret rather than being one.
func IsRef(text string) bool {
	return strings.HasPrefix(text, "env:") || strings.HasPrefix(text, "file:")
}

func wrong(zh, en string, args ...any) error {
	return domain.E("e.domain.secret", domain.Textf(zh, en, args...))
}

// variable is one of the environment; whether it is set is told only to who was
// granted it.
func variable(d *domain.Domain, name string) (string, error) {
	if name == "" {
		return "", wrong("env: 之后是变量名", "env: is followed by the name of a variable")
	}
	c, err := grant.Change{Kind: "env", Value: name}.Normal()
	if err != nil {
		return "", domain.E("e.domain.secret", domain.TextOf(err))
	}
	if !d.Grants().HasEnv(name) {
		return "", wrong("环境变量 %v 尚未由运营者授予：%v", "the operator has not granted the variable %v: %v", name, grant.Command(d.Name(), c))
	}
	return os.Getenv(name), nil
}

// file reads one below the domain's secrets, which is a file in its own right: no
// link, of one name, closed to others.
func file(d *domain.Domain, path string) (string, error) {
	p, err := place(path)
	if err != nil {
		return "", err
	}
	fi, err := plain(d, p)
	if err != nil {
		return "", wrong("file:%v 无法打开：应是 ~/%v 下的普通文件，不能是链接", "file:%v cannot be opened: want a regular file below ~/%v, no link", path, folder)
	}
	if fi.Mode().Perm()&0o177 != 0 {
		return "", wrong("file:%v 能被他人读取（权限 %v）：请 chmod 600", "file:%v can be read by others (mode %v): chmod 600", path, fi.Mode().Perm().String())
	}
	text, err := domain.ReadFile(d.Files(), p, maxSize)
	now, again := plain(d, p) // it was a file all the time
	if err != nil || again != nil || !os.SameFile(fi, now) {
		return "", wrong("file:%v 无法读取，或超过 16 KiB", "file:%v cannot be read, or is over 16 KiB", path)
	}
	return string(text), nil
}

// place is the path of a secret in its one meaning.
func place(path string) (domain.Path, error) {
	rest, ok := strings.CutPrefix(strings.TrimPrefix(path, "~/.domain/"), "secrets/")
	p, err := domain.ParsePath(folder + "/" + rest)
	if !ok || err != nil || !strings.HasPrefix(string(p), folder+"/") || strings.Contains("/"+rest+"/", "/../") {
		return "", wrong("file:%v：机密位于 ~/%v 之下，写作 file:secrets/名字", "file:%v: secrets lie below ~/%v, written file:secrets/NAME", path, folder)
	}
	return p, nil
}

// plain looks at a file and the folders above it, none of which may be a link.
func plain(d *domain.Domain, p domain.Path) (fs.FileInfo, error) {
	for dir := p.Dir(); dir != ""; dir = dir.Dir() {
		if fi, err := d.Files().Lstat(string(dir)); err != nil || !fi.IsDir() {
			return nil, fs.ErrInvalid
		}
	}
	fi, err := d.Files().Lstat(string(p))
	if err != nil || !fi.Mode().IsRegular() {
		return nil, fs.ErrInvalid
	}
	if st, ok := fi.Sys().(*syscall.Stat_t); ok && st.Nlink > 1 {
		return nil, fs.ErrInvalid // a second name, maybe of a file that is another's
	}
	return fi, nil
}
