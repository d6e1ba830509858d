package thingset

import (
	"context"
	"math/big"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
)

// UpdateAdding is Update that also adds the numbers of by, a JSON object, to
// members of the thing: exactly, and none is lost when many add at once. A member
// that is absent or null counts as 0; one that is no number is e.cmd.arg. Nil by
// adds nothing.
func (s *Set) UpdateAdding(ctx context.Context, id string, patch, by []byte) (Record, error) {
	ms, add, err := s.patchAndAdd(patch, by)
	if err != nil {
		return Record{}, err
	}
	if _, err := s.Get(ctx, id); err != nil {
		return Record{}, err
	}
	s.guard(ms)
	return s.merge(ctx, id, ms, add...)
}

// patchAndAdd reads both objects; the members to add may not be the engine's.
func (s *Set) patchAndAdd(patch, by []byte) (*members, []member, error) {
	ms, err := readMembers(patch)
	if err != nil || by == nil {
		return ms, nil, err
	}
	add, err := readMembers(by)
	if err != nil {
		return nil, nil, err
	}
	s.guard(add)
	for _, m := range add.list {
		if gjson.Parse(m.raw).Type != gjson.Number {
			return nil, nil, domain.E("e.cmd.arg", m.key, domain.Text{ZH: "要加的不是数字", EN: "is to be added and no number"})
		}
	}
	return ms, add.list, nil
}

// increase adds numbers to members and notes in changed what came of it, for the
// checks of the schema.
func (ms *members) increase(add []member, changed *members) error {
	for _, m := range add {
		raw := "0"
		switch v := ms.value(m.key); v.Type {
		case gjson.Number:
			raw = v.Raw
		case gjson.Null:
		default:
			return domain.E("e.cmd.arg", m.key, domain.Text{ZH: "不是数字", EN: "is no number"})
		}
		sum, err := sumOf(raw, m.raw)
		if err != nil {
			return err
		}
		ms.set(m.key, sum)
		changed.set(m.key, sum)
	}
	return nil
}

// maxDigits bounds a number that is added: exact sums of 1e999999999 are long.
const maxDigits = 400

// sumOf is the exact sum of two JSON numbers, as a plain decimal.
func sumOf(a, b string) (string, error) {
	sum, places := new(big.Rat), 0
	for _, n := range []string{a, b} {
		r, err := addend(n)
		if err != nil {
			return "", err
		}
		sum.Add(sum, r)
		_, frac, _ := strings.Cut(r.FloatString(maxDigits), ".")
		places = max(places, len(strings.TrimRight(frac, "0")))
	}
	text := sum.FloatString(places)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text, nil
}

func addend(n string) (*big.Rat, error) {
	mantissa, exp, _ := strings.Cut(strings.ToLower(n), "e")
	e := strings.TrimLeft(exp, "+-0")
	r := new(big.Rat)
	ok := len(mantissa) <= maxDigits/2 && (len(e) < 3 || len(e) == 3 && e[0] == '1')
	if ok {
		_, ok = r.SetString(n)
	}
	if !ok {
		return nil, domain.E("e.cmd.arg", domain.Text{ZH: "数字过长", EN: "a number is too long"})
	}
	return r, nil
}
