package www

import (
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// homeRegion is where a phone number without a country's prefix is.
const homeRegion = "CN"

// normalPhone is a phone number as it is stored and looked for: the national
// digits of a Chinese one, E.164 with its + of any other, so that +86 139 0000
// 0001, 0086-139… and 139… are one account. It reports whether s is one: what
// libphonenumber knows, or else 5 to 15 digits (E.164), with blanks, dashes, dots and
// brackets aside.
func normalPhone(s string) (string, bool) {
	text, ok := plainPhone(s)
	if !ok {
		return "", false
	}
	num, err := phonenumbers.Parse(text, homeRegion)
	if err != nil || !phonenumbers.IsValidNumber(num) {
		return text, true
	}
	if num.GetCountryCode() == 86 {
		return phonenumbers.GetNationalSignificantNumber(num), true
	}
	return phonenumbers.Format(num, phonenumbers.E164), true
}

// plainPhone is a phone number as it was typed: its digits, with a leading + for a
// country's prefix other than +86.
func plainPhone(s string) (string, bool) {
	var b strings.Builder
	for i, r := range normalName(s) {
		switch {
		case r >= '0' && r <= '9', r == '+' && i == 0:
			b.WriteRune(r)
		case r == '-' || r == '.' || r == '(' || r == ')' || unicode.IsSpace(r):
		default:
			return "", false
		}
	}
	text := b.String()
	if rest, ok := strings.CutPrefix(text, "00"); ok && len(rest) > 8 {
		text = "+" + rest
	}
	text = strings.TrimPrefix(text, "+86")
	digits := strings.TrimPrefix(text, "+")
	return text, len(digits) >= 5 && len(digits) <= 15
}

// international is a normal phone number in E.164, with its +.
func international(phone string) string {
	if strings.HasPrefix(phone, "+") {
		return phone
	}
	return "+86" + phone
}

// isCallable reports whether a message could be sent to a normal phone number: a short
// number of a country's own is none, nor one whose calls make money for somebody.
func isCallable(phone string) bool {
	num, err := phonenumbers.Parse(phone, homeRegion)
	if err != nil || phonenumbers.IsPossibleNumberWithReason(num) != phonenumbers.IS_POSSIBLE {
		return false
	}
	switch phonenumbers.GetNumberType(num) {
	case phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST, phonenumbers.UAN, phonenumbers.PAGER, phonenumbers.VOICEMAIL:
		return false
	}
	return true
}
