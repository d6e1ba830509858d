package cmds

import (
	"crypto/md5"
	"io"
	"strings"
	"testing"
)

// A copy of a few bytes takes no buffer of its own: most garbage of a server under attack
// was such buffers.
func TestSmallCopiesShareTheirBuffer(t *testing.T) {
	in, sum := strings.NewReader(""), md5.New()
	if n := testing.AllocsPerRun(100, func() {
		in.Reset("1")
		if err := copyTo(sum, struct{ io.Reader }{in}); err != nil {
			t.Fatal(err)
		}
	}); n > 1 { // the reader's wrap
		t.Errorf("%v allocations", n)
	}
}
