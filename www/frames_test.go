package www

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"time"
)

func chunk(kind string, body []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	out = append(append(out, kind...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(append([]byte(kind), body...)))
}

func packed(n int) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write(make([]byte, n))
	_ = z.Close()
	return b.Bytes()
}

// riff is a chunk of a WebP.
func riff(kind string, body []byte) []byte {
	out := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(body)))
	if out = append(out, body...); len(body)%2 == 1 {
		out = append(out, 0)
	}
	return out
}

func webpOf(w, h int, rest ...[]byte) string {
	head := []byte{2, 0, 0, 0, byte(w - 1), byte((w - 1) >> 8), byte((w - 1) >> 16), byte(h - 1), byte((h - 1) >> 8), byte((h - 1) >> 16)}
	body := append([]byte("WEBP"), riff("VP8X", head)...)
	for _, r := range rest {
		body = append(body, r...)
	}
	return string(riff("RIFF", body))
}

func frameOf(w, h int) []byte {
	head := []byte{0, 0, 0, 0, 0, 0, byte(w - 1), byte((w - 1) >> 8), 0, byte(h - 1), byte((h - 1) >> 8), 0, 0, 0, 0, 0}
	return riff("ANMF", append(head, riff("VP8L", []byte{0x2f, 0, 0, 0, 0, 0})...))
}

func gifOf(t *testing.T, w, h, n int) string {
	t.Helper()
	var b bytes.Buffer
	g := &gif.GIF{Config: image.Config{Width: w, Height: h}}
	p := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.Black, color.White})
	for range n {
		g.Image, g.Delay = append(g.Image, p), append(g.Delay, 1)
	}
	if err := gif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// bombs are small files that are much work for whoever looks at them, one by one in
// every format that counts, and formats that do not count.
func bombs(t *testing.T) (good, bad map[string]string) {
	var plain, photo bytes.Buffer
	if png.Encode(&plain, image.NewGray(image.Rect(0, 0, 9, 9))) != nil || jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 9, 9)), nil) != nil {
		t.Fatal("no pictures")
	}
	ihdr, fcTL := pngOf(4000, 4000), append([]byte{0, 0, 0, 0, 0, 0, 15, 160, 0, 0, 15, 160}, make([]byte, 14)...)
	scan := photo.Bytes()[bytes.Index(photo.Bytes(), []byte("\xff\xda")) : photo.Len()-2]
	sof := photo.Bytes()[bytes.Index(photo.Bytes(), []byte("\xff\xc0"))-0:]
	sof = sof[:2+int(binary.BigEndian.Uint16(sof[2:]))]
	largeSOF := bytes.Clone(sof)
	copy(largeSOF[5:], []byte{0xff, 0xff, 0xff, 0xff})
	cut := func(more ...[]byte) string {
		return string(bytes.Join(append([][]byte{photo.Bytes()[:photo.Len()-2]}, more...), nil)) + "\xff\xd9"
	}
	deep := pngOf(8000, 8000) // of 16 bits, with alpha: eight bytes a pixel
	copy(deep[24:], []byte{16, 6})
	binary.BigEndian.PutUint32(deep[29:], crc32.ChecksumIEEE(deep[12:29]))
	behind := plain.Bytes()[33:]
	with := func(c []byte) string { return string(plain.Bytes()[:33]) + string(c) + string(behind) }
	good = map[string]string{
		"png": plain.String(), "jpeg": photo.String(), "gif of 20": gifOf(t, 100, 100, 20), "png with a profile": with(chunk("iCCP", append([]byte("p\x00\x00"), packed(3000)...))),
		"apng of 2": string(ihdr) + string(chunk("fcTL", fcTL)) + string(chunk("fcTL", fcTL)), "progressive jpeg": cut(bytes.Repeat(scan, 13)),
		"webp of 3": webpOf(100, 100, frameOf(100, 100), frameOf(100, 100), frameOf(50, 50)),
	}
	bad = map[string]string{
		"gif of many frames": gifOf(t, 1, 1, maxFrames+1), "gif of large frames": gifOf(t, 4000, 4000, 10), "gif that is cut off": gifOf(t, 100, 100, 2)[:45],
		"apng of many frames":  string(pngOf(1, 1)) + strings.Repeat(string(chunk("fcTL", append([]byte{0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1}, make([]byte, 14)...))), maxFrames+1),
		"apng of large frames": string(ihdr) + strings.Repeat(string(chunk("fcTL", fcTL)), 20), "png with a bomb as profile": with(chunk("iCCP", append([]byte("p\x00\x00"), packed(20<<20)...))),
		"png with a bomb as text": with(chunk("zTXt", append([]byte("k\x00\x00"), packed(20<<20)...))), "png with a bomb as a text of the world": with(chunk("iTXt", append([]byte("k\x00\x01\x00en\x00k\x00"), packed(20<<20)...))), "png with many texts": with(bytes.Repeat(chunk("zTXt", append([]byte("k\x00\x00"), packed(9)...)), maxRemarks+1)),
		"jpeg of many scans": cut(bytes.Repeat(scan, maxScans+1)), "jpeg that grows": cut(largeSOF), "jpeg of two": cut(sof),
		"jpeg with DNL": cut([]byte{0xff, 0xdc, 0, 4, 0xff, 0xff}), "webp of many frames": webpOf(1, 1, bytes.Repeat(frameOf(1, 1), maxFrames+1)), "webp of large frames": webpOf(4000, 4000, bytes.Repeat(frameOf(4000, 4000), 20)),
		"webp whose picture is larger": webpOf(1, 1, riff("VP8L", []byte{0x2f, 0xff, 0xff, 0xff, 0x0f, 0})), "webp with a lying length": webpOf(1, 1, []byte("VP8L\xff\xff\xff\xff")), "webp of frames in frames": webpOf(1, 1, riff("ANMF", append(make([]byte, 16), frameOf(1, 1)...))),
		"png of 16 bits": string(deep),
		"bmp":            "BM" + string(make([]byte, 60)), "tiff": "II*\x00" + string(make([]byte, 60)), "icon": "\x00\x00\x01\x00" + string(make([]byte, 60)), "avif": "\x00\x00\x00\x1cftypavif" + string(make([]byte, 60)), "psd": "8BPS" + string(make([]byte, 60)),
	}
	return good, bad
}

