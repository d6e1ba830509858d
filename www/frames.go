package www

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
)

// A picture may be small as a file and small on its canvas, and yet take a browser
// minutes: by its frames, its scans, or what is packed into its remarks. What counts
// those reads the file's structure once and decodes no pixel.

// Bounds on what a browser has to do for a picture.
const (
	maxFrames     = 500
	maxFramePixel = 4 * maxPixels // of all frames together
	maxScans      = 64            // of a JPEG: encoders make up to 14
	maxRemarks    = 16            // packed texts and profiles of a PNG
	maxRemark     = 4 << 20       // unpacked
)

// frames counts what a picture makes of its viewer.
type frames struct {
	count, pixels int
	broken        bool // it goes on as no picture
	bomb          bool // it asks for too much in another way
}

// add counts a frame of a size.
func (f *frames) add(w, h int) {
	if w <= 0 || h <= 0 {
		f.broken = true
		return
	}
	if w > maxPictureSide || h > maxPictureSide {
		f.bomb = true
		return
	}
	f.count++
	f.pixels += w * h
}

// fits reports whether it is a picture that a page can show.
func (f *frames) fits() bool {
	return !f.broken && !f.bomb && f.count <= maxFrames && f.pixels <= maxFramePixel
}

// framesOf walks a picture of a type.
func framesOf(kind string, data []byte) *frames {
	f := &frames{}
	switch kind {
	case "image/png":
		f.png(data)
	case "image/jpeg":
		f.jpeg(data)
	case "image/gif":
		f.gif(data)
	default:
		f.webp(data)
	}
	return f
}

// png walks the chunks of a PNG (W3C PNG, third edition, 5.3 and 11.3.6).
func (f *frames) png(data []byte) {
	remarks := 0
	for rest := data[min(8, len(data)):]; len(rest) > 0 && !f.broken && !f.bomb; {
		if len(rest) < 12 || int64(binary.BigEndian.Uint32(rest)) > int64(len(rest)-12) {
			return // nobody reads on
		}
		n := int64(binary.BigEndian.Uint32(rest))
		body := rest[8 : 8+n]
		switch string(rest[4:8]) {
		case "fcTL":
			if len(body) < 12 {
				f.broken = true
				return
			}
			f.add(int(binary.BigEndian.Uint32(body[4:])), int(binary.BigEndian.Uint32(body[8:])))
		case "iCCP", "zTXt", "iTXt":
			remarks++
			f.bomb = f.bomb || remarks > maxRemarks || !unpacksWithin(string(rest[4:8]), body)
		case "IEND":
			return
		}
		rest = rest[12+n:]
	}
}

// unpacksWithin reports whether what is packed in a remark is no bomb.
func unpacksWithin(kind string, body []byte) bool {
	r, err := zlib.NewReader(bytes.NewReader(packedIn(kind, body)))
	if err != nil {
		return true // nothing is packed, or nothing that can be unpacked
	}
	n, _ := io.Copy(io.Discard, io.LimitReader(r, maxRemark+1)) // what is broken is cut off by every reader
	return n <= maxRemark
}

// packedIn is what is packed in a remark: behind a keyword and the method, and in iTXt
// behind two more texts (11.3.3.2 to 11.3.3.4, 11.3.2.3).
func packedIn(kind string, body []byte) []byte {
	_, rest, _ := bytes.Cut(body, []byte{0})
	if kind != "iTXt" {
		return rest[min(1, len(rest)):]
	}
	if len(rest) < 2 || rest[0] == 0 {
		return nil
	}
	_, rest, _ = bytes.Cut(rest[2:], []byte{0})
	_, rest, _ = bytes.Cut(rest, []byte{0})
	return rest
}

