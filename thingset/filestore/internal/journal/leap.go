package journal

import (
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// Leap has a journal that nobody has open, and of which everything is cut, go on
// behind a revision; the feed begins there. One that is further is left alone.
func Leap(d *disk.Disk, rev thingset.Rev) error {
	st, err := readState(d)
	if err != nil || st.Rev >= rev {
		return err
	}
	list, err := numbers(d, st.Segment)
	if err != nil {
		return err
	}
	if len(list) > 0 {
		return domain.E("e.store.write", domain.Textf("%v 还没有落定", "%v is not settled", SegmentFile(list[0])))
	}
	st.Rev = rev
	if err := st.write(d); err != nil {
		return domain.Wrap(err, "e.store.write", StateFile)
	}
	t := tail{d: d}
	return unkept(t.sweep(false, st.Segment, rev))
}
