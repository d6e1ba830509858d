package thingset

import (
	"context"
	"strings"

	"github.com/caryahq/carya/domain"
)

// Duplicate makes another thing of the same members, but for those that fields
// say and those of its own: id, times, files. Unique values that are not given
// anew are left out.
func (s *Set) Duplicate(ctx context.Context, id string, fields []byte) (Record, error) {
	if s.plain {
		return Record{}, domain.E("e.cmd.arg", domain.Text{ZH: "普通记录集的记录不能复制", EN: "records of a plain set are not duplicated"})
	}
	patch, err := readMembers(fields)
	if err != nil {
		return Record{}, err
	}
	old, err := s.Get(ctx, id)
	if err != nil {
		return Record{}, err
	}
	ms, err := readMembers(old.Body)
	if err != nil {
		return Record{}, err
	}
	ms.remove(func(m member) bool { return strings.HasPrefix(m.key, "th_") })
	ms.drop("id", "ct", "lm")
	for _, k := range s.Schema().unique {
		for _, name := range k.names {
			ms.drop(name)
		}
	}
	ms.merge(patch)
	return s.Create(ctx, ms.append(make([]byte, 0, ms.size())))
}
