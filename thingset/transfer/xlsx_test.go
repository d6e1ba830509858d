package transfer

import (
	"fmt"
	"testing"
)

// largest notes the longest of the pieces in which something is written.
type largest struct{ most, all int }

func (l *largest) Write(p []byte) (int, error) {
	l.most, l.all = max(l.most, len(p)), l.all+len(p)
	return len(p), nil
}

// A workbook goes to where it is written piece by piece; nobody holds all of it.
func TestAWorkbookIsWrittenInPieces(t *testing.T) {
	t.Parallel()
	var to largest
	w, err := NewWriter(XLSX, &to, []Column{{Path: "id"}, {Path: "n", Type: "number"}}, Room{})
	for i := 0; err == nil && i < 20_000; i++ {
		err = w.Write(fmt.Appendf(nil, `{"id":"thing %d","n":%d}`, i*7919, i))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil || to.all < 200_000 || to.most > 64<<10 {
		t.Errorf("%d bytes, at most %d at once: %v", to.all, to.most, err)
	}
}
