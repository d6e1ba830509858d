package journal

import (
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// Begin makes the journal of a domain that was laid out without one: its sets have
// the packs that the marks tell of, and its revisions go on behind one.
func Begin(d *disk.Disk, rev thingset.Rev, marks Marks) error {
	list, err := Segments(d)
	if err != nil {
		return err
	}
	if _, err := d.Lstat(StateFile); err == nil || len(list) > 0 {
		return domain.E("e.store.write", domain.Textf("%v 已有日志", "%v has a journal already", Dir))
	}
	if err := (state{cutPoint: cutPoint{Rev: rev}, Marks: marks}).write(d); err != nil {
		return domain.Wrap(err, "e.store.write", StateFile)
	}
	return nil
}
