package backup

import (
	"archive/tar"
	"context"
	"io"
	"strings"

	"github.com/caryahq/carya/thingset"
)

// Verify reads a backup to its end without touching anything: its rules and all
// checksums hold, or the error (e.backup.*) says what is wrong and where. Whether the
// records keep the unique keys shows only where they are laid out: see Try. What it
// unpacks to must fit on the disk of the folder dir (e.io.toolarge). size is the
// file's, for progress, which may be nil.
func Verify(ctx context.Context, r io.Reader, dir string, size int64, progress Progress) (Header, Done, error) {
	return verify(ctx, r, roomOf(dir), size, progress)
}

func verify(ctx context.Context, r io.Reader, to *room, size int64, progress Progress) (Header, Done, error) {
	n := 0
	return walk(ctx, r, to, func(rd *reader, h *tar.Header, body io.Reader) error {
		ignore := func(thingset.Write) error { return nil }
		var err error
		switch {
		case strings.HasPrefix(h.Name, recordsDir):
			err = eachRecord(h.Name, body, rd.places.set, ignore)
		case strings.HasPrefix(h.Name, changesDir):
			err = eachChange(h.Name, body, rd.places.set, ignore)
		}
		if err != nil {
			return err
		}
		if n++; progress != nil {
			progress(rd.in.n, size, n)
		}
		return nil
	})
}
