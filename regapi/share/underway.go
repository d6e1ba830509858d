package share

import "net/netip"

// Parts of the files that the process may open: what one domain's requests that are under
// way may take, and one address's of all domains. Each has a connection, and a file when it
// is for a page; who reads slowly keeps both.
const (
	filesOfDomain  = 8
	filesOfAddress = 16
)

// Begin counts a request of an address, from when it is known for whom it is until it has
// been answered; done is to be called then. e.api.limit when the address has its part of
// what is under way, of all domains; e.busy when the domain has.
func (d *Domain) Begin(addr netip.Addr) (done func(), err error) {
	p := d.pool
	if p.Files <= 0 {
		return func() {}, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case addr.IsValid() && p.under[addr] >= max(p.Files/filesOfAddress, 8):
		return nil, d.refuse(Address)
	case d.under >= max(p.Files/filesOfDomain, 16):
		return nil, d.refuse(Requests)
	}
	d.under++
	if addr.IsValid() {
		if p.under == nil {
			p.under = map[netip.Addr]int{}
		}
		p.under[addr]++
	}
	return func() { d.ended(addr) }, nil
}

// ended ends the count of a request that has begun.
func (d *Domain) ended(addr netip.Addr) {
	p := d.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	d.under--
	if !addr.IsValid() {
		return
	}
	if p.under[addr]--; p.under[addr] <= 0 {
		delete(p.under, addr)
	}
}
