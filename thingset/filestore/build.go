package filestore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// Builder lays out the sets of a domain that has none yet and that nobody has open,
// straight as packs and own files. It holds no rows: memory does not grow with the
// number of records. What it makes counts when End has returned, and is durable when
// the file system is synced afterwards. One goroutine uses it.
//
// Records come first, by Add. Definitions may only be known at the end: until Define
// makes keys of them, lines wait in packs of their own in the journal's folder.
type Builder struct {
	d     *disk.Disk
	sets  map[string]*building // of which the records wait
	dirs  int                  // where they wait, so far
	held  int                  // bytes in batches
	rev   thingset.Rev
	marks journal.Marks // of the sets that are laid out

	line []byte // for Add, used again
	keys rows.Keys
}

// building is a set of which the records wait.
type building struct {
	dir   string
	packs []*pack.Pack // closed
	batch *pack.Batch  // for the last one; nil: nothing waits to be written
	n     int          // about how many records there are
}

// waitDir is where records wait.
const waitDir = journal.Dir + "/laying"

// idsOnly is the definition by which waiting records have keys.
const idsOnly = "{}"

// Build begins to lay out the sets of a domain in its folder.
func Build(dir string) (*Builder, error) { return buildOn(dir, nil) }

// buildOn is Build on a disk with a hook.
func buildOn(dir string, hook disk.Hook) (*Builder, error) {
	d, err := disk.Open(dir, hook)
	if err != nil {
		return nil, domain.Wrap(err, "e.domain.noexists", dir)
	}
	return &Builder{d: d, sets: map[string]*building{}, marks: journal.Marks{}}, nil
}

// Close gives everything back, and takes away what waits still.
func (b *Builder) Close() error {
	return errors.Join(b.d.Root().RemoveAll(waitDir), b.d.Close())
}

// mostHeld is how many bytes of records are held before they are written.
const mostHeld = 1 << 20

// Add takes one write in; a later one of the same record counts more. If says
// Absent when there is none so far. The body is the caller's again afterwards. What
// no store would hold is refused as Commit does.
func (b *Builder) Add(w thingset.Write) error {
	if err := thingset.CheckID(w.ID); err != nil {
		return err
	}
	if w.Body != nil {
		if err := checkBody(w); err != nil {
			return err
		}
	}
	s, err := b.waiting(w.Set)
	if err != nil {
		return err
	}
	before := s.batch.Len()
	b.add(s, w)
	if b.held += s.batch.Len() - before; b.held >= mostHeld {
		return b.flush()
	}
	return nil
}

func (b *Builder) add(s *building, w thingset.Write) {
	b.rev++
	if w.Body == nil {
		s.batch.Gone(b.rev, w.ID)
		s.n--
		return
	}
	if w.If == thingset.Absent {
		s.n++
	}
	b.line = relaxed.AppendCompact(b.line[:0], w.Body)
	b.keys = rows.IDKeys(b.keys[:0], w.ID)
	s.batch.Put(b.rev, b.line, b.keys, rows.Stamp{})
}

// waiting is a set with a batch that records can be added to.
func (b *Builder) waiting(name string) (*building, error) {
	s := b.sets[name]
	if s == nil {
		s = &building{dir: fmt.Sprintf("%s/%d", waitDir, b.dirs)}
		b.sets[name] = s
		b.dirs++
	}
	if s.batch != nil {
		return s, nil
	}
	last := len(s.packs) - 1
	if last < 0 || s.packs[last].Size() >= pack.Full {
		if err := s.begin(b.d); err != nil {
			return nil, domain.Wrap(err, "e.store.write", s.dir)
		}
		last++
	}
	s.batch = s.packs[last].Batch(0, 0)
	return s, nil
}

// begin begins a pack.
func (s *building) begin(d *disk.Disk) error {
	if err := d.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	p, err := pack.Create(d, s.dir, len(s.packs)+1, false)
	if err != nil {
		return err
	}
	p.Close()
	s.packs = append(s.packs, p)
	return nil
}

// flush writes all batches. No file stays open: there may be many sets.
func (b *Builder) flush() error {
	b.held = 0
	for _, name := range slices.Sorted(maps.Keys(b.sets)) {
		if err := b.sets[name].flush(); err != nil {
			return domain.Wrap(err, "e.store.write", name)
		}
	}
	return nil
}

func (s *building) flush() error {
	if s.batch == nil {
		return nil
	}
	p := s.packs[len(s.packs)-1]
	if err := p.Reopen(); err != nil {
		return err
	}
	defer p.Close()
	err := p.Write(s.batch, []byte(idsOnly), false)
	s.batch = nil
	return err
}

// Sets are the sets whose records wait, sorted.
func (b *Builder) Sets() []string { return slices.Sorted(maps.Keys(b.sets)) }

// Define lays a set out, after all records were added. When they break a unique key it
// is e.thing.ukey.duplicated.
func (b *Builder) Define(ctx context.Context, name string, def thingset.Def) error {
	if err := b.flush(); err != nil {
		return err
	}
	s := b.sets[name]
	if s == nil {
		return nil
	}
	delete(b.sets, name)
	l := newLaying(b.d, name, def, s.n)
	if err := l.run(ctx, s.packs); err != nil {
		return err
	}
	b.marks[name] = l.mark
	return l.unique(b.marks)
}

// End makes the domain's journal: its revisions go on behind one that is not below
// those that the writes have got.
func (b *Builder) End(rev thingset.Rev) error {
	if len(b.sets) > 0 {
		return thingset.NoSet(b.Sets()[0])
	}
	if err := b.d.Root().RemoveAll(waitDir); err != nil {
		return domain.Wrap(err, "e.store.write", waitDir)
	}
	return journal.Begin(b.d, max(rev, b.rev), b.marks)
}