// A picture is no bomb in any format: pixels, frames, scans and what is packed in it are
// bounded, and so is the time to tell.
func TestAPictureBombIsNoAvatar(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ticket := w.signIn("xiaobai")
	good, bad := bombs(t)
	set := `cat ~/in | www avatar ~/www -ticket ` + ticket + ` -u`
	for name, data := range good {
		w.write("in", data)
		if _, err := w.request("192.0.2.1", ticket).run(set); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	before := w.stored("xiaobai", "thumb")
	for name, data := range bad {
		w.write("in", data)
		start := time.Now()
		if _, err := w.request("192.0.2.1", ticket).run(set); err == nil || w.stored("xiaobai", "thumb") != before {
			t.Errorf("%s is taken", name)
			before = w.stored("xiaobai", "thumb")
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
	for _, name := range []string{"gif of large frames", "jpeg that grows", "webp of large frames", "apng of many frames"} {
		kind := map[byte]string{'g': "gif", 'j': "jpeg", 'w': "webp", 'a': "png"}[name[0]]
		thumb := "data:image/" + kind + ";base64," + base64.StdEncoding.EncodeToString([]byte(bad[name]))
		if len(thumb) > maxThumb {
			continue
		}
		if _, err := w.request("192.0.2.1", ticket).run(`www checkme ~/www ` + ticket + ` -u '{thumb:"` + thumb + `"}'`); err == nil {
			t.Errorf("%s is a thumb", name)
		}
	}
}

func FuzzFramesOfAnything(f *testing.F) {
	for _, s := range []string{string(pngOf(1, 1)), "GIF89a\x01\x00\x01\x00\x80\x00\x00", "\xff\xd8\xff\xc0\x00\x11", "RIFF\x04\x00\x00\x00WEBPVP8X"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		isShowable(data)
		isBomb(data)
		for kind := range pictures {
			framesOf(kind, data)
		}
	})
}
