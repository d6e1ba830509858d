package domain

import (
	"strconv"
	"strings"
)

// A domain's name stands in URLs and is a folder's name on disk.

const maxName = 63

// CheckName reports whether name may name a domain (e.domain.name): lower-case
// letters, digits, "-", "_" and ".", beginning with a letter or digit, at most
// 63 characters.
func CheckName(name string) error {
	if name == "" || len(name) > maxName || !nameStart(name[0]) {
		return badName(name)
	}
	for i := 1; i < len(name); i++ {
		if c := name[i]; !nameStart(c) && c != '-' && c != '_' && c != '.' {
			return badName(name)
		}
	}
	return nil
}

func badName(name string) error {
	return E("e.domain.name", Textf("%v：只能用 a-z、0-9、-、_ 与 .，以字母或数字开头，最多 %v 个字符", "%v: want a-z, 0-9, -, _ and ., a letter or digit first, at most %v", strconv.Quote(shorten(name)), maxName))
}

func nameStart(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' }

// shorten keeps what a caller sent from flooding an error's detail.
func shorten(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}
