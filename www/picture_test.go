package www

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/tidwall/gjson"
)

// pngOf is the beginning of a PNG of a size, which nobody needs to draw to lie about it.
func pngOf(w, h uint32) []byte {
	head := append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)...)
	head = append(head, 8, 2, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(head))
}

// webp are the smallest pictures of its three kinds.
var webp = map[string]string{
	"VP8 ": "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA",
	"VP8L": "UklGRh4AAABXRUJQVlA4TBEAAAAvAAAAAAfQ//73v/+BiOh/AAA=",
	"VP8X": "UklGRkoAAABXRUJQVlA4WAoAAAAQAAAAAAAAAAAAQUxQSAwAAAARBxAR/Q9ERP8DAABWUDggGAAAABQBAJ0BKgEAAQAAAP4AAA3AAP7mtQAAAA==",
}

// TestAHostilePictureIsNoAvatar: what only begins as a picture, or is one of gigabytes, is
// refused when a request brings it; the owner knows what they do.
func TestAHostilePictureIsNoAvatar(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ticket := w.signIn("xiaobai")
	img := image.NewGray(image.Rect(0, 0, 3, 2))
	var asPNG, asJPEG, asGIF bytes.Buffer
	if png.Encode(&asPNG, img) != nil || jpeg.Encode(&asJPEG, img, nil) != nil || gif.Encode(&asGIF, img, nil) != nil {
		t.Fatal("no pictures")
	}
	good := map[string]string{"png": asPNG.String(), "jpg": asJPEG.String(), "gif": asGIF.String(), "big.png": string(pngOf(8192, 4096))}
	for kind, text := range webp {
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		good[kind] = string(raw)
	}
	set := `cat ~/in | www avatar ~/www -ticket ` + ticket + ` -u`
	for name, data := range good {
		w.write("in", data)
		if got := w.request("192.0.2.1", ticket).must(set); !gjson.Get(got, "thumb").Exists() {
			t.Errorf("%s: %s", name, got)
		}
	}
	before := w.stored("xiaobai", "thumb")
	for name, data := range map[string]string{
		"script behind png": "\x89PNG\r\n\x1a\n<script>alert(1)</script>", "script behind gif": "GIF89a/*<script>", "script behind jpeg": "\xff\xd8\xff<script>alert(1)</script>",
		"script behind webp": "RIFF\x04\x00\x00\x00WEBPVP8 <script>alert(1)</script>", "svg": `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`,
		"html": "<!DOCTYPE html><script>alert(1)</script>", "nothing": "", "cut off": asPNG.String()[:20],
		"wide": string(pngOf(60000, 1)), "high": string(pngOf(1, 60000)), "large": string(pngOf(8192, 8192)), "no size": string(pngOf(0, 5)),
	} {
		w.write("in", data)
		w.request("192.0.2.1", ticket).fails("e.cmd.arg", set)
		if now := w.stored("xiaobai", "thumb"); now != before {
			t.Errorf("%s became the avatar", name)
		}
	}
	w.write("in", string(pngOf(60000, 1)))
	w.owner().must(`www avatar ~/www xiaobai -file ~/in`)
}
