package pack

import (
	"bufio"
	"bytes"
	"io"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// OpenStray opens a pack that the journal's state does not list, for reading: of all of
// it, also without keys.
func OpenStray(d *disk.Disk, dir string, name Name, s *Scratch) (*Pack, *View, error) {
	p := newPack(d, dir, name)
	var err error
	if p.Data, err = d.OpenFile(p.DataFile(), d.Mode(), 0); err != nil {
		return nil, nil, domain.Wrap(err, "e.store.damaged", p.DataFile())
	}
	v, err := Look(d, dir, name, All, s)
	if err != nil {
		p.Data.Close()
		return nil, nil, err
	}
	p.size, p.keyed = v.size, v.keyed
	return p, v, nil
}

// Size is how long the lines are.
func (v *View) Size() int64 { return v.size }

// Text is a line of which a lost entry told.
func (v *View) Text(s Stray) ([]byte, error) {
	body, err := v.lines.Bytes(s.From, s.Size)
	return bytes.Clone(body), err
}

// Lines visits lines with their offsets. A line holds during the visit only. One
// without its end is visited too; empty ones are not.
func Lines(r io.Reader, visit func(offset int64, line []byte) error) error {
	in := bufio.NewReaderSize(r, 1<<16)
	var long []byte
	for offset := int64(0); ; {
		part, err := in.ReadSlice('\n')
		long = append(long, part...)
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil && err != io.EOF {
			return err
		}
		line := long
		if n := len(line); n > 0 && line[n-1] == '\n' {
			line = line[:n-1]
		}
		if len(line) > 0 {
			if e := visit(offset, line); e != nil {
				return e
			}
		}
		if err == io.EOF {
			return nil
		}
		offset += int64(len(long))
		long = long[:0]
	}
}

// Bare tells of the lines of a pack without keys that are no records.
func (v *View) Bare(bad func(Problem)) error {
	if v.data == nil {
		return nil
	}
	return Lines(io.NewSectionReader(v.data, 0, v.size), func(offset int64, line []byte) error {
		if !relaxed.Valid(line) || gjson.GetBytes(line, "id").Type != gjson.String {
			bad(Problem{File: v.DataFile(), Offset: offset, Msg: domain.Text{ZH: "该行不是记录", EN: "the line is no record"}, entry: noKeys})
		}
		return nil
	})
}

// Keyless is the problem of a pack that has lines and no keys; ok is false for others.
func (v *View) Keyless() (p Problem, ok bool) {
	return Problem{File: v.KeyFile(), Msg: domain.Text{ZH: "缺少该文件，或其中没有内容", EN: "the file is missing, or there is nothing in it"}, entry: noKeys}, v.keyed == 0 && v.size > 0
}

// LinePlace is the place of a line, without File.
func LinePlace(offset int64, body []byte) rows.Place {
	return rows.Place{Offset: uint32(offset), Size: uint32(len(body)), Sum: frame.Sum(body)}
}
