package journal

import (
	"syscall"
	"testing"

	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
)

// A state of which nobody knows whether it is in force is not gone back behind: a power
// cut may show it, when what it lists was changed by the one that came after. Nor is one
// left out that says what was said before it.
func TestAStateThatCouldNotBeWrittenIsGoneOnFrom(t *testing.T) {
	t.Parallel()
	refuse := false
	dir := filled(t, 3)
	j, _ := mustOpen(t, dir, func(c disk.Call) (int, error) {
		if refuse && c.Op == disk.Sync && c.Name == Dir { // behind the rename
			return 0, syscall.EIO
		}
		return c.N, nil
	})
	small := pack.Mark{Pack: 1, Live: map[int]int64{1: 5}, Form: pack.Small}
	large := pack.Mark{Pack: 1, Live: map[int]int64{1: 5}, Form: pack.Large}
	if err := j.Note("set", large); err != nil {
		t.Fatal(err)
	}
	refuse = true
	if err := j.Cut(1, 0, Marks{"set": small}, func(*Segment) {}); err == nil {
		t.Fatal("it was written")
	}
	for _, refuse = range []bool{true, false} {
		begun := pack.Mark{Live: map[int]int64{}, Begun: []int{7}, Form: pack.Large}
		if err := j.Note("other", begun); (err != nil) != refuse {
			t.Fatal(err)
		}
		if j.Knows("other", 7) == refuse || j.Knows("set", 1) == refuse || j.Knows("set", 2) {
			t.Errorf("refused %t: what it knows is wrong", refuse)
		}
		st, err := readState(j.d)
		if err != nil {
			t.Fatal(err)
		}
		if !st.Marks["set"].Equal(small) || !st.Marks["other"].Equal(begun) || st.Rev != 0 {
			t.Errorf("refused %t: %+v", refuse, st)
		}
	}
	refuse = true
	if err := j.Note("set", large); err == nil {
		t.Fatal("it was written")
	}
	refuse = false
	if err := j.Note("set", large); err != nil {
		t.Fatal(err)
	}
	if st, err := readState(j.d); err != nil || st.Marks["set"].Form != pack.Large {
		t.Errorf("%+v, %v", st, err)
	}
}
