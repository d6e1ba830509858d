package thingset

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

// fieldRule is what thing.json asks of one field. A field that is absent or
// null passes all but notNull.
type fieldRule struct {
	key       string
	trim      bool
	notNull   bool
	minLength *int // in characters
	maxLength *int
	ranges    map[string]*Matcher // intRange, dateRange
	regex     *regexp.Regexp      // finds anywhere; anchor it with ^ and $
	enum      []string
}

// ruleDoc is `validate` as it is written.
type ruleDoc struct {
	Trim      bool   `json:"trim"`
	NotNull   bool   `json:"notNull"`
	MinLength *int   `json:"minLength"`
	MaxLength *int   `json:"maxLength"`
	IntRange  string `json:"intRange"`
	DateRange string `json:"dateRange"`
	Regex     string `json:"regex"`
	Enum      []any  `json:"enum"`
}

func parseRule(key string, raw json.RawMessage) (r fieldRule, err error) {
	if !validPath(key) {
		return r, fmt.Errorf("fields: %q is no key path", key)
	}
	var doc ruleDoc
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &doc); err != nil {
			return r, fmt.Errorf("fields: %s: validate has a member of the wrong type", key)
		}
	}
	r = fieldRule{key: key, trim: doc.Trim, notNull: doc.NotNull, minLength: doc.MinLength, maxLength: doc.MaxLength, ranges: map[string]*Matcher{}}
	if doc.Regex != "" {
		if r.regex, err = regexp.Compile(doc.Regex); err != nil {
			return r, fmt.Errorf("fields: %s: %w", key, err)
		}
	}
	for _, v := range doc.Enum {
		r.enum = append(r.enum, fmt.Sprint(v))
	}
	for name, text := range map[string]string{"intRange": doc.IntRange, "dateRange": doc.DateRange} {
		if text == "" {
			continue
		}
		if r.ranges[name], err = ParseMatch(`{"v":` + string(relaxed.AppendString(nil, text)) + `}`); err != nil {
			return r, fmt.Errorf("fields: %s: %s: %w", key, name, err)
		}
	}
	return r, nil
}

// check holds a value against the rule: e.thing.fld.<check>.
func (r *fieldRule) check(v gjson.Result) error {
	text := v.String()
	if v.Type == gjson.Null || r.trim && strings.TrimSpace(text) == "" && v.Type == gjson.String {
		if r.notNull {
			return domain.E("e.thing.fld.notNull", r.key)
		}
		return nil
	}
	if r.trim {
		text = strings.TrimSpace(text)
	}
	n := utf8.RuneCountInString(text)
	switch {
	case r.minLength != nil && n < *r.minLength:
		return domain.E("e.thing.fld.minLength", r.key, *r.minLength)
	case r.maxLength != nil && n > *r.maxLength:
		return domain.E("e.thing.fld.maxLength", r.key, *r.maxLength)
	case r.regex != nil && text != "" && !r.regex.MatchString(text):
		return domain.E("e.thing.fld.regex", r.key)
	case len(r.enum) > 0 && !slices.Contains(r.enum, text):
		return domain.E("e.thing.fld.enum", r.key)
	}
	for name, m := range r.ranges {
		if !m.Match([]byte(`{"v":` + v.Raw + `}`)) {
			return domain.E("e.thing.fld."+name, r.key)
		}
	}
	return nil
}
