package pack

import (
	"bytes"
	"encoding/binary"
	"os"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// Batch collects what goes to the end of a pack. Make one with Pack.Batch.
type Batch struct {
	lines   []byte
	entries []byte
	at      int64 // where the lines will stand
}

// Batch begins a batch, which is the next that is written, of so many lines with so
// many bytes, as far as that is known.
func (p *Pack) Batch(lines, bytes int) *Batch {
	return &Batch{at: p.size, lines: make([]byte, 0, bytes+lines), entries: make([]byte, 0, lines*entrySize)}
}

// entrySize is about what an entry takes, in bytes.
const entrySize = 160

// Put adds a record; body is one line of JSON. It gives the line's place,
// without File.
func (b *Batch) Put(rev thingset.Rev, body []byte, keys rows.Keys, own rows.Stamp) rows.Place {
	line := rows.Place{Offset: uint32(b.at + int64(len(b.lines))), Size: uint32(len(body)), Sum: frame.Sum(body)}
	b.lines = append(append(b.lines, body...), '\n')
	e := Entry{Kind: Put, Rev: rev, Line: line, Keys: keys, Stamp: own}
	if own != (rows.Stamp{}) {
		e.Kind = PutOwn
	}
	b.entries = appendPut(b.entries, e)
	return line
}

// Cost is about what a record takes in a pack at most, in bytes.
func Cost(line rows.Place, keys rows.Keys) int64 { return int64(line.Size) + int64(len(keys)) + 48 }

// Gone adds that a record is there no more.
func (b *Batch) Gone(rev thingset.Rev, id string) {
	b.entries = append(b.entries, byte(Gone))
	b.entries = binary.AppendUvarint(b.entries, uint64(rev))
	b.entries = frame.AppendBytes(b.entries, id)
}

// Own adds a new state of a record's own file.
func (b *Batch) Own(id string, s rows.Stamp) {
	b.entries = append(b.entries, byte(Own))
	b.entries = frame.AppendBytes(b.entries, id)
	b.entries = appendStamp(b.entries, s)
}

// Len is how long the batch has got.
func (b *Batch) Len() int { return len(b.lines) + len(b.entries) }

// Write appends a batch whose keys were made by def. When it fails the pack is
// as before, unless it is Lost. sync makes the lines durable before the entries are
// written.
func (p *Pack) Write(b *Batch, def []byte, sync bool) error {
	if len(b.entries) == 0 {
		return nil
	}
	p.unsynced = true
	if err := p.even(); err != nil {
		return err
	}
	if len(b.lines) > 0 {
		if _, err := p.Data.WriteAt(b.lines, p.size); err != nil {
			p.isEven = false
			return err
		}
	}
	if sync {
		if err := p.Data.Sync(); err != nil {
			p.lost, p.isEven = true, false
			return err
		}
	}
	n, err := p.writeKeys(b.entries, def)
	if err != nil {
		p.torn, p.isEven = true, false
		return err
	}
	p.size += int64(len(b.lines))
	p.keyed += n
	p.def = def
	return nil
}

// even cuts off lines that do not count, of an earlier process or of a write that was
// refused: behind those that come they would be taken for later ones, if the keys were
// lost.
func (p *Pack) even() error {
	if p.isEven || p.Data == nil {
		return nil
	}
	size, err := p.Data.Size()
	if err == nil && size > p.size {
		err = p.Data.Truncate(p.size)
	}
	p.isEven = err == nil
	return err
}

func (p *Pack) writeKeys(entries, def []byte) (n int64, err error) {
	if err := p.openKeys(); err != nil {
		return 0, err
	}
	if err := p.Trim(); err != nil {
		return 0, err
	}
	buf := make([]byte, 0, len(entries)+len(def)+64)
	if p.def == nil || !bytes.Equal(def, p.def) {
		buf = p.appendFrame(nil, []byte{frameDef, version}, def)
	}
	buf = p.appendFrame(buf, []byte{frameEntries}, entries)
	_, err = p.keys.WriteAt(buf, p.keyed)
	return int64(len(buf)), err
}

func (p *Pack) appendFrame(dst, head, body []byte) []byte {
	at := len(dst)
	dst = frame.Begin(dst)
	dst = append(append(dst, head...), body...)
	frame.Seal(dst[at:], frame.Place{File: p.N, Offset: p.keyed + int64(at)})
	return dst
}

func (p *Pack) openKeys() (err error) {
	if p.keys == nil {
		p.keys, err = p.d.OpenFile(p.KeyFile(), os.O_RDWR, 0)
	}
	return err
}

// Trim cuts off what a refused write has left: it must not be taken for good
// behind a shorter one, nor for damage in a pack that is not the last any more.
func (p *Pack) Trim() error {
	if !p.torn {
		return nil
	}
	if err := p.openKeys(); err != nil {
		return err
	}
	if err := p.keys.Truncate(p.keyed); err != nil {
		return err
	}
	p.torn = false
	return nil
}

// Sync makes all that was written durable, the folder's names aside.
func (p *Pack) Sync() error {
	if !p.unsynced {
		return nil
	}
	err := p.Data.Sync()
	if err == nil && p.keys != nil {
		err = p.keys.Sync()
	}
	if err == nil {
		p.Synced()
	}
	return err
}

// Synced says that all that was written is durable.
func (p *Pack) Synced() {
	p.unsynced = false
	if p.sealed {
		p.Seal()
	}
}

// Retreat takes back the entries behind the first keyed bytes of the key file,
// which may not have reached the disk. The lines stay, for those who read them
// still.
func (p *Pack) Retreat(keyed int64) error {
	if p.keys == nil {
		var err error
		if p.keys, err = p.d.OpenFile(p.KeyFile(), os.O_RDWR, 0); err != nil {
			return err
		}
	}
	if err := p.keys.Truncate(keyed); err != nil {
		return err
	}
	p.keyed, p.def, p.lost = keyed, nil, false
	return nil
}

// Lost reports whether Write has failed to sync since the last Retreat: a later sync
// that succeeds does not bring lines to the disk that this one has lost.
func (p *Pack) Lost() bool { return p.lost }
