package www

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
)

// Bounds on a picture that a request brings. It is small as a file and may yet be
// gigabytes in the browser of everybody who looks at it.
const (
	maxPictureSide = 8192
	maxPixels      = 32 << 20
)

// pictures are the types that count, and the endings of their files. They are told
// by content: what a caller says of it is not asked.
var pictures = map[string]string{"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp"}

// pictureType is the ending of a picture's file, "" when it is none.
func pictureType(data []byte) string { return pictures[http.DetectContentType(data)] }

// isShowable reports whether what begins as a picture goes on as one, of a size that a
// page can show.
func isShowable(data []byte) bool {
	w, h := pictureSize(data)
	return w > 0 && h > 0 && w <= maxPictureSide && h <= maxPictureSide && w*h <= maxPixels &&
		framesOf(http.DetectContentType(data), data).fits()
}

// isBomb reports whether a picture, whole or not, is more than a page can show.
func isBomb(data []byte) bool {
	if pictureType(data) == "" {
		return false
	}
	w, h := pictureSize(data)
	f := framesOf(http.DetectContentType(data), data)
	return w > maxPictureSide || h > maxPictureSide || w*h > maxPixels || f.count > maxFrames || f.pixels > maxFramePixel || f.bomb
}

// pictureSize is a picture's size in pixels, 0 when it is broken.
func pictureSize(data []byte) (w, h int) {
	var read func(io.Reader) (image.Config, error)
	switch http.DetectContentType(data) {
	case "image/png":
		read = png.DecodeConfig
	case "image/jpeg":
		read = jpeg.DecodeConfig
	case "image/gif":
		read = gif.DecodeConfig
	default:
		return webpSize(data)
	}
	c, err := read(bytes.NewReader(data))
	if err != nil {
		return 0, 0
	}
	return c.Width, c.Height
}

// webpSize reads the size of a WebP picture (RFC 9649, sections 2.5 to 2.7), 0 when there
// is none.
func webpSize(b []byte) (w, h int) {
	if len(b) < 30 || int64(binary.LittleEndian.Uint32(b[4:])) > int64(len(b)) {
		return 0, 0
	}
	first := b[20:30]
	if kind := string(b[12:16]); kind != "VP8X" {
		return bitstreamSize(kind, first)
	}
	return uint24(first[4:]) + 1, uint24(first[7:]) + 1
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
