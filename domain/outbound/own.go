package outbound

import (
	"net"
	"net/netip"
	"sync"
)

// ports are those that this server listens on.
type ports struct {
	mu   sync.RWMutex
	open map[uint16]int
}

// add notes a listener until the function that it gives is called.
func (p *ports) add(a net.Addr) (closed func()) {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return func() {}
	}
	port := tcp.AddrPort().Port()
	p.count(port, 1)
	return sync.OnceFunc(func() { p.count(port, -1) })
}

func (p *ports) count(port uint16, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open == nil {
		p.open = map[uint16]int{}
	}
	p.open[port] += n
}

// any reports whether this is a server.
func (p *ports) any() bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return len(p.open) > 0
}

// has reports whether an address is that of a listener of this server: a port of
// ours, of an address of this machine.
func (p *ports) has(a netip.AddrPort) bool {
	p.mu.RLock()
	open := p.open[a.Port()] > 0
	p.mu.RUnlock()
	return open && local(a.Addr())
}

// local reports whether an address is this machine's. Where that cannot be found out
// every one may be.
func local(a netip.Addr) bool {
	if a.IsLoopback() || a.IsUnspecified() {
		return true
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return true
	}
	for _, one := range addrs {
		if n, ok := one.(*net.IPNet); ok {
			if own, ok := netip.AddrFromSlice(n.IP); ok && own.Unmap() == a {
				return true
			}
		}
	}
	return false
}
