// Package progress shows a person at a terminal how far a long work has come:
// one line that is written over, with rate and time left.
package progress

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/caryahq/carya/domain"
)

// pause is the least time between two pictures.
const pause = 100 * time.Millisecond

// Bar is the line. One goroutine uses it; its nil does nothing, so that who has
// no terminal needs no bar.
type Bar struct {
	w       io.Writer
	columns int
	now     func() time.Time

	began, drawn time.Time
	shown        bool
}

// New begins a bar on a terminal of so many columns; nil when there is none.
func New(w io.Writer, columns int) *Bar { return newBar(w, columns, time.Now) }

func newBar(w io.Writer, columns int, now func() time.Time) *Bar {
	if w == nil || columns <= 0 {
		return nil
	}
	return &Bar{w: w, columns: columns, now: now, began: now()}
}

// Step is how far the work has come. Done of Total (0: unknown) measure it, in
// bytes say; Count things are done, which Unit names.
type Step struct {
	Done, Total int64
	Count       int
	Unit        domain.Text
}

// Show draws the line, unless it was drawn a moment ago.
func (b *Bar) Show(s Step, l domain.Lang) {
	if b == nil || b.shown && b.now().Sub(b.drawn) < pause {
		return
	}
	b.draw(s, l)
}

func (b *Bar) draw(s Step, l domain.Lang) {
	b.drawn, b.shown = b.now(), true
	line := b.line(s, b.drawn.Sub(b.began), l)
	if r := []rune(line); len(r) >= b.columns {
		line = string(r[:max(b.columns-1, 0)])
	}
	fmt.Fprint(b.w, "\r"+line+"\x1b[K")
}

// Clear takes the line away, so that another text can be written; the next Show
// draws it again.
func (b *Bar) Clear() {
	if b != nil && b.shown {
		fmt.Fprint(b.w, "\r\x1b[K")
		b.shown = false
	}
}

// Done leaves the line as it is at the end, and goes to the next one.
func (b *Bar) Done(s Step, l domain.Lang) {
	if b != nil {
		b.draw(s, l)
		fmt.Fprintln(b.w)
		b.shown = false
	}
}

// line is [#####.....] 45%  450,000 rows  31,200/s  17s left.
func (b *Bar) line(s Step, took time.Duration, l domain.Lang) string {
	var out strings.Builder
	part := 0.0
	if s.Total > 0 {
		part = min(float64(s.Done)/float64(s.Total), 1)
		out.WriteString(picture(part, min(30, b.columns/3)) + fmt.Sprintf(" %3.0f%%  ", part*100))
	}
	fmt.Fprintf(&out, "%s %s", grouped(s.Count), s.Unit.In(l))
	if secs := took.Seconds(); secs >= 0.2 {
		fmt.Fprintf(&out, "  %s/s", grouped(int(float64(s.Count)/secs)))
		if part > 0 && part < 1 {
			left := time.Duration(float64(took) * (1 - part) / part).Round(time.Second)
			fmt.Fprintf(&out, "  %s %s", domain.Text{ZH: "剩余", EN: "left"}.In(l), left)
		}
	}
	return out.String()
}

func picture(part float64, width int) string {
	full := int(part * float64(width))
	return "[" + strings.Repeat("#", full) + strings.Repeat(".", width-full) + "]"
}

// grouped is 1,234,567.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
