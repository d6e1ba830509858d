package grant

import (
	"fmt"
	"iter"
	"math"
	"strconv"
	"strings"
	"time"
)

// Shares are how much of the server one domain may hold at a time, so that none
// can take it from the others. Unbounded ("none") stands for no bound but the
// server's own.
type Shares struct {
	// Slots counts the scripts of the domain that run at once, over all its
	// endpoints; cron jobs and streams that wait do not count. Default 256 of the
	// server's 2,048.
	Slots int64

	// Body counts the bytes of memory that request bodies of the domain, and what
	// is parsed of them, take at once, and what the scripts of its requests hold:
	// words, captured output, variables, what commands read whole. Default 256 MiB.
	Body int64

	// Disk counts the bytes of request bodies that wait on disk, and of workbooks
	// (XLSX) that requests import and export. The files in the
	// domain's folder are measured (/metrics), not bounded. Default: unbounded.
	Disk int64

	// Streams counts the open streams of events (http-sse). Default 256 of the
	// server's 1,024.
	Streams int64

	// Cron is how much running time the domain's jobs may take within an hour,
	// added up over those that run at once. Default 1h: one job at work all the time.
	Cron time.Duration
}

// Unbounded is a share without a bound; every comparison with it holds.
const Unbounded = math.MaxInt64

// DefaultShares is what counts where operator.json says nothing.
func DefaultShares() Shares {
	return Shares{Slots: 256, Body: 256 << 20, Disk: Unbounded, Streams: 256, Cron: time.Hour}
}

// share is one of the shares: how its value is read and where it is kept.
type share struct {
	name  string
	least int64 // a value below is a unit that was forgotten
	unit  func(text string) (int64, bool)
	write func(n int64) string
	at    func(*Shares) *int64
}

// shareList is every share, in the order in which they are told.
func shareList() []share {
	return []share{
		{"slots", 1, parseCount, writeCount, func(s *Shares) *int64 { return &s.Slots }},
		{"body", 1 << 20, parseSize, writeSize, func(s *Shares) *int64 { return &s.Body }},
		{"disk", 1 << 20, parseSize, writeSize, func(s *Shares) *int64 { return &s.Disk }},
		{"streams", 1, parseCount, writeCount, func(s *Shares) *int64 { return &s.Streams }},
		{"cron", int64(time.Second), parseTime, writeTime, func(s *Shares) *int64 { return (*int64)(&s.Cron) }},
	}
}

func shareNamed(name string) (share, error) {
	var names []string
	for _, s := range shareList() {
		if s.name == name {
			return s, nil
		}
		names = append(names, s.name)
	}
	all := strings.Join(names, ", ")
	return share{}, fault(0, "没有份额 %v：有 %v", "there is no share %v: want one of %v", quoted(name), all)
}

// parse reads a share's value: "none" is Unbounded, nothing is 0.
func (s share) parse(text string) (int64, error) {
	text = strings.TrimSpace(text)
	if text == "none" {
		return Unbounded, nil
	}
	n, ok := s.unit(text)
	if !ok || n < s.least {
		like := Shares{Slots: 64, Body: 64 << 20, Disk: 10 << 30, Streams: 100, Cron: 10 * time.Minute}
		example := s.write(*s.at(&like))
		return 0, fault(0, "%v 不是 %v 的份额：如 %v，或 none 表示不限", "%v is no share of %v: want a value like %v, or none for no bound", quoted(text), s.name, example)
	}
	return n, nil
}

// text is a share's value as parse reads it.
func (s share) text(n int64) string {
	if n == Unbounded {
		return "none"
	}
	return s.write(n)
}

// Each walks the shares that have a bound, by name: bytes, counts, and of cron seconds.
func (s Shares) Each() iter.Seq2[string, int64] {
	return func(yield func(string, int64) bool) {
		for _, k := range shareList() {
			n := *k.at(&s)
			if k.name == "cron" && n != Unbounded {
				n /= int64(time.Second)
			}
			if n != Unbounded && !yield(k.name, n) {
				return
			}
		}
	}
}

// String is all shares, KEY=VALUE each.
func (s Shares) String() string {
	var out []string
	for _, k := range shareList() {
		out = append(out, k.name+"="+k.text(*k.at(&s)))
	}
	return strings.Join(out, " ")
}

func parseCount(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 32)
	return n, err == nil
}

func writeCount(n int64) string { return strconv.FormatInt(n, 10) }

// sizeUnits are the units of sizes, as people write them: K and KB are 1,024 as
// KiB is.
var sizeUnits = [...]string{"KiB", "MiB", "GiB", "TiB"} // never changed

// parseSize reads 1048576, 512KiB, 64M, 10GB.
func parseSize(text string) (int64, bool) {
	digits := strings.TrimRight(text, "KMGTiBkmgtb ")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 {
		return 0, false
	}
	unit := strings.ToUpper(strings.TrimSpace(text[len(digits):]))
	if unit == "" || unit == "B" {
		return n, true
	}
	for i, u := range sizeUnits {
		if shift := 10 * (i + 1); unit == strings.ToUpper(u) || unit == u[:1] || unit == u[:1]+"B" {
			return n << shift, n<<shift>>shift == n
		}
	}
	return 0, false
}

func writeSize(n int64) string {
	for i := len(sizeUnits) - 1; i >= 0; i-- {
		if shift := 10 * (i + 1); n>>shift<<shift == n && n > 0 {
			return strconv.FormatInt(n>>shift, 10) + sizeUnits[i]
		}
	}
	return strconv.FormatInt(n, 10)
}

func parseTime(text string) (int64, bool) {
	d, err := time.ParseDuration(text)
	return int64(d), err == nil
}

func writeTime(n int64) string {
	d := time.Duration(n)
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if d%u.unit == 0 {
			return fmt.Sprintf("%d%s", d/u.unit, u.name)
		}
	}
	return d.String()
}
