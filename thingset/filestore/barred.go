package filestore

import (
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// barred is a set that the journal writes to and that could not be loaded: a pack is
// damaged or gone. It answers nobody, others go on. The journal is not cut behind its
// first write until the set is loaded: the next call that wants it tries.
type barred struct {
	def    thingset.Def
	err    error
	writes []journaled
}

// journaled is a write as the journal has it.
type journaled struct {
	rev   thingset.Rev
	id    string
	file  *disk.File
	place rows.Place
	gone  bool
}

// bar keeps a set from being served.
func (r *room) bar(name string, def thingset.Def, err error, writes []journaled) *barred {
	b := &barred{def: def, err: err, writes: writes}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.barred == nil {
		r.barred = map[string]*barred{}
	}
	r.barred[name] = b
	r.s.o.Log.Error("a set cannot be opened; the journal keeps its records, other sets go on", "domain", r.dom, "set", name, "err", err)
	return b
}

// barredRev is the revision up to which the journal can be cut for the sake of sets
// that are barred. The caller holds the room's lock.
func (r *room) barredRev(rev thingset.Rev) thingset.Rev {
	for _, b := range r.barred {
		for _, w := range b.writes {
			rev = min(rev, w.rev-1)
		}
	}
	return rev
}

// barredErr says that a set is barred, nil when none is.
func (r *room) barredErr() error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, b := range r.barred {
		return b.err
	}
	return nil
}

func (r *room) isBarred(name string) *barred {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.barred[name]
}

// admit loads a set that was barred. The caller holds defining.
func (r *room) admit(name string, b *barred) (*set, error) {
	l, err := r.beginLoad(name, b.def, true)
	if err == nil {
		l.replays = true
		for _, w := range b.writes {
			if err = l.journaled(w); err != nil {
				break
			}
		}
	}
	if err == nil {
		err = l.takeStrays()
	}
	if err != nil {
		r.unload(l)
		return nil, err
	}
	l.end()
	r.reach(l.last)
	r.mu.Lock()
	r.sets[name] = l.t
	delete(r.barred, name)
	r.mu.Unlock()
	r.s.o.Log.Info("a set can be opened again", "domain", r.dom, "set", name)
	return l.t, nil
}

// journaled takes a write in that was put off.
func (l *load) journaled(w journaled) error {
	var body []byte
	if !w.gone {
		body = make([]byte, w.place.Size)
		if _, err := w.file.ReadAt(body, int64(w.place.Offset)); err != nil {
			return domain.Wrap(err, "e.store.damaged", w.file.Name())
		}
	}
	l.write(w, body)
	return nil
}
