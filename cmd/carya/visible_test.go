package main

import (
	"strings"
	"syscall"
	"testing"
)

func TestNothingThatIsWrittenSteersATerminal(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"小白\tx\n":                   "小白\tx\n",
		"a\x1b[2Jb\x07\x7f":         `a\x1b[2Jb\x07\x7f`,
		"a\u009b2J":                 "a\xc2\\x9b2J",
		"shop: bad\rshop: fine\r\n": "shop: bad\\x0dshop: fine\r\n",
		"\r[##..] 50%\x1b[K":        "\r[##..] 50%\x1b[K",
		"x\x1b[Ky":                  `x\x1b[Ky`,
		"a\u202egpj\u2066b\u200f":   "a\xe2\x80\\xaegpj\xe2\x81\\xa6b\xe2\x80\\x8f", // the other way round
		"\u061c…‘’":                 "\xd8\\x9c…‘’",
	} {
		var out strings.Builder
		n, err := (&visible{w: &out}).Write([]byte(in))
		if out.String() != want || n != len(in) || err != nil {
			t.Errorf("%q: %q, want %q; %d %v", in, out.String(), want, n, err)
		}
	}
}

// The names of an owner's files come to the operator's terminal as text.
func TestNamesOfFilesSteerNoTerminal(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "shop")
	r.write("shop", "s\x1b[2J/thing.json", "{uniqueKeys:")
	r.write("shop", ".regapi/api/a\x1b]0;x\x07", "ehco x\n")
	if err := syscall.Mkfifo(r.path("shop", "p\x1b[31m"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := r.path("shop.tar.zst")
	for _, args := range [][]string{{"backup", "shop", file}, {"thing", "~/s\x1b[2J", "query"}} {
		_, errs, _ := r.run("", args...)
		if strings.ContainsAny(errs, "\x1b\x07") || !strings.Contains(errs, `\x1b[`) {
			t.Errorf("%v: %q", args, errs)
		}
	}
}
