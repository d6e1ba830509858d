package backup

import (
	"archive/tar"
	"context"
	"io"
)

// Verify reads a backup to its end without touching anything: its rules and all
// checksums hold, or the error (e.backup.*) says what is wrong and where. size is
// the file's, for progress, which may be nil.
func Verify(ctx context.Context, r io.Reader, size int64, progress Progress) (Header, Done, error) {
	n := 0
	return walk(ctx, r, func(rd *reader, _ *tar.Header, body io.Reader) error {
		if _, err := io.Copy(io.Discard, body); err != nil {
			return err
		}
		if n++; progress != nil {
			progress(rd.in.n, size, n)
		}
		return nil
	})
}
