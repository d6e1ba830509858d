package cmds

import (
	"slices"
	"testing"

	"github.com/caryahq/carya/domain"
)

// Whatever copies objects as they lie on disk asks first for what is not there yet.
func TestCopiesAskForWhatIsNotOnDisk(t *testing.T) {
	t.Parallel()
	owner := caller{t, registry(), fresh(t), domain.Owner}
	var asked []string
	owner.d.AddKeeper(domain.Keeper{Reading: func(of domain.Path) error {
		asked = append(asked, string(of))
		if of == "bad" {
			return domain.E("e.store.write")
		}
		return nil
	}})
	for _, line := range []string{"echo x | write ~/a/x.txt", "echo x | write ~/bad/x.txt", "cp -r ~/a ~/b", "cp ~/a/x.txt ~/y.txt", "zip ~/a.zip ~/a ~/b"} {
		if _, err := owner.run(line, nil); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	if want := []string{"a", "a/x.txt", "a", "b"}; !slices.Equal(asked, want) {
		t.Errorf("asked for %q", asked)
	}
	for _, line := range []string{"cp -r ~/bad ~/c", "zip ~/c.zip ~/bad"} {
		if _, err := owner.run(line, nil); domain.CodeOf(err) != "e.store.write" {
			t.Errorf("%s: %v", line, err)
		}
	}
}
