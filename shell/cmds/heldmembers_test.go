package cmds

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// What a command makes of a long list or object, its items, members and keys to sort by,
// counts for the domain as the text does: most of them take more than their text.
func TestWhatIsMadeOfALongTextIsHeld(t *testing.T) {
	t.Parallel()
	d, reg := fresh(t), registry()
	const n = 400_000
	members := make([]string, n)
	for i := range members {
		members[i] = `"k` + strconv.Itoa(i) + `":1`
	}
	for name, text := range map[string]string{
		"list":   "[1" + strings.Repeat(",1", n-1) + "]",
		"object": "{" + strings.Join(members, ",") + "}",
		"lines":  strings.Repeat("\n", n),
	} {
		if err := os.WriteFile(filepath.Join(d.Dir(), name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	keys := make([]string, 30)
	for i := range keys {
		keys[i] = "k" + strconv.Itoa(i) + ":1"
	}
	for line, least := range map[string]int64{
		"cat ~/list | sort -by {a:1}":                               n * (memberHeld + 24),
		"cat ~/list | sort -by '{" + strings.Join(keys, ",") + "}'": n * 30 * 24,
		"cat ~/list | json -val 0":                                  n * memberHeld,
		"cat ~/object | json -u {a:1}":                              n * memberHeld,
		"cat ~/object | run echo a":                                 n * memberHeld,
		"tail -n " + strconv.Itoa(n) + " ~/lines":                   n * lineHeld,
	} {
		script, err := reg.CompileText(line, shell.CompileOptions{})
		if err != nil {
			t.Fatal(line, err)
		}
		run := func(most int64) (peak int64, err error) {
			held := int64(0)
			err = script.Run(t.Context(), &shell.Env{Domain: d, Who: domain.Owner, Out: io.Discard, Memory: func(n int64) error {
				if held+n > most {
					return domain.E("e.busy")
				}
				held += n
				peak = max(peak, held)
				return nil
			}})
			if held != 0 {
				t.Errorf("%s: %d bytes are held afterwards", line, held)
			}
			return peak, err
		}
		if peak, err := run(1 << 40); err != nil || peak < least {
			t.Errorf("%.40s: %d bytes at most, want %d: %v", line, peak, least, err)
		}
		if _, err := run(least / 2); domain.CodeOf(err) != "e.busy" {
			t.Errorf("%.40s: without memory: %v", line, err)
		}
	}
}
