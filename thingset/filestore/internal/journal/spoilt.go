package journal

import (
	"errors"
	"path"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// Spoilt finds damage in what is kept for the feed, of a journal that nobody
// has open and that can be replayed. What is merely missing is none.
func Spoilt(d *disk.Disk) (list []*Fault, err error) {
	j, err := Open(d, Keep{})
	if err != nil {
		return nil, err
	}
	defer j.Close()
	if err := j.Replay(asking{newKnown()}); err != nil {
		return nil, err
	}
	return spoiltPieces(d, j.state, j.liveBase())
}

// spoiltPieces finds damage in what is kept of segments that a state takes out, and
// should reach a revision.
func spoiltPieces(d *disk.Disk, st state, end thingset.Rev) (list []*Fault, err error) {
	kept, _, err := pieces(d, st, end)
	if err != nil {
		return nil, err
	}
	for _, p := range kept {
		if p.state == unreadPiece {
			_, err := p.check(d)
			p.bad, _ = errors.AsType[*Fault](err)
		}
		if p.bad != nil {
			list = append(list, p.bad)
		}
	}
	return list, nil
}

// PutAside keeps a damaged kept file, out of the feed, under the name that told is
// told before.
func (f *Fault) PutAside(d *disk.Disk, told func(kept string)) error {
	kept, err := d.Free(Dir + "/damaged-" + path.Base(f.File) + ".kept")
	if err == nil {
		told(kept)
		err = d.Rename(f.File, kept)
	}
	if err != nil {
		return domain.Wrap(err, "e.store.write", f.File)
	}
	return nil
}
