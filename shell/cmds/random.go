package cmds

import (
	"crypto/rand"
	"math/big"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

func random() *shell.Command {
	return &shell.Command{
		Name:   "random",
		Manual: manual("random"),
		Options: []shell.Option{
			option("len", "N", shell.Int, "how many characters (32)", "长度，默认 32"),
			option("of", "KIND", shell.Literal, "alnum (as it is), digit, hex, lower, or clear: without look-alikes", "字符：alnum（默认）、digit、hex、lower、clear（无易混字符）"),
			option("n", "COUNT", shell.Int, "how many (1)", "个数，默认 1"),
		},
		Run: func(c *shell.Call) error {
			size, err := wholeNumber(c, "len", 32)
			if err != nil {
				return err
			}
			set, ok := alphabet(c.Opt("of").Text())
			switch {
			case !ok:
				return domain.E("e.cmd.arg", domain.Text{ZH: "-of 只能是 alnum、digit、hex、lower 或 clear", EN: "-of is alnum, digit, hex, lower or clear"})
			case size == 0 || size > 4096:
				return domain.E("e.cmd.arg", domain.Text{ZH: "-len 是 1 到 4096", EN: "-len is 1 to 4096"})
			}
			return printNew(c, func() string { return randomText(set, size) })
		},
	}
}

func alphabet(kind string) (string, bool) {
	const digits, lower, upper = "0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	switch kind {
	case "", "alnum":
		return digits + lower + upper, true
	case "digit":
		return digits, true
	case "hex":
		return digits + lower[:6], true
	case "lower":
		return lower, true
	case "clear":
		return "23456789abcdefghjkmnpqrstuvwxyz", true
	}
	return "", false
}

// randomText draws each character evenly, from the machine's secure source.
func randomText(set string, size int) string {
	out, n := make([]byte, size), big.NewInt(int64(len(set)))
	for i := range out {
		k, err := rand.Int(rand.Reader, n)
		if err != nil {
			panic(err) // the source never fails
		}
		out[i] = set[k.Int64()]
	}
	return string(out)
}
