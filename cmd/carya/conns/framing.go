package conns

import (
	"bytes"
	"errors"
	"strings"
)

// ErrFraming is what Read gives once a request's length can be read in two ways.
var ErrFraming = errors.New("the request's length is ambiguous")

// framing follows the requests of HTTP/1 on a connection by what is read of it, and
// tells where one says its length in two ways (RFC 9112, section 6.3): a length and
// chunks, two lengths, chunks in HTTP/1.0; or in a way that others read otherwise: a
// folded line, a line that ends with LF only, a chunk that is none. What net/http refuses
// by itself is left to it. The zero framing stands before the first request.
type framing struct {
	state state
	first bool // the request line has been seen
	old   bool // the request is not HTTP/1.1
	te    bool // Transfer-Encoding
	odd   bool // of an encoding that net/http refuses
	cl    int64
	hasCL bool

	left int64  // bytes of a body or a chunk that are still to come
	part []byte // the beginning of a line that is cut by the end of a read
	tail []byte // and its last bytes
	long bool   // that line is longer than part
}

type state uint8

const (
	inHead state = iota
	inBody
	inChunkSize
	inChunk
	afterChunk   // the CR behind a chunk
	afterChunkCR // and the LF
	inTrailer
	refused
)

// lineKept is how much of a line is looked at: more than any line that counts has.
const lineKept = 256

// scan looks at what was read and returns how much of it may be handed on: less than all
// of it when the request is refused. Then nothing may be handed on any more, and the
// head or body that was refused is not complete.
func (f *framing) scan(p []byte) int {
	for i := 0; i < len(p); {
		switch f.state {
		case inBody, inChunk:
			n := int(min(f.left, int64(len(p)-i)))
			i += n
			if f.left -= int64(n); f.left == 0 {
				f.state = map[bool]state{true: afterChunk, false: inHead}[f.state == inChunk]
			}
		case afterChunk, afterChunkCR:
			if !f.chunkEnd(p[i]) {
				return i
			}
			i++
		case refused:
			return i
		default:
			n, ok := f.lines(p[i:])
			if i += n; !ok {
				f.state = refused
				return i
			}
		}
	}
	return len(p)
}

func (f *framing) chunkEnd(b byte) bool {
	switch {
	case f.state == afterChunk && b == '\r':
		f.state = afterChunkCR
	case f.state == afterChunkCR && b == '\n':
		f.state = inChunkSize
	default:
		f.state = refused
		return false
	}
	return true
}

// lines takes lines until the state is one that has none. It returns how many bytes it
// took; with false the line that begins there is refused.
func (f *framing) lines(p []byte) (n int, ok bool) {
	for n < len(p) {
		end := bytes.IndexByte(p[n:], '\n')
		if end < 0 {
			f.keep(p[n:])
			return len(p), true
		}
		if end > 1 && f.first && f.state == inHead && f.part == nil && passes(p[n:n+end]) {
			n += end + 1
			continue
		}
		line, long := p[n:n+end], false
		if f.part != nil || f.long {
			f.keep(line)
			line, long = f.part, f.long
		}
		before := f.state
		if !f.line(line, long) {
			return n + end, false
		}
		f.part, f.tail, f.long = nil, nil, false
		n += end + 1
		if f.state != before && f.state != inHead && f.state != inTrailer && f.state != inChunkSize {
			return n, true
		}
	}
	return n, true
}

// passes reports that a whole line of a head says nothing of the length and is no odd
// one: nearly every line, told at a look.
func passes(line []byte) bool {
	if line[len(line)-1] != '\r' || line[0] <= ' ' {
		return false
	}
	switch line[0] {
	case 'c', 'C':
		return len(line) <= 14 || line[14] != ':'
	case 't', 'T':
		return len(line) <= 17 || line[17] != ':'
	}
	return true
}

// version is what the request line of every request but old ones ends with.
const version = "HTTP/1.1\r"

// keep remembers the beginning of a line whose end is still to come, and its last bytes.
func (f *framing) keep(p []byte) {
	f.tail = append(f.tail, p[max(0, len(p)-len(version)):]...)
	f.tail = f.tail[max(0, len(f.tail)-len(version)):]
	if room := lineKept - len(f.part); len(p) > room {
		p, f.long = p[:room], true
	}
	f.part = append(f.part, p...)
}

// line takes one line without its LF; long says that it is only the beginning of one.
func (f *framing) line(line []byte, long bool) bool {
	tail := line
	if long {
		tail = f.tail
	}
	if len(tail) == 0 || tail[len(tail)-1] != '\r' {
		return false
	}
	if !long {
		line = line[:len(line)-1]
	}
	switch f.state {
	case inChunkSize:
		return !long && f.chunkSize(line)
	case inTrailer:
		if len(line) == 0 {
			f.next()
			return true
		}
		return line[0] != ' ' && line[0] != '\t'
	}
	switch {
	case !f.first:
		f.first = true
		f.old = !bytes.HasSuffix(tail, []byte(version))
		return true
	case len(line) == 0:
		return f.headEnd()
	}
	switch line[0] {
	case ' ', '\t':
		return false
	case 'c', 'C', 't', 'T':
		return f.header(line, long)
	}
	return true
}

// header takes a line of the head that may say the length.
func (f *framing) header(line []byte, long bool) bool {
	name, value, _ := bytes.Cut(line, []byte(":"))
	switch {
	case len(name) == len("content-length") && strings.EqualFold(string(name), "content-length"):
		n, ok := length(bytes.Trim(value, " \t"))
		if !ok || long || f.te || f.hasCL && n != f.cl {
			return false
		}
		f.cl, f.hasCL = n, true
	case len(name) == len("transfer-encoding") && strings.EqualFold(string(name), "transfer-encoding"):
		if f.hasCL || f.old {
			return false
		}
		f.odd = f.odd || f.te || long || !strings.EqualFold(string(bytes.Trim(value, " \t")), "chunked")
		f.te = true
	}
	return true
}

// length reads a Content-Length.
func length(text []byte) (n int64, ok bool) {
	if len(text) == 0 || len(text) > 18 {
		return 0, false
	}
	for _, b := range text {
		if b < '0' || b > '9' {
			return 0, false
		}
		n = 10*n + int64(b-'0')
	}
	return n, true
}

// headEnd takes the empty line behind a head.
func (f *framing) headEnd() bool {
	switch {
	case f.odd: // net/http answers 501 and closes
		f.state = refused
	case f.te:
		f.state = inChunkSize
	case f.cl > 0:
		f.state, f.left = inBody, f.cl
	default:
		f.next()
		return true
	}
	f.first, f.old, f.te, f.odd, f.cl, f.hasCL = false, false, false, false, 0, false
	return true
}

// next stands before the next request.
func (f *framing) next() { *f = framing{part: f.part, tail: f.tail, long: f.long} }

// chunkSize takes the line before a chunk, as net/http reads it.
func (f *framing) chunkSize(line []byte) bool {
	size, _, _ := bytes.Cut(bytes.TrimRight(line, " \t"), []byte(";"))
	if len(size) == 0 || len(size) > 15 {
		return false
	}
	n := int64(0)
	for _, b := range size {
		switch {
		case '0' <= b && b <= '9':
			b -= '0'
		case 'a' <= b && b <= 'f':
			b -= 'a' - 10
		case 'A' <= b && b <= 'F':
			b -= 'A' - 10
		default:
			return false
		}
		n = n<<4 | int64(b)
	}
	if f.state, f.left = inChunk, n; n == 0 {
		f.state = inTrailer
	}
	return true
}
