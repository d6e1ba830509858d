package cmds

import (
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

func date() *shell.Command {
	return &shell.Command{
		Name:   "date",
		Manual: manual("date"),
		Params: []shell.Param{{
			Name: "WHEN", Optional: true,
			Help: both("Unix milliseconds or an ISO date; without it, now", "Unix 毫秒或 ISO 日期，不给则为现在"),
		}},
		Options: []shell.Option{
			option("fmt", "PATTERN", shell.Text, "yyyy-MM-dd HH:mm:ss", "格式，如 yyyy-MM-dd HH:mm:ss"),
			flag("ms", "as Unix milliseconds", "输出 Unix 毫秒"),
			flag("s", "as Unix seconds", "输出 Unix 秒"),
			option("add", "DURATION", shell.Duration, "so much later: 90s, 5m, 2h, 7d", "往后推：90s、5m、2h、7d"),
			option("sub", "DURATION", shell.Duration, "so much earlier", "往前推"),
			option("tz", "ZONE", shell.Text, "in a time zone: Asia/Shanghai, UTC", "时区：Asia/Shanghai、UTC"),
		},
		Run: runDate,
	}
}

func runDate(c *shell.Call) error {
	t, err := moment(c)
	if err != nil {
		return err
	}
	text := t.Format("2006-01-02T15:04:05.000Z07:00")
	switch {
	case c.Has("ms"):
		text = strconv.FormatInt(t.UnixMilli(), 10)
	case c.Has("s"):
		text = strconv.FormatInt(t.Unix(), 10)
	case c.Has("fmt"):
		pattern, err := shell.DatePattern(c.Opt("fmt").Text())
		if err != nil {
			return err
		}
		text = pattern(t)
	}
	_, err = io.WriteString(c.Out, text+"\n")
	return err
}

// moment is the time that the words name.
func moment(c *shell.Call) (time.Time, error) {
	zone := time.Local
	if c.Has("tz") {
		var err error
		if zone, err = time.LoadLocation(c.Opt("tz").Text()); err != nil {
			return time.Time{}, domain.E("e.cmd.arg", domain.Textf("没有这个时区：%v", "no such time zone: %v", quoted(c.Opt("tz").Text())))
		}
	}
	t := time.Now()
	if when := strings.TrimSpace(c.Arg(0).Text()); when != "" && when != "now" {
		var ok bool
		if t, ok = parseWhen(when, zone); !ok {
			return t, domain.E("e.cmd.arg", domain.Textf("既不是毫秒数也不是日期：%v", "neither milliseconds nor a date: %v", quoted(when)))
		}
	}
	for name, sign := range map[string]time.Duration{"add": 1, "sub": -1} {
		if !c.Has(name) {
			continue
		}
		d, err := c.Opt(name).Duration()
		if err != nil {
			return t, err
		}
		t = t.Add(sign * d)
	}
	return t.In(zone), nil
}

// parseWhen reads a time; a date without offset is in the zone.
func parseWhen(s string, zone *time.Location) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, true
		}
	}
	return shell.ParseTime(s)
}
