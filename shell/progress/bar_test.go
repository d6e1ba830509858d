package progress

import (
	"strings"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
)

func TestTheLineTellsPartRateAndTimeLeft(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	var out strings.Builder
	b := newBar(&out, 80, func() time.Time { return now })
	rows := domain.Text{ZH: "行", EN: "rows"}
	now = now.Add(10 * time.Second)
	b.Show(Step{Done: 25, Total: 100, Count: 312000, Unit: rows}, domain.EN)
	want := "\r[######....................]  25%  312,000 rows  31,200/s  left 30s\x1b[K"
	if out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
	out.Reset()
	now = now.Add(pause / 2)
	b.Show(Step{Done: 26, Total: 100}, domain.EN)
	if out.String() != "" {
		t.Errorf("it is drawn again at once: %q", out.String())
	}
	b.Clear()
	b.Done(Step{Done: 100, Total: 100, Count: 7, Unit: rows}, domain.ZH)
	if got := out.String(); !strings.HasPrefix(got, "\r\x1b[K") || !strings.Contains(got, "100%  7 行") || !strings.HasSuffix(got, "\n") {
		t.Errorf("at the end: %q", got)
	}
}

func TestWithoutATotalOrATerminal(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	none := New(&out, 0)
	none.Show(Step{}, domain.EN)
	none.Clear()
	none.Done(Step{}, domain.EN)
	b := New(&out, 8)
	b.Show(Step{Count: 1234567}, domain.EN)
	if got := out.String(); got != "\r1,234,5\x1b[K" {
		t.Errorf("%q", got)
	}
}
