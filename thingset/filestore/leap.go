package filestore

import (
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
)

// Leap closes a domain and has its revisions go on behind one, where its feed
// begins: whoever has followed another domain of that name does not take its
// changes for those that he missed.
func (s *Store) Leap(dom string, rev thingset.Rev) error {
	r, err := s.block(dom)
	if err != nil {
		return err
	}
	defer close(r.gone)
	defer s.forget(dom, r)
	d, err := disk.Open(s.o.Dir(dom), s.o.Disk)
	if err != nil {
		return domain.Wrap(err, "e.domain.noexists", dom)
	}
	defer d.Close()
	return journal.Leap(d, rev)
}
