package journal

import (
	"iter"
	"slices"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
)

// Entry is a write as the feed tells it.
type Entry struct {
	Rev     thingset.Rev
	Set, ID string
	Body    []byte // nil deletes; the caller's to keep
	Fresh   bool   // no record of that id was there
}

// Since walks the writes of the commits after a revision up to another one that
// was shown to readers, in order. When not all of them are there any more that
// is e.store.feed, told before anything else. It never holds the journal up.
func (j *Journal) Since(after, until thingset.Rev) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		w := &walk{j: j, after: after, until: until, yield: yield}
		if err := w.run(); err != nil {
			yield(Entry{}, err)
		}
	}
}

// walk is one Since under way.
type walk struct {
	j            *Journal
	after, until thingset.Rev
	yield        func(Entry, error) bool
	done         bool
}

// run goes from part to part.
func (w *walk) run() error {
	for w.after < w.until && !w.done {
		p, err := w.j.part(w.after, w.until)
		if err == nil {
			err = w.read(p)
		}
		switch {
		case err == nil:
		case w.j.isClosed():
			return domain.E("e.store.closed")
		default:
			return domain.Wrap(err, "e.store.feed", w.after)
		}
	}
	return nil
}

func (j *Journal) isClosed() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.closed
}

// read walks what a part holds.
func (w *walk) read(p *part) error {
	r, err := openFrames(w.j.d, p.n, p.size)
	if err != nil {
		return err
	}
	defer r.Close()
	w.j.mu.Lock()
	from := p.index.before(w.after)
	w.j.mu.Unlock()
	if err := r.begin(p, from); err != nil {
		return err
	}
	for last := min(p.end, w.until); w.after < last && !w.done; {
		payload, err := r.group()
		if err != nil {
			return err
		}
		if payload[0] == kindGroup && r.rev > w.after {
			w.group(payload[1:])
		}
	}
	return nil
}

// group hands out what a group holds.
func (w *walk) group(items []byte) {
	from, rev := w.after, thingset.Rev(0)
	for d := (frame.Decoder{Rest: items}); d.More() && !w.done; {
		it, _ := readItem(&d)
		switch it.kind {
		case itemCommit:
			if rev = it.rev; rev > w.until {
				return
			}
			w.after = max(w.after, rev)
		case itemPut, itemNew, itemDelete:
			if rev > from {
				e := Entry{Rev: rev, Set: string(it.set), ID: string(it.id), Fresh: it.kind == itemNew}
				if it.kind != itemDelete {
					e.Body = slices.Clone(it.body)
				}
				w.done = !w.yield(e, nil)
			}
		}
	}
}
