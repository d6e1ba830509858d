package grant

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"time"
)

// Change makes a change to a domain's grants, durably and at once; changed is false,
// and nothing is written, when the file said so before. A file that does not count
// is not written over: its error is Fault's. Comments of the file are not kept.
func (b *Book) Change(domain string, c Change) (changed bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sure = false
	if b.reread(); b.bad != nil {
		return false, b.bad
	}
	now, changed, err := b.table.Load().With(domain, c)
	if err != nil || !changed {
		return false, err
	}
	if err := b.write(now.Text()); err != nil {
		return false, err
	}
	b.table.Store(now)
	b.seen, b.sure = b.stampOf(), false
	return true, nil
}

// write puts a whole file in place, readable for the server alone.
func (b *Book) write(text []byte) error {
	tmp := b.path + "." + strconv.FormatInt(time.Now().UnixNano(), 36)
	f, err := b.files.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = b.files.Rename(tmp, b.path)
	}
	if err != nil {
		return errors.Join(err, b.files.Remove(tmp))
	}
	return b.syncFolder()
}

func (b *Book) syncFolder() error {
	folder := "."
	if i := strings.LastIndexByte(b.path, '/'); i > 0 {
		folder = b.path[:i]
	}
	f, err := b.files.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
