package thingset

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/pattern"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"
)

// rule is what fields says of a key. What is absent, or null, breaks no rule but
// notNull.
type rule struct {
	key                 string
	guard               string // a permission, or GuardOwner; "" is none
	trim                bool   // takes blanks from the ends of a text
	notNull             bool   // there, and not the empty text
	minLen, maxLen      int    // of a text in characters, of a list in items; -1 is none
	ints, dates         *interval
	regex               *pattern.Regexp // finds something in the text
	enum                []string        // the texts of what it may be
	intsText, datesText string          // the ranges, for messages
}

// top is the member of a thing in which the key lies.
func (r *rule) top() string {
	name, _, _ := strings.Cut(r.key, ".")
	return name
}

// clean is the thing with the key's blanks trimmed.
func (r *rule) clean(doc []byte) ([]byte, error) {
	if !r.trim {
		return doc, nil
	}
	v := Field(doc, r.key)
	short := strings.TrimSpace(v.Str)
	if v.Type != gjson.String || short == v.Str {
		return doc, nil
	}
	out, err := sjson.SetRawBytes(doc, escapePath(r.key), relaxed.AppendString(nil, short))
	if err != nil {
		return nil, domain.Wrap(err, "e.internal", domain.Textf("修整 %v", "trim %v", r.key))
	}
	return out, nil
}

func (r *rule) check(doc []byte) error {
	v := Field(doc, r.key)
	if v.Type == gjson.Null || r.notNull && v.Type == gjson.String && v.Str == "" {
		if r.notNull {
			return r.fail("notNull", "")
		}
		return nil
	}
	switch n := length(v); {
	case r.minLen >= 0 && n < r.minLen:
		return r.fail("minLength", domain.Textf("至少 %d", "at least %d", r.minLen))
	case r.maxLen >= 0 && n > r.maxLen:
		return r.fail("maxLength", domain.Textf("最多 %d", "at most %d", r.maxLen))
	case r.ints != nil && !(isWhole(v) && r.ints.is(nil, v)):
		return r.fail("intRange", r.intsText)
	case r.dates != nil && !r.dates.is(nil, v):
		return r.fail("dateRange", r.datesText)
	case r.regex != nil && !r.found(v):
		return r.fail("regex", r.regex)
	case r.enum != nil && !r.listed(v):
		return r.fail("enum", strings.Join(r.enum, ", "))
	}
	return nil
}

// found reports whether the expression finds something. A text that takes a second to look
// through counts as one in which it does not.
func (r *rule) found(v gjson.Result) bool {
	if !isScalar(v) {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	found, err := r.regex.MatchString(ctx, scalarText(v))
	return err == nil && found
}

func (r *rule) fail(check string, detail ...any) error {
	return domain.E("e.thing.fld."+check, append([]any{r.key}, detail...)...).With(r.key)
}

// listed holds for a value of enum, and for a list of such.
func (r *rule) listed(v gjson.Result) bool {
	if !v.IsArray() {
		return isScalar(v) && slices.Contains(r.enum, scalarText(v))
	}
	all := true
	v.ForEach(func(_, item gjson.Result) bool {
		all = isScalar(item) && slices.Contains(r.enum, scalarText(item))
		return all
	})
	return all
}

func length(v gjson.Result) int {
	if v.Type != gjson.JSON {
		return utf8.RuneCountInString(scalarText(v))
	}
	n := 0
	v.ForEach(func(_, _ gjson.Result) bool { n++; return true })
	return n
}

// isWhole holds for a whole number and its text.
func isWhole(v gjson.Result) bool {
	f, ok := v.Num, v.Type == gjson.Number
	if v.Type == gjson.String {
		f, ok = parseNumber(v.Str)
	}
	return ok && f == math.Trunc(f)
}
