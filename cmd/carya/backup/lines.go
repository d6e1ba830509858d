package backup

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// What records/N.jsonl and changes/N.jsonl hold is read line by line, by Verify as
// by Restore.

// lineReader reads the lines of an entry, whose length is bounded by the reader's
// rules.
type lineReader struct {
	r *bufio.Reader
}

func newLines(r io.Reader) lineReader { return lineReader{bufio.NewReaderSize(r, 64<<10)} }

// next is a line of its own, without its end; io.EOF behind the last one.
func (l lineReader) next() ([]byte, error) {
	line, err := l.r.ReadBytes('\n')
	if errors.Is(err, io.EOF) && len(line) > 0 {
		err = nil
	}
	return bytes.TrimSuffix(line, []byte("\n")), err
}

// each gives every line that is left.
func (l lineReader) each(do func(line []byte) error) error {
	for {
		line, err := l.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = do(line)
		}
		if err != nil {
			return err
		}
	}
}

// eachRecord reads records/N.jsonl: begin gets the set, and do each record.
func eachRecord(name string, r io.Reader, begin func(setLine) error, do func(thingset.Write) error) error {
	lines := newLines(r)
	head, err := lines.next()
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	var s setLine
	if json.Unmarshal(head, &s) != nil || !validSet(s.Set) {
		return damaged(domain.Textf("%v 不对应任何数据集", "%v names no set", quoted(name)))
	}
	if err := begin(s); err != nil {
		return err
	}
	return lines.each(func(line []byte) error {
		id := thingset.Field(line, "id").String()
		if !isRecord(id, line) {
			return damaged(domain.Textf("%v 中有不是记录的内容", "%v holds what is no record", quoted(name)))
		}
		return do(thingset.Write{Set: s.Set, ID: id, Body: line, If: thingset.Absent})
	})
}

// eachChange reads changes/N.jsonl: begin gets the set of each change before do
// gets the change.
func eachChange(name string, r io.Reader, begin func(setLine) error, do func(thingset.Write) error) error {
	return newLines(r).each(func(line []byte) error {
		var c changeLine
		if json.Unmarshal(line, &c) != nil || !validSet(c.Set) || thingset.CheckID(c.ID) != nil || c.Body != nil && !isRecord(c.ID, c.Body) {
			return damaged(domain.Textf("%v 中有不是变更的内容", "%v holds what is no change", quoted(name)))
		}
		if err := begin(setLine{c.Set, isPlain(c.Set)}); err != nil {
			return err
		}
		return do(thingset.Write{Set: c.Set, ID: c.ID, Body: c.Body})
	})
}

// isRecord reports whether a store would hold a text as the record of that id.
func isRecord(id string, body []byte) bool {
	if !json.Valid(body) || thingset.CheckID(id) != nil || thingset.CheckBody(id, body) != nil {
		return false
	}
	v := thingset.Field(body, "id")
	return v.Type == gjson.String && v.Str == id
}
