package pack

import (
	"bytes"
	"math"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// Mark says how much of a set's packs was synced: all of those with a lower
// number, and Keys bytes of the key file of this one.
type Mark struct {
	Pack int   `json:"pack"`
	Keys int64 `json:"keys"`
}

// Mark is the mark when all that was written is synced.
func (p *Pack) Mark() Mark { return Mark{p.N, p.keyed} }

// All is the mark of packs that have to be whole.
var All = Mark{Pack: math.MaxInt}

// Covers reports whether a pack has to be there.
func (m Mark) Covers(n int) bool { return n < m.Pack || n == m.Pack && m.Keys > 0 }

// Must is how much of a key file of that size has to be good.
func (m Mark) Must(n int, size int64) int64 {
	switch {
	case n < m.Pack:
		return size
	case n > m.Pack:
		return 0
	}
	return m.Keys
}

// Read visits the entries in order. A bad frame in what was synced is
// e.store.damaged. Behind that, a bad frame, or one that tells of a line that is
// not there, is the torn end, as is all that follows: the journal still has it. It
// is cut off. The zero Mark says that nothing is known: whatever is whole
// counts.
func (p *Pack) Read(m Mark, visit func(Entry) error) error {
	data, _, err := p.d.ReadFile(p.KeyFile())
	if err != nil {
		return domain.Wrap(err, "e.store.damaged", p.KeyFile())
	}
	must := m.Must(p.N, int64(len(data)))
	for p.keyed = 0; p.keyed < int64(len(data)); {
		payload, n, ok := frame.Open(data[p.keyed:], frame.Place{File: p.N, Offset: p.keyed})
		if p.keyed >= must && (!ok || !p.whole(payload)) {
			return p.Retreat(p.keyed)
		}
		if !ok {
			return domain.E("e.store.damaged", domain.Textf("%v，偏移 %v 处", "%v at offset %v", p.KeyFile(), p.keyed))
		}
		if err := p.read(payload, visit); err != nil {
			return domain.Wrap(err, "e.store.damaged", domain.Textf("%v，偏移 %v 处", "%v at offset %v", p.KeyFile(), p.keyed))
		}
		p.keyed += int64(n)
	}
	if p.keyed < must {
		return domain.E("e.store.damaged", domain.Textf("%v 过短：%v，应为 %v", "%v is too short: %v of %v", p.KeyFile(), p.keyed, must))
	}
	return nil
}

// Entries visits the entries of a pack that was read before.
func (p *Pack) Entries(visit func(Entry) error) error {
	data, _, err := p.d.ReadFile(p.KeyFile())
	if err != nil {
		return domain.Wrap(err, "e.store.damaged", p.KeyFile())
	}
	q := Pack{}
	for at := int64(0); at < p.keyed; {
		payload, n, ok := frame.Open(data[min(at, int64(len(data))):], frame.Place{File: p.N, Offset: at})
		if !ok {
			return domain.E("e.store.damaged", domain.Textf("%v，偏移 %v 处", "%v at offset %v", p.KeyFile(), at))
		}
		if err := q.read(payload, visit); err != nil {
			return domain.Wrap(err, "e.store.damaged", domain.Textf("%v，偏移 %v 处", "%v at offset %v", p.KeyFile(), at))
		}
		at += int64(n)
	}
	return nil
}

// whole reports whether all lines are there that a frame tells of.
func (p *Pack) whole(payload []byte) bool {
	if len(payload) == 0 || payload[0] != frameEntries {
		return true
	}
	d := frame.Decoder{Rest: payload[1:]}
	for d.More() {
		if e := readEntry(&d); e.Keys != nil {
			if _, err := p.Line(e.Line); err != nil {
				return false
			}
		}
	}
	return true
}

// Line reads a line and holds it against its checksum.
func (p *Pack) Line(at rows.Place) ([]byte, error) {
	data := make([]byte, at.Size)
	if _, err := p.Data.ReadAt(data, int64(at.Offset)); err != nil {
		return nil, domain.Wrap(err, "e.store.damaged", domain.Textf("%v，偏移 %v 处", "%v at offset %v", p.DataFile(), at.Offset))
	}
	if frame.Sum(data) != at.Sum {
		return nil, domain.E("e.store.damaged", domain.Textf("%v，偏移 %v 处", "%v at offset %v", p.DataFile(), at.Offset))
	}
	return data, nil
}

var errEntries = domain.Errorf("有些条目无法理解", "entries that make no sense")

func (p *Pack) read(payload []byte, visit func(Entry) error) error {
	d := frame.Decoder{Rest: payload}
	switch d.Byte() {
	case frameDef:
		if d.Byte() != version {
			return errEntries
		}
		p.def = bytes.Clone(d.Rest)
		return nil
	case frameEntries:
	default:
		return errEntries
	}
	for d.More() {
		e := readEntry(&d)
		if d.Bad {
			break
		}
		if e.Def = p.def; e.Keys != nil {
			p.size = max(p.size, int64(e.Line.Offset)+int64(e.Line.Size)+1)
		}
		if err := visit(e); err != nil {
			return err
		}
	}
	if d.Bad {
		return errEntries
	}
	return nil
}
