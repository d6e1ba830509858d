package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/klauspost/compress/zstd"
)

// writer writes the archive and notes the sum of each entry.
type writer struct {
	z       *zstd.Encoder
	t       *tar.Writer
	sums    *os.File // the manifest's lines; nobody else sees the file
	lines   *bufio.Writer
	sum     hash.Hash // of these lines
	entries int
	made    time.Time
}

func newWriter(w io.Writer, made time.Time) (*writer, error) {
	z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(true))
	if err != nil {
		return nil, err
	}
	sums, err := os.CreateTemp("", "carya-backup-")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(sums.Name()) // it lives as long as it is open
	b := &writer{z: z, t: tar.NewWriter(z), sums: sums, sum: sha256.New(), made: made}
	b.lines = bufio.NewWriter(io.MultiWriter(sums, b.sum))
	return b, nil
}

// close releases what the writer holds; it ends no archive.
func (b *writer) close() {
	b.sums.Close()
	b.z.Reset(nil)
}

// bytes adds an entry that is in memory.
func (b *writer) bytes(name string, data []byte) error {
	h := &tar.Header{Name: name, Mode: 0o600, Size: int64(len(data)), ModTime: b.made, Format: tar.FormatPAX}
	return b.add(h, bytes.NewReader(data))
}

// text adds a file's text as another one than it is.
func (b *writer) text(name string, data []byte, fi fs.FileInfo) error {
	h := &tar.Header{Name: name, Mode: int64(fi.Mode().Perm()), Size: int64(len(data)), ModTime: fi.ModTime(), Format: tar.FormatPAX}
	return b.add(h, bytes.NewReader(data))
}

// dir adds a folder.
func (b *writer) dir(name string, fi fs.FileInfo) error {
	h := &tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: int64(fi.Mode().Perm()), ModTime: fi.ModTime(), Format: tar.FormatPAX}
	return b.add(h, bytes.NewReader(nil))
}

// file adds a file as long as it was when it was opened.
func (b *writer) file(name string, f fs.File) error {
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	h := &tar.Header{Name: name, Mode: int64(fi.Mode().Perm()), Size: fi.Size(), ModTime: fi.ModTime(), Format: tar.FormatPAX}
	return b.add(h, io.LimitReader(f, fi.Size()))
}

func (b *writer) add(h *tar.Header, r io.Reader) error {
	if err := b.t.WriteHeader(h); err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(b.t, sum), r)
	if err == nil && n != h.Size {
		err = errors.New(h.Name + " became shorter while it was read")
	}
	if err != nil {
		return err
	}
	b.entries++
	return b.line(sumLine{h.Name, n, hex.EncodeToString(sum.Sum(nil))})
}

func (b *writer) line(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = b.lines.Write(append(line, '\n'))
	return err
}

// finish writes the manifest and ends the archive.
func (b *writer) finish(d *Done) error {
	d.Entries = b.entries
	if err := b.lines.Flush(); err != nil {
		return err
	}
	last, err := json.Marshal(summary{*d, hex.EncodeToString(b.sum.Sum(nil))})
	if err != nil {
		return err
	}
	size, err := b.sums.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = b.sums.Seek(0, io.SeekStart)
	}
	if err != nil {
		return err
	}
	h := &tar.Header{Name: manifestName, Mode: 0o600, Size: size + int64(len(last)) + 1, ModTime: b.made, Format: tar.FormatPAX}
	if err := b.t.WriteHeader(h); err != nil {
		return err
	}
	if _, err := io.Copy(b.t, io.MultiReader(b.sums, bytes.NewReader(append(last, '\n')))); err != nil {
		return err
	}
	return errors.Join(b.t.Close(), b.z.Close())
}
