package cmds

import (
	"bufio"
	"errors"
	"io"

	"github.com/caryahq/carya/domain"
)

// maxLine is the longest line that line commands take, in bytes.
const maxLine = 32 << 20

// eachLine calls f with each line. The line holds its newline, which the last
// one may lack; the bytes are valid until f returns.
func eachLine(r io.Reader, f func(line []byte) error) error {
	br := bufio.NewReaderSize(r, 64<<10)
	var long []byte
	for {
		part, err := br.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) || long != nil {
			if len(long)+len(part) > maxLine {
				return domain.E("e.io.toolarge", domain.Textf("一行超过 %v 字节", "a line of more than %v bytes", maxLine))
			}
			long = append(long, part...)
			if errors.Is(err, bufio.ErrBufferFull) {
				continue
			}
			part, long = long, nil
		}
		if len(part) > 0 {
			if err := f(part); err != nil {
				return err
			}
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// withoutEnd is a line without its newline.
func withoutEnd(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		return line[:n-1]
	}
	return line
}
