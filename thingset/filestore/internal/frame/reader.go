package frame

import (
	"errors"
	"io"
)

// Reader reads a file forward through a window, so that a long one takes no more
// memory than its longest frame. What it returns holds until the next call.
type Reader struct {
	src  io.ReaderAt
	file int
	end  int64
	buf  []byte
	from int64 // of buf
}

// window is how much is read at once.
const window = 256 << 10

// NewReader makes a reader of the first end bytes of a file with a number.
func NewReader(src io.ReaderAt, file int, end int64) *Reader {
	return &Reader{src: src, file: file, end: end}
}

// Reset has the reader read another file, with the memory that it has.
func (r *Reader) Reset(src io.ReaderAt, file int, end int64) {
	r.src, r.file, r.end, r.from, r.buf = src, file, end, 0, r.buf[:0]
}

// Bytes are up to n bytes at an offset: less only at the end of the file.
func (r *Reader) Bytes(off int64, n int) ([]byte, error) {
	n = int(min(int64(n), r.end-off))
	if n <= 0 {
		return nil, nil
	}
	if off < r.from || off+int64(n) > r.from+int64(len(r.buf)) {
		if err := r.fill(off, n); err != nil {
			return nil, err
		}
	}
	b := r.buf[min(off-r.from, int64(len(r.buf))):]
	return b[:min(n, len(b))], nil
}

func (r *Reader) fill(off int64, n int) error {
	n = int(min(max(int64(n), window), r.end-off))
	if cap(r.buf) < n {
		r.buf = make([]byte, n)
	}
	got, err := r.src.ReadAt(r.buf[:n], off)
	r.from, r.buf = off, r.buf[:got]
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// At is the payload of the frame at an offset and the frame's size; ok is false
// when there is none whole.
func (r *Reader) At(off int64) (payload []byte, n int, ok bool, err error) {
	head, err := r.Bytes(off, Head)
	if err != nil {
		return nil, 0, false, err
	}
	at := Place{r.file, off}
	if n, ok = Size(head, at); !ok || int64(n) > r.end-off {
		return nil, 0, false, nil
	}
	data, err := r.Bytes(off, n)
	if err != nil {
		return nil, 0, false, err
	}
	payload, n, ok = Open(data, at)
	return payload, n, ok, nil
}

// Find is the offset of the first whole frame from an offset on, -1 when there is
// none.
func (r *Reader) Find(off int64) (int64, error) {
	for off+Head <= r.end {
		data, err := r.Bytes(off, window)
		if err != nil {
			return -1, err
		}
		if len(data) < Head {
			break
		}
		if n := zeros(data); n >= Head { // no head is all zeros
			off += int64(n - Head + 1)
			continue
		}
		next := off + int64(len(data)-Head+1)
		for i := 0; i+Head <= len(data); i++ {
			if _, ok := Size(data[i:], Place{r.file, off + int64(i)}); ok {
				next = off + int64(i)
				break
			}
		}
		if _, _, ok, err := r.At(next); ok || err != nil {
			return next, err
		}
		off = max(off+1, next)
		if head, err := r.Bytes(off, Head); err != nil {
			return -1, err
		} else if _, ok := Size(head, Place{r.file, off}); ok {
			off++ // the head of a frame that is not whole
		}
	}
	return -1, nil
}
