package regapi

import (
	"strconv"
	"strings"

	"github.com/caryahq/carya/domain"
)

// acceptLang picks the language of messages from Accept-Language: the one of
// ours that is wanted most, "" when none is.
func acceptLang(header []string) domain.Lang {
	zh, en := 0.0, 0.0
	for _, h := range header {
		for item := range strings.SplitSeq(h, ",") {
			tag, param, _ := strings.Cut(item, ";")
			tag = strings.TrimSpace(tag)
			switch q := weight(param); {
			case isLang(tag, "zh"):
				zh = max(zh, q)
			case isLang(tag, "en"):
				en = max(en, q)
			}
		}
	}
	switch {
	case en > zh:
		return domain.EN
	case zh > 0:
		return domain.ZH
	}
	return ""
}

// speak is the language of a request that asks for none: the domain's.
func (c *call) speak() {
	if c.lang == "" && c.d != nil {
		c.lang = c.d.Config().Lang
	}
}

func isLang(tag, primary string) bool {
	if len(tag) < 2 || !strings.EqualFold(tag[:2], primary) {
		return false
	}
	return len(tag) == 2 || tag[2] == '-' || tag[2] == '_'
}

// weight is the q of an item, 1 when it has none.
func weight(param string) float64 {
	v, ok := strings.CutPrefix(strings.TrimSpace(param), "q=")
	if !ok {
		return 1
	}
	q, err := strconv.ParseFloat(v, 64)
	if err != nil || q < 0 || q > 1 {
		return 0
	}
	return q
}
