package transfer

import (
	"archive/zip"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/caryahq/carya/domain"
)

// maxParts is how much the parts of a workbook may hold that are held in memory: all but
// sheets and texts.
const maxParts = 64 << 20

// What the texts of a workbook take besides themselves, each: where it lies in its file, or
// the text parsed.
const (
	spilledText = 48
	parsedText  = 150
)

// bookFile is a workbook in a file without a name.
func bookFile(r io.Reader, dir string, room Room) (*os.File, error) {
	f, err := os.CreateTemp(dir, "carya-book-")
	if err != nil {
		return nil, err
	}
	err = os.Remove(f.Name())
	if err == nil {
		_, err = io.Copy(&roomyFile{f, room}, &meteredFile{r: r, left: maxXLSX})
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// roomyFile takes room on disk for what is written.
type roomyFile struct {
	w    io.Writer
	room Room
}

// Write implements io.Writer.
func (f *roomyFile) Write(p []byte) (int, error) {
	if err := f.room.disk(int64(len(p))); err != nil {
		return 0, err
	}
	return f.w.Write(p)
}

// checkBook looks through a workbook before its rows are read, for whoever reads them takes
// a part that is cut off, or broken within, for one that ends there, and a part for as
// long as it says it is. It takes room for what reading them takes.
func checkBook(f *os.File, room Room) error {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	z, err := zip.NewReader(f, size)
	if err != nil {
		return err
	}
	if err := room.memory(int(size)); err != nil { // the library holds it
		return err
	}
	held := uint64(0)
	for _, part := range z.File {
		if !spilled(part.Name) {
			if held += part.UncompressedSize64; held > maxParts {
				return domain.E("e.io.toolarge", domain.Textf("工作簿中除工作表外的内容超过 %v 字节", "a workbook holds more than %v bytes besides its sheets", maxParts))
			}
		}
		texts, err := checkPart(part)
		if err == nil {
			err = roomFor(part, texts, room)
		}
		if err != nil {
			return err
		}
	}
	_, err = f.Seek(0, io.SeekStart)
	return err
}

// roomFor takes the room that a part with so many texts takes when it is read.
func roomFor(part *zip.File, texts int, room Room) error {
	size := int64(part.UncompressedSize64)
	if !spilled(part.Name) || size <= spillXML {
		return cmp.Or(room.memory(int(size)), room.memory(texts*parsedText))
	}
	if texts > 0 { // they are written once more, in their order
		return cmp.Or(room.disk(2*size), room.memory(texts*spilledText))
	}
	return room.disk(size)
}

// spilled reports whether a part lies in a file while it is read.
func spilled(name string) bool {
	name = strings.ToLower(strings.ReplaceAll(name, `\`, "/"))
	return strings.HasPrefix(name, "xl/worksheets/sheet") || name == "xl/sharedstrings.xml"
}

// checkPart reads a part to its end, which must be where the workbook says, and sheets and
// texts as XML. texts is how many of these there are.
func checkPart(part *zip.File) (texts int, err error) {
	r, err := part.Open()
	if err != nil {
		return 0, partFault(part, err)
	}
	defer r.Close()
	in := &partReader{r: r, left: part.UncompressedSize64}
	if spilled(part.Name) {
		texts, err = wellFormed(in)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, in)
	}
	if err != nil {
		return 0, partFault(part, err)
	}
	return texts, nil
}

func partFault(part *zip.File, err error) error {
	return fmt.Errorf("%s: %w", part.Name, err)
}

// errCharset is that a part is in another character set than UTF-8.
var errCharset = errors.New("not UTF-8")

// wellFormed reads XML to its end and counts its texts (si). What is not UTF-8 is left to
// who reads it.
func wellFormed(r io.Reader) (texts int, err error) {
	d := xml.NewDecoder(r)
	d.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errCharset }
	for {
		t, err := d.Token()
		switch {
		case err == io.EOF:
			return texts, nil
		case err != nil && strings.Contains(err.Error(), errCharset.Error()):
			return texts, nil
		case err != nil:
			return texts, fmt.Errorf("byte %d: %w", d.InputOffset(), err)
		}
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "si" {
			texts++
		}
	}
}

// partReader fails behind as many bytes as a part says it has.
type partReader struct {
	r    io.Reader
	left uint64
}

// Read implements io.Reader.
func (p *partReader) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if uint64(n) > p.left {
		return 0, zip.ErrFormat
	}
	p.left -= uint64(n)
	return n, err
}