// jpeg walks the markers of a JPEG (ITU-T T.81, annex B).
func (f *frames) jpeg(data []byte) {
	scans := 0
	for i := 2; i+1 < len(data) && !f.broken && !f.bomb; {
		if data[i] != 0xff {
			i++ // of a scan
			continue
		}
		m := data[i+1]
		switch {
		case m == 0xff:
			i++
			continue
		case m == 0 || m == 1 || m >= 0xd0 && m <= 0xd8:
			i += 2
			continue
		case m == 0xd9:
			return
		}
		if i+4 > len(data) {
			f.broken = true
			return
		}
		n := int(binary.BigEndian.Uint16(data[i+2:]))
		if n < 2 || i+2+n > len(data) {
			f.broken = true
			return
		}
		f.segment(m, data[i+4:i+2+n])
		if m == 0xda {
			scans++
		}
		f.bomb = f.bomb || scans > maxScans || f.count > 1
		i += 2 + n
	}
}

// segment looks at a marker's content. DNL, which changes the height behind one's back,
// is refused.
func (f *frames) segment(m byte, body []byte) {
	switch {
	case m == 0xdc:
		f.broken = true
	case m >= 0xc0 && m <= 0xcf && m != 0xc4 && m != 0xc8 && m != 0xcc:
		if len(body) < 5 {
			f.broken = true
			return
		}
		f.add(int(binary.BigEndian.Uint16(body[3:])), int(binary.BigEndian.Uint16(body[1:])))
	}
}

// gif walks the blocks of a GIF (GIF89a, appendix A).
func (f *frames) gif(data []byte) {
	if len(data) < 13 {
		f.broken = true
		return
	}
	i := 13 + tableSize(data[10])
	for i < len(data) && !f.broken {
		switch kind := data[i]; kind {
		case 0x3b:
			return
		case 0x21:
			i = blocks(data, i+2)
		case 0x2c:
			if i+10 > len(data) {
				f.broken = true
				return
			}
			at := func(o int) int { return int(binary.LittleEndian.Uint16(data[i+o:])) }
			f.add(at(5), at(7))
			f.broken = f.broken || at(1)+at(5) > maxPictureSide || at(3)+at(7) > maxPictureSide
			i = blocks(data, i+11+tableSize(data[i+9]))
		default:
			f.broken = true
		}
		f.broken = f.broken || i < 0
	}
}

// tableSize is the size of a colour table that a byte of flags says.
func tableSize(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// blocks is the place behind a row of data blocks, -1 when they have no end.
func blocks(data []byte, i int) int {
	for i >= 0 && i < len(data) {
		n := int(data[i])
		i += n + 1
		if n == 0 {
			return i
		}
	}
	return -1
}

// webp walks the chunks of a WebP (RFC 9649, section 2.7).
func (f *frames) webp(data []byte) {
	f.chunks(data[min(12, len(data)):], false)
}

func (f *frames) chunks(rest []byte, inFrame bool) {
	for len(rest) >= 8 && !f.broken {
		n := int64(binary.LittleEndian.Uint32(rest[4:]))
		if n > int64(len(rest)-8) {
			f.broken = true
			return
		}
		body := rest[8 : 8+n]
		switch kind := string(rest[:4]); kind {
		case "ANMF":
			if inFrame || len(body) < 16 {
				f.broken = true
				return
			}
			f.add(uint24(body[6:])+1, uint24(body[9:])+1)
			f.chunks(body[16:], true)
		case "VP8 ", "VP8L":
			f.add(bitstreamSize(kind, body))
		}
		rest = rest[min(8+n+n&1, int64(len(rest))):]
	}
}

// bitstreamSize is the size that the first bytes of a bitstream say.
func bitstreamSize(kind string, b []byte) (w, h int) {
	switch {
	case kind == "VP8 " && len(b) >= 10 && b[3] == 0x9d && b[4] == 0x01 && b[5] == 0x2a:
		return int(binary.LittleEndian.Uint16(b[6:]) & 0x3fff), int(binary.LittleEndian.Uint16(b[8:]) & 0x3fff)
	case kind == "VP8L" && len(b) >= 5 && b[0] == 0x2f:
		n := binary.LittleEndian.Uint32(b[1:])
		return int(n&0x3fff) + 1, int(n>>14&0x3fff) + 1
	}
	return 0, 0
}
