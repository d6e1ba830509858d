package history

import (
	"bytes"
	"errors"
	"io/fs"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
)

// Clear removes the records that are older than age (0: all), and says how many.
func (b *Books) Clear(name string, age time.Duration) (int, error) {
	k, err := b.book(name)
	if err != nil {
		return 0, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.closeFile(); err != nil {
		return 0, err
	}
	before := b.now().Add(-age).UnixMilli()
	n := 0
	err = k.prune(func(line []byte) bool {
		stays := age > 0 && gjson.GetBytes(line, "ct").Int() >= before
		if !stays {
			n++
		}
		return stays
	})
	return n, err
}

// clean removes, once a day, what the book need not keep any longer. It must not
// keep an event from being written down: failures are logged.
func (k *book) clean(now time.Time) {
	before, ms := int64(0), now.UnixMilli()
	if keep := k.of.conf().keepOf(k.name); keep > 0 {
		before = now.Add(-keep).UnixMilli()
	}
	err := k.prune(func(line []byte) bool {
		return gjson.GetBytes(line, "ct").Int() >= before && !expired(line, ms)
	})
	if err != nil {
		k.of.d.Log().Error("history: removing what is old", "domain", k.of.d.Name(), "history", k.name, "err", err)
	}
}

// prune rewrites the files whose lines do not all stay, but the open one.
func (k *book) prune(stays func(line []byte) bool) error {
	names, err := k.files()
	if err != nil {
		return err
	}
	for _, name := range names {
		if k.file != nil && k.path(name) == k.path(k.file.Name()) {
			continue
		}
		err = errors.Join(err, k.pruneFile(k.path(name), stays))
	}
	return err
}

func (k *book) pruneFile(path string, stays func(line []byte) bool) error {
	data, err := k.read(path)
	if err != nil {
		return err
	}
	kept := make([]byte, 0, len(data))
	for line := range bytes.Lines(data) {
		if stays(line) {
			kept = append(kept, line...)
		}
	}
	switch len(kept) {
	case len(data):
		return nil
	case 0:
		if err := k.of.d.Files().Remove(path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	return k.of.d.Tree(domain.Owner).WriteFile(domain.Path(path), kept)
}
