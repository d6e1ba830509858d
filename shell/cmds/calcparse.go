package cmds

import (
	"math/big"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/shell/syntax"
)

// The expression is parsed once, at load; a placeholder is a hole for one number.
//
//	sum     = product { ("+" | "-") product }
//	product = unary { ("*" | "/" | "%") unary }
//	unary   = { "-" } power
//	power   = primary [ "^" unary ]
//	primary = number | hole | name "(" sum { "," sum } ")" | "(" sum ")"

// eval gives a number in one run.
type eval func(*shell.Call) (*big.Rat, error)

// calcToken is a number, a name, an operator, or a hole (arg >= 0).
type calcToken struct {
	text string
	arg  int
}

type calcParser struct {
	tokens []calcToken
	depth  int
}

func parseCalc(p *shell.Prep, words []*syntax.Word) (eval, error) {
	c := &calcParser{}
	for _, w := range words {
		for _, piece := range w.Pieces {
			if l, ok := piece.(*syntax.Lit); ok {
				if err := c.lex(l.Text); err != nil {
					return nil, err
				}
				continue
			}
			hole := &syntax.Word{Pos: piece.Position(), Pieces: []syntax.Piece{piece}}
			c.tokens = append(c.tokens, calcToken{arg: p.Arg(hole, shell.Text)})
		}
	}
	e, err := c.sum()
	if err == nil && len(c.tokens) > 0 {
		err = c.unexpected()
	}
	return e, err
}

func badCalc(what ...any) error { return domain.E("e.cmd.arg", what...) }

func (c *calcParser) lex(s string) error {
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		n := 1
		switch b := s[0]; {
		case strings.IndexByte("+-*/%^(),", b) >= 0:
		case isDigit(b) || b == '.':
			for n < len(s) && (isDigit(s[n]) || s[n] == '.') {
				n++
			}
		case b >= 'a' && b <= 'z':
			for n < len(s) && s[n] >= 'a' && s[n] <= 'z' {
				n++
			}
		default:
			return badCalc(domain.Textf("表达式中不能有：%v", "not part of an expression: %v", quoted(s)))
		}
		c.tokens = append(c.tokens, calcToken{s[:n], -1})
		s = s[n:]
	}
	return nil
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// take takes the next token when it is one of the operators.
func (c *calcParser) take(operators string) string {
	if len(c.tokens) == 0 || c.tokens[0].arg >= 0 || len(c.tokens[0].text) != 1 || !strings.Contains(operators, c.tokens[0].text) {
		return ""
	}
	op := c.tokens[0].text
	c.tokens = c.tokens[1:]
	return op
}

func (c *calcParser) unexpected() error {
	if len(c.tokens) == 0 {
		return badCalc(domain.Text{ZH: "表达式过早结束", EN: "the expression ends too early"})
	}
	if c.tokens[0].arg >= 0 {
		return badCalc(domain.Text{ZH: "占位符前缺少运算符", EN: "an operator is missing before a placeholder"})
	}
	return badCalc(domain.Textf("表达式中多出：%v", "unexpected in an expression: %v", quoted(c.tokens[0].text)))
}

func (c *calcParser) sum() (eval, error)     { return c.chain("+-", c.product) }
func (c *calcParser) product() (eval, error) { return c.chain("*/%", c.unary) }

// chain parses operators of one rank, from left to right.
func (c *calcParser) chain(ops string, operand func() (eval, error)) (eval, error) {
	left, err := operand()
	if err != nil {
		return nil, err
	}
	for op := c.take(ops); op != ""; op = c.take(ops) {
		right, err := operand()
		if err != nil {
			return nil, err
		}
		left = operator(op, left, right)
	}
	return left, nil
}

func (c *calcParser) power() (eval, error) {
	base, err := c.primary()
	if err != nil || c.take("^") == "" {
		return base, err
	}
	exp, err := c.unary()
	return operator("^", base, exp), err
}

// maxNesting bounds the depth of an expression.
const maxNesting = 200

func (c *calcParser) unary() (eval, error) {
	if c.depth++; c.depth > maxNesting {
		return nil, badCalc(domain.Text{ZH: "表达式的嵌套过深", EN: "the expression is too deep"})
	}
	defer func() { c.depth-- }()
	if c.take("-") == "" {
		return c.power()
	}
	e, err := c.unary()
	return func(call *shell.Call) (*big.Rat, error) {
		n, err := e(call)
		if err != nil {
			return nil, err
		}
		return new(big.Rat).Neg(n), nil
	}, err
}

func (c *calcParser) primary() (eval, error) {
	if c.take("(") != "" {
		e, err := c.sum()
		if err == nil && c.take(")") == "" {
			err = c.unexpected()
		}
		return e, err
	}
	if len(c.tokens) == 0 {
		return nil, c.unexpected()
	}
	t := c.tokens[0]
	switch {
	case t.arg >= 0:
		c.tokens = c.tokens[1:]
		return hole(t.arg), nil
	case isDigit(t.text[0]) || t.text[0] == '.':
		c.tokens = c.tokens[1:]
		n, err := parseNumber(t.text)
		return func(*shell.Call) (*big.Rat, error) { return n, nil }, err
	case t.text[0] >= 'a' && t.text[0] <= 'z':
		c.tokens = c.tokens[1:]
		return c.function(t.text)
	}
	return nil, c.unexpected()
}

func (c *calcParser) function(name string) (eval, error) {
	f, ok := calcFunction(name)
	if !ok {
		return nil, badCalc(domain.Textf("没有这个函数：%v", "no such function: %v", name))
	}
	if c.take("(") == "" {
		return nil, c.unexpected()
	}
	var args []eval
	for {
		e, err := c.sum()
		if err != nil {
			return nil, err
		}
		args = append(args, e)
		if c.take(",") == "" {
			break
		}
	}
	if c.take(")") == "" {
		return nil, c.unexpected()
	}
	if len(args) < f.min || f.max > 0 && len(args) > f.max {
		return nil, badCalc(domain.Textf("%v 的参数个数不对", "%v takes another number of arguments", name))
	}
	return f.call(args), nil
}

// hole is a placeholder's number.
func hole(arg int) eval {
	return func(c *shell.Call) (*big.Rat, error) { return parseNumber(strings.TrimSpace(c.Arg(arg).Text())) }
}

// parseNumber reads a decimal number of at most 100 digits.
func parseNumber(s string) (*big.Rat, error) {
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || len(s) > 100 || strings.Trim(digits, "0123456789.") != "" || strings.Trim(digits, ".") == "" {
		return nil, badCalc(domain.Textf("不是数字：%v", "not a number: %v", quoted(s[:min(len(s), 40)])))
	}
	n, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil, badCalc(domain.Textf("不是数字：%v", "not a number: %v", quoted(s)))
	}
	return n, nil
}
