package cmds

import (
	"github.com/caryahq/carya/domain"
	"math/big"

	"github.com/caryahq/carya/shell"
)

// maxBits bounds the numbers of a calculation.
const maxBits = 4096

// operator is an operator between two numbers.
func operator(op string, left, right eval) eval {
	return func(c *shell.Call) (*big.Rat, error) {
		a, err := left(c)
		if err != nil {
			return nil, err
		}
		b, err := right(c)
		if err != nil {
			return nil, err
		}
		return bounds(operate(op, a, b))
	}
}

func operate(op string, a, b *big.Rat) (*big.Rat, error) {
	out := new(big.Rat)
	switch {
	case op == "+":
		return out.Add(a, b), nil
	case op == "-":
		return out.Sub(a, b), nil
	case op == "*":
		return out.Mul(a, b), nil
	case op == "^":
		return raise(a, b)
	case b.Sign() == 0:
		return nil, badCalc(domain.Text{ZH: "除数为零", EN: "division by zero"})
	case op == "/":
		return out.Quo(a, b), nil
	}
	// a % b has the sign of a, as in Go and JavaScript
	whole := new(big.Rat).SetInt(trunc(out.Quo(a, b)))
	return new(big.Rat).Sub(a, whole.Mul(whole, b)), nil
}

// raise is a to a whole power.
func raise(a, b *big.Rat) (*big.Rat, error) {
	if !b.IsInt() || !b.Num().IsInt64() {
		return nil, badCalc(domain.Text{ZH: "指数必须是整数", EN: "a power must be a whole number"})
	}
	n := b.Num().Int64()
	size := max(a.Num().BitLen(), a.Denom().BitLen())
	if n > maxBits || n < -maxBits || int64(size)*max(n, -n) > 2*maxBits {
		return nil, badCalc(domain.Text{ZH: "数字过大", EN: "the number is too large"})
	}
	e := big.NewInt(max(n, -n))
	out := new(big.Rat).SetFrac(new(big.Int).Exp(a.Num(), e, nil), new(big.Int).Exp(a.Denom(), e, nil))
	if n >= 0 {
		return out, nil
	}
	if out.Sign() == 0 {
		return nil, badCalc(domain.Text{ZH: "除数为零", EN: "division by zero"})
	}
	return out.Inv(out), nil
}

func bounds(n *big.Rat, err error) (*big.Rat, error) {
	if err == nil && max(n.Num().BitLen(), n.Denom().BitLen()) > maxBits {
		return nil, badCalc(domain.Text{ZH: "数字过大", EN: "the number is too large"})
	}
	return n, err
}

func trunc(n *big.Rat) *big.Int { return new(big.Int).Quo(n.Num(), n.Denom()) }

// floorOf is the largest whole number that is not above n.
func floorOf(n *big.Rat) *big.Int { return new(big.Int).Div(n.Num(), n.Denom()) }

// function is a function of an expression; max 0 takes any number of arguments.
type function struct {
	min, max int
	apply    func(args []*big.Rat) (*big.Rat, error)
}

func calcFunction(name string) (function, bool) {
	switch name {
	case "abs":
		return single(func(n *big.Rat) *big.Rat { return new(big.Rat).Abs(n) }), true
	case "floor":
		return single(func(n *big.Rat) *big.Rat { return new(big.Rat).SetInt(floorOf(n)) }), true
	case "ceil":
		return single(func(n *big.Rat) *big.Rat {
			n = new(big.Rat).SetInt(floorOf(new(big.Rat).Neg(n)))
			return n.Neg(n)
		}), true
	case "round":
		return function{1, 2, round}, true
	case "min":
		return function{1, 0, pick(-1)}, true
	case "max":
		return function{1, 0, pick(1)}, true
	}
	return function{}, false
}

func single(f func(*big.Rat) *big.Rat) function {
	return function{1, 1, func(args []*big.Rat) (*big.Rat, error) { return f(args[0]), nil }}
}

// round rounds half away from zero, to whole numbers or so many places.
func round(args []*big.Rat) (*big.Rat, error) {
	places := 0
	if len(args) == 2 {
		if !args[1].IsInt() || args[1].Sign() < 0 || args[1].Num().Cmp(big.NewInt(maxPlaces)) > 0 {
			return nil, badCalc(domain.Textf("round 的位数是 0 到 %v", "round takes 0 to %v places", maxPlaces))
		}
		places = int(args[1].Num().Int64())
	}
	n, _ := new(big.Rat).SetString(args[0].FloatString(places))
	return n, nil
}

func pick(sign int) func([]*big.Rat) (*big.Rat, error) {
	return func(args []*big.Rat) (*big.Rat, error) {
		best := args[0]
		for _, a := range args[1:] {
			if a.Cmp(best) == sign {
				best = a
			}
		}
		return best, nil
	}
}

// call is the function applied to expressions.
func (f function) call(args []eval) eval {
	return func(c *shell.Call) (*big.Rat, error) {
		values := make([]*big.Rat, len(args))
		for i, e := range args {
			var err error
			if values[i], err = e(c); err != nil {
				return nil, err
			}
		}
		return bounds(f.apply(values))
	}
}
