package journal

import (
	"bytes"
	"encoding/binary"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
)

// The first byte of a frame's payload says what it is.
const (
	kindHeader = 'H'
	kindGroup  = 'G'
	kindCarry  = 'K' // writes of earlier commits, once more (Journal.Carry)
	kindAside  = 'X' // the doctor took away what stood here
)

// The items of a group. A define stands before the first write to a set in a
// segment, so that every segment can be read without the others.
const (
	itemCommit = 'c' // revision
	itemPut    = 'p' // set, id, body
	itemNew    = 'n' // the same, of a record that was not there before
	itemDelete = 'd' // set, id
	itemDefine = 's' // set, definition

	itemDrop       = 'r' // folder; the deletes of what was in its sets follow
	itemDropUntold = 'u' // the same, without them
)

// Group collects commits for one frame.
type Group struct {
	j   *Journal
	buf []byte // the frame
	rev thingset.Rev

	last bool // the next group begins a segment
}

// Knows reports whether the open segment defines a set, by that definition last.
func (g *Group) Knows(set string, def []byte) bool {
	known, ok := g.j.defined[set]
	return ok && bytes.Equal(known, def)
}

// Define tells what a set is.
func (g *Group) Define(set string, def []byte) {
	g.j.defined[set] = def
	g.buf = append(g.buf, itemDefine)
	g.buf = frame.AppendBytes(g.buf, set)
	g.buf = frame.AppendBytes(g.buf, def)
}

// Commit begins a commit; its writes follow.
func (g *Group) Commit(rev thingset.Rev) {
	g.rev = rev
	g.buf = append(g.buf, itemCommit)
	g.buf = binary.AppendUvarint(g.buf, uint64(rev))
}

// Put adds a write and gives the body's offset in the segment; fresh says that
// no record of that id was there before.
func (g *Group) Put(set, id string, body []byte, fresh bool) (offset uint32) {
	kind := byte(itemPut)
	if fresh {
		kind = itemNew
	}
	g.buf = append(g.buf, kind)
	g.buf = frame.AppendBytes(g.buf, set)
	g.buf = frame.AppendBytes(g.buf, id)
	g.buf = frame.AppendBytes(g.buf, body)
	return uint32(g.at() + int64(len(g.buf)-len(body)))
}

// Delete adds a delete.
func (g *Group) Delete(set, id string) {
	g.buf = append(g.buf, itemDelete)
	g.buf = frame.AppendBytes(g.buf, set)
	g.buf = frame.AppendBytes(g.buf, id)
}

// at is where the frame will stand.
func (g *Group) at() int64 { return g.j.open().size + int64(len(g.j.pending)) }
