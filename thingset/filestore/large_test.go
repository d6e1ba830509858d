package filestore

import (
	"fmt"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// A commit so long that the journal would not read it again is refused.
func TestACommitThatIsTooLongIsRefused(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.s.longest = 5000
	f.put(0, 3, 0)
	var batch []thingset.Write
	for _, id := range []string{"a", "b", "c"} {
		batch = append(batch, thingset.Write{Set: "accounts", ID: id, Body: fmt.Appendf(nil, `{"id":%q,"pad":%q}`, id, strings.Repeat("x", 1700))})
	}
	if _, err := f.s.Commit(t.Context(), "demo", batch); domain.CodeOf(err) != "e.thing.large" {
		t.Errorf("%v", err)
	}
	f.put(3, 6, 0)
	f.survives()
}
