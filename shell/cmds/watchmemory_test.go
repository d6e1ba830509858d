package cmds

import (
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// What a stream holds of a large change counts for the domain while it is sent, and no
// longer: the clients of many streams may be slow, and a stream may last for ever.
func TestAStreamHoldsALargeChangeOnlyWhileItIsSent(t *testing.T) {
	t.Parallel()
	owner := caller{t, registry(), fresh(t), domain.Owner}
	const size, changes = 1 << 20, 5
	for _, line := range []string{"thing ~/p init", `thing ~/p create -fields '{id:"a"}'`} {
		if _, err := owner.run(line, nil); err != nil {
			t.Fatal(err)
		}
	}
	for n := range changes {
		if _, err := owner.run("thing ~/p update a -fields '{s:\"${s}\",n:"+strconv.Itoa(n)+"}'", shell.MapVars{"s": strings.Repeat("x", size)}); err != nil {
			t.Fatal(err)
		}
	}
	script, err := owner.reg.CompileText("thing ~/p watch -after 1 -n "+strconv.Itoa(changes), shell.CompileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	watch := func(most int64) (peak int64, err error) {
		held := int64(0)
		err = script.Run(t.Context(), &shell.Env{Domain: owner.d, Who: domain.Owner, Out: io.Discard, Memory: func(n int64) error {
			if held+n > most {
				return domain.E("e.busy")
			}
			held += n
			peak = max(peak, held)
			return nil
		}})
		if held != 0 {
			t.Errorf("%d bytes are held afterwards", held)
		}
		return peak, err
	}
	if peak, err := watch(1 << 40); err != nil || peak < size || peak > 3*size {
		t.Errorf("%d bytes at most, %v", peak, err)
	}
	if _, err := watch(size); domain.CodeOf(err) != "e.busy" {
		t.Errorf("without memory: %v", err)
	}
}
