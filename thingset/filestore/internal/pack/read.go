package pack

import (
	"bytes"
	"maps"
	"math"
	"os"
	"slices"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// Mark says which packs of a set there are, and how much of them was synced. The
// zero Mark says that nothing was: the journal has it all.
type Mark struct {
	Pack int           `json:"pack"` // the highest number
	Keys int64         `json:"keys"` // bytes of the key file of that one
	Live map[int]int64 `json:"live"` // bytes of the key files of all of them, by number; nil in what earlier versions wrote

	// Going are packs that were merged into others and are being removed.
	Going []int `json:"going,omitempty"`

	// Begun are packs that were begun since, and are not in Live yet: the journal, or
	// other packs, have all that they hold.
	Begun []int `json:"begun,omitempty"`

	// Mended are packs that the doctor has taken off Live, or off Begun: what can be read of
	// them counts. Their numbers tell their order among those that are in Live.
	Mended []int `json:"mended,omitempty"`

	// Form says whether each record has a file of its own; earlier versions told that
	// by the names of the packs.
	Form Form `json:"form,omitempty"`

	// Born is the revision that dropped the set of that name which was there before.
	Born thingset.Rev `json:"born,omitempty"`
}

// Form is what a set is kept in.
type Form string

// The forms of sets.
const (
	Small Form = "small" // each record has a file of its own, besides packs
	Large Form = "large" // packs alone
)

// Lists reports whether a pack has to be there.
func (m Mark) Lists(n int) bool {
	if m.Live == nil {
		return n < m.Pack || n == m.Pack && m.Keys > 0
	}
	_, ok := m.Live[n]
	return ok
}

// Leaves reports whether what lies there under a number is the engine's own and does
// not count.
func (m Mark) Leaves(n int) bool { return slices.Contains(m.Going, n) || slices.Contains(m.Begun, n) }

// Own reports whether a pack is one that the set has written itself: what it says is later
// than what those with lower numbers say.
func (m Mark) Own(n int) bool { return m.Lists(n) || slices.Contains(m.Mended, n) }

// Must is how much of a key file of that size has to be good.
func (m Mark) Must(n int, size int64) int64 {
	switch {
	case m.Live != nil:
		return m.Live[n]
	case n < m.Pack:
		return size
	case n > m.Pack:
		return 0
	}
	return m.Keys
}

// Last is the highest number that the mark tells of.
func (m Mark) Last() int { return slices.Max(slices.Concat([]int{m.Pack}, m.Going, m.Begun, m.Mended)) }

// Equal reports whether two marks say the same.
func (m Mark) Equal(o Mark) bool {
	return m.Pack == o.Pack && m.Keys == o.Keys && m.Form == o.Form && m.Born == o.Born && maps.Equal(m.Live, o.Live) &&
		slices.Equal(m.Going, o.Going) && slices.Equal(m.Begun, o.Begun) && slices.Equal(m.Mended, o.Mended)
}

// All is the mark of packs that have to be whole, of which nobody knows how many
// there are.
var All = Mark{Pack: math.MaxInt}

// Read visits the entries of the first bytes of the key file, which were synced.
// What is wrong with them is e.store.damaged. What stands behind is cut off, unless
// the disk is read-only: the journal has it still. The file is read through s.
func (p *Pack) Read(must int64, s *Scratch, visit func(Entry) error) error {
	f, all, err := p.openToRead()
	if err != nil {
		return err
	}
	defer f.Close()
	p.keyed, err = p.walk(f, min(must, all), s, visit)
	if err != nil {
		return err
	}
	if p.keyed < must {
		return domain.E("e.store.damaged", domain.Textf("%v 过短：%v，应为 %v", "%v is too short: %v of %v", p.KeyFile(), p.keyed, must))
	}
	if all > must && !p.d.ReadOnly() {
		return p.Retreat(must)
	}
	return nil
}

// Entries visits the entries of a pack that was read before.
func (p *Pack) Entries(visit func(Entry) error) error {
	f, _, err := p.openToRead()
	if err != nil {
		return err
	}
	defer f.Close()
	q := newPack(p.d, p.dir, p.name)
	_, err = q.walk(f, p.keyed, &Scratch{}, visit)
	return err
}

// openToRead opens the key file.
func (p *Pack) openToRead() (f *disk.File, size int64, err error) {
	if f, err = p.d.OpenFile(p.KeyFile(), os.O_RDONLY, 0); err == nil {
		if size, err = f.Size(); err != nil {
			f.Close()
		}
	}
	if err != nil {
		return nil, 0, domain.Wrap(err, "e.store.damaged", p.KeyFile())
	}
	return f, size, nil
}

// walk visits the entries of the first bytes of a key file, which have to be good,
// and gives how many they were.
func (p *Pack) walk(f *disk.File, size int64, s *Scratch, visit func(Entry) error) (at int64, err error) {
	for s.keys.Reset(f, p.N, size); at < size; {
		payload, n, ok, err := s.keys.At(at)
		switch {
		case err != nil:
			return at, domain.Wrap(err, "e.store.damaged", p.KeyFile())
		case !ok:
			return at, domain.E("e.store.damaged", domain.Textf("%v，偏移 %v 处", "%v at offset %v", p.KeyFile(), at))
		}
		if err := p.read(payload, visit); err != nil {
			return at, domain.Wrap(err, "e.store.damaged", domain.Textf("%v，偏移 %v 处", "%v at offset %v", p.KeyFile(), at))
		}
		at += int64(n)
	}
	return at, nil
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
