package cmds

import (
	"io"
	"math/big"
	"strconv"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

func calc() *shell.Command {
	return &shell.Command{
		Name:   "calc",
		Manual: manual("calc"),
		Params: []shell.Param{{
			Name: "EXPRESSION", Repeat: true,
			Help: both("numbers, + - * / % ^ ( ), abs round floor ceil min max; a placeholder is one number", "数字、+ - * / % ^ ( )、abs round floor ceil min max；占位符是一个数"),
		}},
		Options: []shell.Option{
			option("fix", "N", shell.Literal, "with N decimal places, half away from zero; before the expression", "保留 N 位小数，四舍五入；写在表达式前面"),
		},
		Prepare: prepareCalc,
	}
}

// maxPlaces bounds the decimal places of a result that is not exact.
const maxPlaces = 16

func prepareCalc(p *shell.Prep) (func(*shell.Call) error, error) {
	words, places := p.Words, -1
	if len(words) > 1 && isBare(words[0], "-fix") {
		text, _ := words[1].Literal()
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > maxPlaces {
			return nil, domain.E("e.cmd.option", domain.Textf("-fix 是小数位数，0 到 %v", "-fix is a number of places, 0 to %v", maxPlaces))
		}
		places, words = n, words[2:]
	}
	if len(words) == 0 {
		return nil, domain.E("e.cmd.usage", domain.Text{ZH: "用法：calc [-fix N] EXPRESSION", EN: "calc [-fix N] EXPRESSION"})
	}
	eval, err := parseCalc(p, words)
	if err != nil {
		return nil, err
	}
	return func(c *shell.Call) error {
		n, err := eval(c)
		if err != nil {
			return err
		}
		_, err = io.WriteString(c.Out, decimal(n, places)+"\n")
		return err
	}, nil
}

// decimal is a number with so many places; with places < 0 as many as it takes.
func decimal(n *big.Rat, places int) string {
	switch {
	case places >= 0:
		return strings.TrimPrefix(n.FloatString(places), negativeZero(n, places))
	case n.IsInt():
		return n.Num().String()
	}
	s := strings.TrimRight(strings.TrimRight(n.FloatString(maxPlaces), "0"), ".")
	if s == "-0" {
		return "0"
	}
	return s
}

// negativeZero is the sign to take off a number that is rounded to zero.
func negativeZero(n *big.Rat, places int) string {
	if n.Sign() < 0 && strings.Trim(n.FloatString(places), "-0.") == "" {
		return "-"
	}
	return ""
}
