package thingset

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

// syncFiles makes the record say what is in a folder. The folder is read anew
// with each try, so that of several at once the last one sees all.
func (s *Set) syncFiles(ctx context.Context, id, dir string) error {
	p, err := s.filePath(id, dir, "")
	if err != nil {
		return err
	}
	_, err = s.change(ctx, id, func(_ *state, body []byte) ([]byte, error) {
		list, err := s.listFiles(p)
		if err != nil {
			return nil, err
		}
		ms, err := readMembers(body)
		if err != nil {
			return nil, err
		}
		noteFiles(ms, "th_"+dir+"_", list)
		ms.set("lm", strconv.FormatInt(time.Now().UnixMilli(), 10))
		return ms.append(make([]byte, 0, ms.size())), nil
	})
	return err
}

// noteFiles sets <prefix>nb, ids and list. Files that were known keep their
// order, new ones come behind.
func noteFiles(ms *members, prefix string, files []*domain.Object) {
	place := map[string]int{}
	for i, f := range ms.value(prefix + "list").Array() {
		place[f.Get("nm").Str] = i - 1<<30
	}
	slices.SortStableFunc(files, func(a, b *domain.Object) int { return place[a.Name] - place[b.Name] })
	ids, list := []byte("["), []byte("[")
	for i, f := range files {
		if i > 0 {
			ids, list = append(ids, ','), append(list, ',')
		}
		ids = relaxed.AppendString(ids, f.ID)
		list = appendFile(list, f)
	}
	ms.set(prefix+"nb", strconv.Itoa(len(files)))
	ms.set(prefix+"ids", string(append(ids, ']')))
	ms.set(prefix+"list", string(append(list, ']')))
}

func appendFile(dst []byte, f *domain.Object) []byte {
	dst = relaxed.AppendString(append(dst, `{"id":`...), f.ID)
	dst = relaxed.AppendString(append(dst, `,"nm":`...), f.Name)
	dst = relaxed.AppendString(append(dst, `,"tp":`...), f.Type)
	dst = relaxed.AppendString(append(dst, `,"mime":`...), f.Mime)
	dst = strconv.AppendInt(append(dst, `,"len":`...), f.Len, 10)
	dst = strconv.AppendInt(append(dst, `,"lm":`...), f.Modified, 10)
	return append(dst, '}')
}
