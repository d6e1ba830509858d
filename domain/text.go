package domain

import (
	"fmt"
	"slices"
	"strings"
	"syscall"

	"github.com/caryahq/carya/domain/relaxed"
)

// Lang is a language of the catalogue.
type Lang string

// The languages of the catalogue. ZH is the default.
const (
	ZH Lang = "zh-CN"
	EN Lang = "en"
)

// Text is a text in both languages: whatever a person may read is one, also when it
// is the detail of an error, a fault or a note.
type Text struct{ ZH, EN string }

// In picks the language; the other one when that is empty.
func (t Text) In(l Lang) string {
	if l == EN && t.EN != "" || t.ZH == "" {
		return t.EN
	}
	return t.ZH
}

// Empty reports whether there is no text.
func (t Text) Empty() bool { return t == Text{} }

// Textf fills both languages of a text with the same values, as fmt.Sprintf does; a
// value that is a Text is said in the language of its surroundings.
func Textf(zh, en string, args ...any) Text {
	return Text{ZH: fmt.Sprintf(zh, spoken(args, ZH)...), EN: fmt.Sprintf(en, spoken(args, EN)...)}
}

// TextOf is what an error says in both languages.
func TextOf(err error) Text { return Text{ZH: Say(err, ZH), EN: Say(err, EN)} }

// spoken are values in a language; others than texts and errors are what they are.
func spoken(args []any, l Lang) []any {
	said := slices.Clone(args)
	for i, a := range said {
		switch a := a.(type) {
		case interface{ In(Lang) string }:
			said[i] = a.In(l)
		case error:
			said[i] = Say(a, l)
		}
	}
	return said
}

// Say is what an error says in a language, also through what wraps it: an error
// that knows its languages has a method In(Lang) string. Others say what they say.
func Say(err error, l Lang) string {
	if err == nil {
		return ""
	}
	if t, ok := err.(interface{ In(Lang) string }); ok {
		return t.In(l)
	}
	s := err.Error()
	if l == EN {
		return s
	}
	if e, ok := err.(*relaxed.Error); ok && e.ZH != "" {
		return e.ZH
	}
	if no, ok := err.(syscall.Errno); ok && systemSays[no] != "" {
		return systemSays[no]
	}
	if s == escapesText {
		return "链接指向域外"
	}
	for _, inner := range causes(err) {
		if said := inner.Error(); said != "" {
			s = strings.Replace(s, said, Say(inner, l), 1)
		}
	}
	return s
}

// causes are what an error wraps.
func causes(err error) []error {
	switch e := err.(type) {
	case interface{ Unwrap() []error }:
		return e.Unwrap()
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return []error{inner}
		}
	}
	return nil
}

// Errorf is an error without a code, in both languages; it wraps nothing.
func Errorf(zh, en string, args ...any) error { return told(Textf(zh, en, args...)) }

type told Text

func (t told) Error() string    { return t.EN }
func (t told) In(l Lang) string { return Text(t).In(l) }

// systemSays are the system's errors that people meet, in Chinese. It is never
// changed.
var systemSays = map[syscall.Errno]string{
	syscall.ENOENT:       "没有这个文件或目录",
	syscall.EEXIST:       "文件已经存在",
	syscall.EACCES:       "权限不够",
	syscall.EPERM:        "不允许的操作",
	syscall.ENOTDIR:      "不是目录",
	syscall.EISDIR:       "是一个目录",
	syscall.ENOTEMPTY:    "目录不为空",
	syscall.ENOSPC:       "磁盘空间不足",
	syscall.EROFS:        "只读文件系统",
	syscall.EMFILE:       "打开的文件过多",
	syscall.ENFILE:       "系统打开的文件过多",
	syscall.EIO:          "读写错误",
	syscall.ELOOP:        "符号链接层数过多",
	syscall.ENAMETOOLONG: "文件名过长",
	syscall.EADDRINUSE:   "地址已被占用",
	syscall.ECONNREFUSED: "连接被拒绝",
	syscall.ECONNRESET:   "连接被对方重置",
	syscall.EPIPE:        "管道已断开",
	syscall.ETIMEDOUT:    "连接超时",
}
