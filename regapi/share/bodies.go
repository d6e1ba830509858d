package share

import (
	"net/netip"
	"sync"

	"github.com/caryahq/carya/domain"
)

// spilled is how many bytes of bodies a domain may have on disk at once, as a multiple
// of what it may have in memory.
const spilled = 4

// bodies are the bodies of requests that a domain holds, and what their scripts hold.
type bodies struct {
	d *Domain

	mu     sync.Mutex
	coming int                // requests whose body is on its way
	by     map[netip.Addr]int // of them, by address
	memory int64
	disk   int64
}

// Receive counts a request whose body is on its way from an address; done is to be
// called when it has come, or will not. So many at once as the domain's share of slots, of one
// address as many as it may hold slots.
func (b *bodies) Receive(addr netip.Addr) (done func(), err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case addr.IsValid() && b.by[addr] >= b.d.ofOne():
		return nil, b.d.refuse(Address)
	case int64(b.coming) >= b.d.shares().Slots:
		return nil, b.d.refuse(Coming)
	}
	b.coming++
	if addr.IsValid() {
		if b.by == nil {
			b.by = map[netip.Addr]int{}
		}
		b.by[addr]++
	}
	return func() { b.received(addr) }, nil
}

func (b *bodies) received(addr netip.Addr) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.coming--
	if addr.IsValid() {
		if b.by[addr]--; b.by[addr] <= 0 {
			delete(b.by, addr)
		}
	}
}

// Hold is what one request, or its run, holds of its domain's memory and disk. The zero Hold holds
// nothing of no domain and is bounded by nothing. It is for one goroutine at a time.
type Hold struct {
	d      *Domain
	memory int64
	disk   int64
}

// Hold makes an empty Hold.
func (d *Domain) Hold() Hold { return Hold{d: d} }

// Memory takes n more bytes of memory; false when the domain has no more of it.
func (h *Hold) Memory(n int64) bool {
	if h.d == nil || n <= 0 {
		return true
	}
	b := &h.d.bodies
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.memory+n > h.d.shares().Body {
		return false
	}
	b.memory += n
	h.memory += n
	return true
}

// Give gives n bytes of memory back.
func (h *Hold) Give(n int64) {
	if h.d == nil || n <= 0 {
		return
	}
	b := &h.d.bodies
	b.mu.Lock()
	defer b.mu.Unlock()
	n = min(n, h.memory)
	b.memory -= n
	h.memory -= n
}

// Disk takes n more bytes of disk; e.busy when the domain has no more of it.
func (h *Hold) Disk(n int64) error {
	if h.d == nil || n <= 0 {
		return nil
	}
	b, s := &h.d.bodies, h.d.shares()
	most := min(s.Disk, spilled*min(s.Body, 1<<50))
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.disk+n > most {
		return h.d.refuse(Disk)
	}
	b.disk += n
	h.disk += n
	return nil
}

// GiveDisk gives n bytes of disk back.
func (h *Hold) GiveDisk(n int64) {
	if h.d == nil || n <= 0 {
		return
	}
	b := &h.d.bodies
	b.mu.Lock()
	defer b.mu.Unlock()
	n = min(n, h.disk)
	b.disk -= n
	h.disk -= n
}

// Refuse is the error of a request for which there is no memory.
func (h *Hold) Refuse() error {
	if h.d == nil {
		return domain.E("e.busy")
	}
	return h.d.refuse(Memory)
}

// Free gives everything back.
func (h *Hold) Free() {
	if h.d == nil || h.memory == 0 && h.disk == 0 {
		return
	}
	b := &h.d.bodies
	b.mu.Lock()
	defer b.mu.Unlock()
	b.memory -= h.memory
	b.disk -= h.disk
	h.memory, h.disk = 0, 0
}
