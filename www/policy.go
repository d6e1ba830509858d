package www

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/caryahq/carya/domain"
)

// Bounds on a password, in bytes. There is no rule of composition (NIST SP
// 800-63B): length and a list of what everybody tries.
const (
	minPasswd = 8
	maxPasswd = 256
)

//go:embed common.txt
var commonText string

// common are the passwords that are refused, in lower case.
var common = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for line := range strings.Lines(commonText) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			set[line] = true
		}
	}
	return set
})

// acceptable refuses a new password that is too short, too long or known to
// everybody: e.auth.passwd.new.invalid.
func acceptable(passwd string) error {
	switch {
	case len(passwd) < minPasswd:
		return domain.E("e.auth.passwd.new.invalid", domain.Text{ZH: "至少 8 个字节", EN: "at least 8 bytes"})
	case len(passwd) > maxPasswd:
		return domain.E("e.auth.passwd.new.invalid", domain.Text{ZH: "最多 256 个字节", EN: "at most 256 bytes"})
	case common()[strings.ToLower(passwd)]:
		return domain.E("e.auth.passwd.new.invalid", domain.Text{ZH: "这个密码太常见", EN: "everybody tries this one"})
	}
	return nil
}
