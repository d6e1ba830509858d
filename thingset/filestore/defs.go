package filestore

import (
	"maps"
	"slices"
	"sync"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
)

// defs are the definitions of the sets of all domains. They outlive rooms, so
// that whoever closes a domain takes no set away from those who defined it.
type defs struct {
	mu   sync.Mutex
	list map[string]map[string]thingset.Def // by domain and set
}

func (d *defs) keep(dom, set string, def thingset.Def) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.list == nil {
		d.list = map[string]map[string]thingset.Def{}
	}
	if d.list[dom] == nil {
		d.list[dom] = map[string]thingset.Def{}
	}
	d.list[dom][set] = def
}

func (d *defs) find(dom, set string) (def thingset.Def, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	def, ok = d.list[dom][set]
	return def, ok
}

// names are the sets of a domain, in order.
func (d *defs) names(dom string) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(maps.Keys(d.list[dom]))
}

// drop forgets the sets in a folder that was dropped.
func (d *defs) drop(dom string, of journal.Drop) {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.list[dom], func(set string, _ thingset.Def) bool { return of.Holds(set) })
}

func (d *defs) forget(dom string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.list, dom)
}

// serving has a set of a room be served that was defined before the room was
// opened. A set that nobody defined is e.thing.set.noexists.
func (r *room) serving(name string) error {
	r.defining.Lock()
	defer r.defining.Unlock()
	if r.serves(name) {
		return nil
	}
	def, ok := r.s.defs.find(r.dom, name)
	if !ok {
		return thingset.NoSet(name)
	}
	return r.defineLocked(name, def)
}

func (r *room) serves(name string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	t := r.sets[name]
	return t != nil && t.served
}

// servingAll is serving for the sets that a batch writes to. One that nobody
// defined is left to the commit to refuse.
func (r *room) servingAll(batch []thingset.Write) error {
	for i, w := range batch {
		if i > 0 && w.Set == batch[i-1].Set || r.serves(w.Set) {
			continue
		}
		if err := r.serving(w.Set); err != nil && domain.CodeOf(err) != "e.thing.set.noexists" {
			return err
		}
	}
	return nil
}

// left reports whether a call has failed because its room was closed meanwhile:
// it is made again in the next one.
func (r *room) left(err error) bool {
	return err != nil && r.leaving.Load() && domain.CodeOf(err) == "e.store.closed"
}
