package cmds

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
	"unsafe"

	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
)

// fullPiece is how much of an answer's body is in memory at once with -full.
const fullPiece = 64 << 10

// printFull prints {status,headers,body}. The body is handed on as it comes, however long
// it may be: nothing here holds it.
func printFull(ctx context.Context, c *shell.Call, req *http.Request, res *http.Response) error {
	headers := &object{}
	for name, values := range res.Header {
		headers.put(name, quoted(strings.Join(values, ", ")))
	}
	headers.sort()
	o := &object{}
	o.put("status", strconv.Itoa(res.StatusCode))
	o.put("headers", headers.json())
	o.put("body", `""`)
	frame := relaxed.AppendIndent(nil, o.appendJSON(nil), "  ")
	if c.Has("c") {
		frame = o.appendJSON(nil)
	}
	at := bytes.LastIndexByte(frame, '"') // within the body's quotes
	if _, err := c.Out.Write(frame[:at]); err != nil {
		return err
	}
	if err := copyQuoted(c.Out, res.Body); err != nil {
		return callFailed(ctx, req, err)
	}
	_, err := c.Out.Write(append(frame[at:], '\n'))
	return err
}

// fullBoxes are the buffers in and out of it.
var fullBoxes = sync.Pool{New: func() any { return &[2][]byte{make([]byte, fullPiece), make([]byte, 0, fullPiece+2)} }}

// copyQuoted copies a text as the inside of a JSON string. What is not UTF-8 is replaced,
// as it is everywhere.
func copyQuoted(w io.Writer, r io.Reader) error {
	box := fullBoxes.Get().(*[2][]byte)
	defer fullBoxes.Put(box)
	in, n := box[0], 0
	for {
		k, err := io.ReadFull(r, in[n:])
		n += k
		end := n
		if err == nil {
			end = wholeRunes(in[:n])
		}
		out := relaxed.AppendString(box[1][:0], unsafe.String(unsafe.SliceData(in), end)) // a copy
		box[1] = out
		if _, e := w.Write(out[1 : len(out)-1]); e != nil {
			return e
		}
		n = copy(in, in[end:n])
		switch err {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF:
			return nil
		default:
			return err
		}
	}
}

// wholeRunes is how much of a text ends with a whole character.
func wholeRunes(b []byte) int {
	for i := len(b) - 1; i >= max(0, len(b)-utf8.UTFMax+1); i-- {
		if utf8.RuneStart(b[i]) {
			if utf8.FullRune(b[i:]) {
				return len(b)
			}
			return i
		}
	}
	return len(b)
}
