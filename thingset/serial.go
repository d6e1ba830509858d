package thingset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
)

// Serial asks for a serial number.
type Serial struct {
	Name   string    // of the sequence in its set: as an id
	Format string    // see ParseSerialFormat; "" is {0}
	At     time.Time // whose date the format shows; zero is now

	// For is the id of the business that the number is for, up to 256 bytes. With it
	// the sequence has no gaps, and the same For has the same number for ever.
	// Without it a restart may leave numbers out.
	For string
}

// SerialsPath is the plain set where sequences and the numbers with a For are kept.
const SerialsPath = ".domain/seq"

const maxFor = 256

// Serial is the next number of a sequence, as text. Numbers begin with 1, and
// anew in each period that the format's date tells apart. None is given twice,
// whatever happens to the process; it is durable before it is returned.
func (s *Set) Serial(ctx context.Context, a Serial) (string, error) {
	if err := CheckID(a.Name); err != nil {
		return "", err
	}
	if len(a.For) > maxFor {
		return "", domain.E("e.cmd.arg", domain.Textf("业务标识最多 %v 字节", "an id of a business has at most %v bytes", maxFor))
	}
	if a.Format == "" {
		a.Format = "{0}"
	}
	f, err := ParseSerialFormat(a.Format)
	if err != nil {
		return "", err
	}
	if a.At.IsZero() {
		a.At = time.Now()
	}
	set, err := s.db.Plain(ctx, domain.Path(SerialsPath), Def{})
	if err != nil {
		return "", err
	}
	head, tail := f.around(a.At)
	c := s.db.serials.counter(set, s.name, a.Name, head+"{}"+tail)
	if a.For == "" {
		if n, ok := c.spare(); ok {
			return f.text(head, n, tail), nil
		}
	}
	ask := &serialAsk{done: make(chan struct{}), render: func(n uint64) string { return f.text(head, n, tail) }}
	if a.For != "" {
		ask.id, ask.owner = serialID("for", s.name, a.Name, a.For), a.For
	}
	c.ask(ask)
	select {
	case <-ask.done:
		return ask.text, ask.err
	case <-ctx.Done():
		return "", Canceled(ctx)
	}
}

// serialID is the id of a record, made of texts that may hold anything.
func serialID(parts ...string) string {
	sum := sha256.Sum256([]byte(JoinValues(parts)))
	return hex.EncodeToString(sum[:16])
}

// serialAsk is one number that somebody waits for.
type serialAsk struct {
	id, owner string // the record that keeps it, with For; else ""
	render    func(n uint64) string
	done      chan struct{}
	text      string
	err       error
}

// counters are the sequences in use of a domain.
type counters struct {
	mu   sync.Mutex
	list map[string]*counter
}

// maxCounters is from how many on those that rest are forgotten; their spare
// numbers become gaps.
const maxCounters = 1024

func (cs *counters) counter(set *Set, of, name, period string) *counter {
	id := serialID("next", of, name, period)
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if c := cs.list[id]; c != nil {
		return c
	}
	if cs.list == nil || len(cs.list) >= maxCounters {
		cs.list = map[string]*counter{}
	}
	c := &counter{set: set, id: id, of: of, name: name, period: period}
	cs.list[id] = c
	return c
}

// SerialFormat is text, date parts and one number.
type SerialFormat struct {
	parts []string // literal texts and {…}, the number's place is number
	at    int
	width int
}

// maxSerialFormat is the longest format in bytes.
const maxSerialFormat = 128

// ParseSerialFormat reads a format: text with {yyyy} {yy} {MM} {dd} {HH} for the
// date and {0000} for the number, as many digits at least as there are zeros; once.
// Anything else is e.cmd.arg.
func ParseSerialFormat(src string) (*SerialFormat, error) {
	f := &SerialFormat{at: -1}
	if len(src) > maxSerialFormat {
		return nil, domain.E("e.cmd.arg", domain.Textf("格式最多 %v 字节", "a format has at most %v bytes", maxSerialFormat))
	}
	for rest := src; rest != ""; {
		text, more, found := strings.Cut(rest, "{")
		f.parts = append(f.parts, text)
		if !found {
			break
		}
		word, after, closed := strings.Cut(more, "}")
		switch {
		case !closed:
			return nil, domain.E("e.cmd.arg", domain.Textf("{ 没有对应的 }：%v", "a { without }: %v", src))
		case word != "" && strings.Trim(word, "0") == "" && len(word) <= 18 && f.at < 0:
			f.at, f.width = len(f.parts), len(word)
		case dateLayout(word) == "":
			return nil, domain.E("e.cmd.arg", domain.Textf("格式可用 yyyy、yy、MM、dd、HH 与一个 {0000}，没有 {%v}", "a format has yyyy, yy, MM, dd, HH and one {0000}, not {%v}", word))
		}
		f.parts = append(f.parts, "{"+word+"}")
		rest = after
	}
	if f.at < 0 {
		return nil, domain.E("e.cmd.arg", domain.Textf("格式缺少序号的位置，如 {0000}：%v", "a format needs the number's place, e.g. {0000}: %v", src))
	}
	return f, nil
}

func dateLayout(word string) string {
	switch word {
	case "yyyy":
		return "2006"
	case "yy":
		return "06"
	case "MM":
		return "01"
	case "dd":
		return "02"
	case "HH":
		return "15"
	}
	return ""
}

// around is what stands before and behind the number at a time.
func (f *SerialFormat) around(t time.Time) (head, tail string) {
	var b strings.Builder
	for i, part := range f.parts {
		switch {
		case i == f.at:
			head = b.String()
			b.Reset()
		case i%2 == 1:
			b.WriteString(t.Format(dateLayout(part[1 : len(part)-1])))
		default:
			b.WriteString(part)
		}
	}
	return head, b.String()
}

// text is the serial number.
func (f *SerialFormat) text(head string, n uint64, tail string) string {
	digits := uintText(n)
	if pad := f.width - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	return head + digits + tail
}
