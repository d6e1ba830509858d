package cmds

import (
	"encoding/binary"
	"io"
	"sync"

	"github.com/caryahq/carya/domain"
)

// randomAccess makes a file that can seek readable at any place.
func randomAccess(f io.Reader) (io.ReaderAt, int64, error) {
	s, ok := f.(io.ReadSeeker)
	if !ok {
		return nil, 0, domain.E("e.cmd.arg", domain.Text{ZH: "无法作为压缩包读取", EN: "this cannot be read as an archive"})
	}
	size, err := s.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, 0, err
	}
	if r, ok := f.(io.ReaderAt); ok {
		return r, size, nil
	}
	return &seekReaderAt{s: s}, size, nil
}

// seekReaderAt is an io.ReaderAt over seeking.
type seekReaderAt struct {
	mu sync.Mutex
	s  io.ReadSeeker
}

// ReadAt implements io.ReaderAt.
func (r *seekReaderAt) ReadAt(p []byte, off int64) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.s.Seek(off, io.SeekStart); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(r.s, p)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	return n, err
}

// countEntries refuses an archive of more than limit entries before its directory
// is read into memory: what the end record says is only a claim, and the directory
// may be longer. It counts the signatures of directory headers (PKWARE APPNOTE,
// 4.3.12), each of which takes at least 46 bytes.
func countEntries(r io.ReaderAt, size int64, limit int) error {
	sum, buf := 0, make([]byte, 64<<10)
	for off := int64(0); off < size; off += int64(len(buf) - 3) {
		n, err := r.ReadAt(buf, off)
		if err != nil && err != io.EOF {
			return err
		}
		for i := 0; i+4 <= n; i++ {
			if buf[i] == 'P' && binary.LittleEndian.Uint32(buf[i:]) == 0x02014b50 {
				sum++
			}
		}
		if sum > limit {
			return domain.E("e.io.toolarge", domain.Textf("压缩包超过 %v 项", "the archive holds more than %v entries", limit))
		}
	}
	return nil
}
