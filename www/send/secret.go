package send

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"github.com/caryahq/carya/domain"
)

// maxSecret bounds a secret's file, in bytes.
const maxSecret = 16 << 10

var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Secret is a setting that must be there and must not stand in domain.json itself:
// e.send.config.
func (c *Config) Secret(key string) (string, error) {
	ref, err := c.Need(key)
	if err != nil {
		return "", err
	}
	text, err := ReadSecret(c.d, ref)
	if err != nil {
		return "", c.fault(key, domain.AsError(err).Said())
	}
	return text, nil
}

// ReadSecret reads what ref names: env:NAME, a variable of the environment, or
// file:PATH, a file that only its owner can read (0600 or less), below ~/.domain
// when PATH is not absolute. Blanks around the text do not count.
func ReadSecret(d *domain.Domain, ref string) (string, error) {
	text, err := "", error(nil)
	if name, ok := strings.CutPrefix(ref, "env:"); ok {
		if !envName.MatchString(name) {
			return "", domain.E("e.send.config", domain.Text{ZH: "env: 之后是变量名", EN: "env: is followed by the name of a variable"})
		}
		text = os.Getenv(name)
	} else if path, ok := strings.CutPrefix(ref, "file:"); ok {
		if text, err = secretFile(d, path); err != nil {
			return "", err
		}
	} else {
		return "", domain.E("e.send.config", domain.Text{ZH: "机密不写在 domain.json 里：用 env:变量名 或 file:路径", EN: "a secret does not stand in domain.json: env:NAME or file:PATH"})
	}
	if text = strings.TrimSpace(text); text == "" {
		return "", domain.E("e.send.config", domain.Textf("%v 没有设置或为空", "%v is not set or empty", ref))
	}
	return text, nil
}

func secretFile(d *domain.Domain, path string) (string, error) {
	f, err := openSecret(d, path)
	if err != nil {
		return "", domain.E("e.send.config", domain.Textf("file:%v 无法打开", "file:%v cannot be opened", path))
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil || !info.Mode().IsRegular():
		return "", domain.E("e.send.config", domain.Textf("file:%v 不是文件", "file:%v is no file", path))
	case info.Mode().Perm()&0o177 != 0:
		return "", domain.E("e.send.config", domain.Textf("file:%v 能被他人读取（权限 %v）：请 chmod 600", "file:%v can be read by others (mode %v): chmod 600", path, info.Mode().Perm().String()))
	}
	text, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil || len(text) > maxSecret {
		return "", domain.E("e.send.config", domain.Textf("file:%v 无法读取，或超过 16 KiB", "file:%v cannot be read, or is over 16 KiB", path))
	}
	return string(text), nil
}

// openSecret opens a file of the machine, where an administrator keeps secrets, or
// one of the domain.
func openSecret(d *domain.Domain, path string) (fs.File, error) {
	if filepath.IsAbs(path) {
		return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe is told, not waited for
	}
	return d.FS().Open(filepath.ToSlash(filepath.Join(".domain", path)))
}
