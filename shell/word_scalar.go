package shell

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/caryahq/carya/domain"
)

// parseScalar reads a literal Int, Duration or Header.
func (w *word) parseScalar() (err error) {
	switch {
	case w.typ == Header:
		for _, p := range w.pieces {
			if err := CheckHeader(p.text); err != nil {
				return err
			}
		}
	case !w.literal():
	case w.typ == Int:
		w.num, err = parseInt(w.text)
	default:
		w.dur, err = parseDuration(w.text)
	}
	return err
}

func parseInt(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, domain.E("e.cmd.arg", domain.Textf("不是整数：%v", "not a whole number: %v", shown(s)))
	}
	return n, nil
}

// parseDuration reads 90s, 5m, 2h, 1h30m (time.ParseDuration), days as 7d, or
// seconds. A duration is never negative.
func parseDuration(s string) (time.Duration, error) {
	unit := time.Second
	digits, isDays := strings.CutSuffix(s, "d")
	if isDays {
		unit = 24 * time.Hour
	}
	if n, err := strconv.ParseFloat(digits, 64); err == nil {
		if n >= 0 && n <= float64(math.MaxInt64/int64(unit)) {
			return time.Duration(n * float64(unit)), nil
		}
	} else if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return d, nil
	}
	return 0, domain.E("e.cmd.arg", domain.Textf("不是时长（90s、5m、2h、7d 或秒数）：%v", "not a duration (90s, 5m, 2h, 7d, or seconds): %v", shown(s)))
}

// CheckHeader refuses what cannot stand in a header's value (RFC 9110, 5.5): line
// ends and other control characters but the tab.
func CheckHeader(s string) error {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return domain.E("e.cmd.arg", domain.Text{ZH: "请求头的值只能是一行，不含控制字符", EN: "a header value is one line, without control characters"})
		}
	}
	return nil
}

// shown is a text fit for a message: short, one line, valid UTF-8.
func shown(s string) string {
	if len(s) > 80 {
		s = s[:80] + "…"
	}
	return strconv.Quote(strings.ToValidUTF8(s, "?"))
}
