package regapi

import (
	"net/netip"
	"sync/atomic"

	"github.com/caryahq/carya/domain"
)

// A proxy that stands before the server and is not trusted makes one address of all its
// clients: they share its limits, and are locked out together. Its word does not count,
// for a client could say the same; but it is told that it speaks.

// untrusted remembers the first such proxy.
type untrusted struct{ addr atomic.Pointer[string] }

// isNear reports whether a proxy may stand at an address: on the machine, or in a
// private network.
func isNear(a netip.Addr) bool { return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() }

// seen notes and logs a peer that names other clients, once.
func (u *untrusted) seen(c *call, peer netip.Addr) {
	if c.r.Header[XForwardedFor] == nil && c.r.Header[Forwarded] == nil || u.addr.Load() != nil {
		return
	}
	if text := peer.String(); u.addr.CompareAndSwap(nil, &text) {
		c.h.log.Warn("a proxy that is not trusted names its clients: they all count as one address and share its limits; if it is yours, serve with --trust-proxy", "proxy", text)
	}
}

// UntrustedProxy is the address of a peer that named other clients and is not trusted,
// "" when none has.
func (h *Handler) UntrustedProxy() string {
	if addr := h.proxy.addr.Load(); addr != nil {
		return *addr
	}
	return ""
}

// ProxyFault is the warning of it for whoever checks a domain, empty without one.
func (h *Handler) ProxyFault() (f domain.Fault, ok bool) {
	addr := h.UntrustedProxy()
	if addr == "" {
		return f, false
	}
	f = domain.FaultAt("~", 0, 0, domain.Textf(
		"代理 %v 不受信任：它转来的所有客户端算作同一地址，共用限流，也一起被锁；若是自己的代理，请以 --trust-proxy %v 启动服务",
		"the proxy %v is not trusted: all its clients count as one address, share its limits and are locked out together; if it is yours, serve with --trust-proxy %v",
		addr, addr))
	f.Warn = true
	return f, true
}
