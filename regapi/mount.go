package regapi

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/grant"
	"github.com/caryahq/carya/regapi/share"
)

// mount is a domain's endpoints: a table that is read without a lock, and the
// loader that makes the next one aside.
type mount struct {
	h     *Handler
	d     *domain.Domain
	table atomic.Pointer[table]
	stop  func()
	share *share.Domain // what the domain holds of the server

	mu      sync.Mutex // held while loading
	loader  *loader
	logged  map[domain.Fault]bool // faults that the log has
	waiting atomic.Bool           // a reload is on its way
	probed  atomic.Int64          // when times were last compared

	told  sync.Mutex
	dirty []string // paths that are told to have changed since the last load
}

// mountKey is where a domain keeps a handler's mount.
type mountKey struct{ h *Handler }

// settleTime is the pause after a change: an editor writes a file in steps.
const settleTime = 10 * time.Millisecond

// probePause is the least time between two comparisons of times, the fallback
// for file systems that tell nothing.
const probePause = int64(150 * time.Millisecond)

// mount is the domain's endpoints, loaded on first use.
func (h *Handler) mount(d *domain.Domain) *mount {
	if m, ok := d.Value(mountKey{h}).(*mount); ok {
		return m
	}
	h.mounting.Lock()
	defer h.mounting.Unlock()
	if m, ok := d.Value(mountKey{h}).(*mount); ok {
		return m
	}
	m := &mount{h: h, d: d, loader: newLoader(h.opt.Registry, d.Files())}
	m.loader.recorder = h.opt.Recorder
	m.share = h.slots.Domain(func() grant.Shares { return d.Grants().Shares })
	m.loader.isContent = func(path string) bool { return d.IsContent(domain.Path(path)) }
	m.stop = d.OnChange(m.changed)
	m.reload()
	for _, f := range m.siteFaults(m.table.Load().endpoints) {
		h.log.Warn("endpoint", "domain", d.Name(), "fault", f.String())
	}
	d.Put(mountKey{h}, m)
	return m
}

// changed is told of every change in the domain.
func (m *mount) changed(p domain.Path) {
	if p != "" && !p.Below(folder) {
		return
	}
	m.told.Lock()
	m.dirty = append(m.dirty, string(p))
	m.told.Unlock()
	m.soon(settleTime)
}

// soon reloads after a pause, once for all changes that come meanwhile.
func (m *mount) soon(pause time.Duration) {
	if !m.waiting.CompareAndSwap(false, true) {
		return
	}
	time.AfterFunc(pause, func() {
		m.waiting.Store(false)
		m.reload()
	})
}

// reload builds the next table aside and swaps it in.
func (m *mount) reload() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.told.Lock()
	dirty := m.dirty
	m.dirty = nil
	m.told.Unlock()
	m.loader.doubt(dirty)
	eps := m.loader.load()
	if t := m.table.Load(); t == nil || !slices.Equal(t.endpoints, eps) || !maps.Equal(t.shapes, m.loader.shapes) {
		t := newTable(eps, m.loader.shapes)
		m.loader.adviseRoutes(t)
		m.table.Store(t)
	}
	m.probed.Store(time.Now().UnixNano())
	m.tell(m.loader.faults())
	if m.loader.again {
		m.soon(grace)
	}
}

// tell logs the faults that are new, so many of one load.
func (m *mount) tell(faults []domain.Fault) {
	told, logged := 0, make(map[domain.Fault]bool, len(faults))
	for _, f := range faults {
		if logged[f] = true; m.logged[f] {
			continue
		}
		switch told++; {
		case told > maxToldFaults:
		case f.Warn:
			m.h.log.Warn("endpoint", "domain", m.d.Name(), "fault", f.String())
		default:
			m.h.log.Error("endpoint is broken, its last good version stays", "domain", m.d.Name(), "fault", f.String())
		}
	}
	if more := told - maxToldFaults; more > 0 {
		m.h.log.Warn("endpoints have more faults: carya check tells", "domain", m.d.Name(), "faults", more)
	}
	m.logged = logged
}

// faultsOf are the faults for which the saved file of an endpoint does not count.
func (m *mount) faultsOf(ep *endpoint) (out []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if u := m.loader.units[folder+"/"+ep.api]; u != nil && broken(u.faults) {
		for _, f := range u.faults {
			if !f.Warn {
				out = append(out, f.String())
			}
		}
	}
	return out
}

// faults are those of the last load, sorted by place.
func (l *loader) faults() []domain.Fault {
	var out []domain.Fault
	for _, m := range l.metas {
		if m.text != nil {
			out = append(out, m.text.faults...)
		}
	}
	for _, u := range l.units {
		out = append(out, u.faults...)
	}
	out = append(append(out, l.shadowed...), l.misshapen...)
	if l.over {
		out = append(out, domain.FaultAt("~/"+folder, 0, 0, domain.Text{ZH: "接口过多，其余的不提供服务", EN: "too many endpoints; the rest is not served"}))
	}
	slices.SortFunc(out, func(a, b domain.Fault) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		return (a.Line-b.Line)*10_000 + a.Col - b.Col
	})
	return slices.CompactFunc(out, func(a, b domain.Fault) bool { return a == b })
}
