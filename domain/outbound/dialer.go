package outbound

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/grant"
)

// dialTime is how long a connection may take to come about.
const dialTime = 10 * time.Second

// Dialer connects domains to the outside. There is one of them in a process; all
// methods may be called at once.
type Dialer struct {
	resolver *net.Resolver // nil is the system's
	isLocal  func(netip.Addr) bool
	own      ports
	pools    pools
	told     told
}

// New makes a Dialer for a server that listens nowhere yet.
func New() *Dialer { return &Dialer{isLocal: local} }

// Listens notes that this server listens at an address, until closed is called.
func (x *Dialer) Listens(a net.Addr) (closed func()) { return x.own.add(a) }

// Dial connects a domain to host:port over TCP. An address that it may not reach is
// e.http.host; the cause, which no caller sees, is the command that grants it.
func (x *Dialer) Dial(ctx context.Context, d *domain.Domain, network, address string) (net.Conn, error) {
	return x.dial(ctx, d, d.Grants(), network, address)
}

func (x *Dialer) dial(ctx context.Context, d *domain.Domain, g *grant.Grants, network, address string) (net.Conn, error) {
	if !strings.HasPrefix(network, "tcp") {
		return nil, refused(network, "")
	}
	dialer := net.Dialer{
		Timeout:  dialTime,
		Resolver: x.resolver,
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			return x.judge(d, g, address)
		},
	}
	return dialer.DialContext(ctx, network, address)
}

// judge decides on an address that is about to be connected to.
func (x *Dialer) judge(d *domain.Domain, g *grant.Grants, address string) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return refused(address, "")
	}
	ap = netip.AddrPortFrom(grant.Meant(ap.Addr()), ap.Port())
	switch {
	case x.own.has(ap):
		if g.ReachesPort(ap) {
			return nil
		}
	case g.Reaches(ap), Public(ap.Addr()) && !x.isLocal(ap.Addr()):
		return nil
	}
	command := grant.Command(d.Name(), grant.Change{Kind: "network", Value: ap.String()})
	if x.own.any() { // else the error is told at a terminal
		x.told.once(d, command)
	}
	return refused(ap.String(), command)
}

// refused is the error for an address that a domain may not reach.
func refused(_, command string) error {
	why := domain.Text{ZH: "不是公网地址，运营者也没有授予", EN: "an address that is not public, nor granted by the operator"}
	if command == "" {
		return domain.E("e.http.host", why)
	}
	return domain.Wrap(domain.Errorf("可由运营者授予：%v", "the operator may grant it: %v", command), "e.http.host", why)
}

// told keeps the log from filling: each address that is missing is told once.
type told struct {
	mu   sync.Mutex
	seen map[string]bool
}

// maxTold is how many missing grants are told in the log of one process.
const maxTold = 1000

func (t *told) once(d *domain.Domain, command string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seen == nil {
		t.seen = map[string]bool{}
	}
	if t.seen[command] || len(t.seen) >= maxTold {
		return
	}
	t.seen[command] = true
	d.Log().Warn("an address that is not public was refused; the operator may grant it", "domain", d.Name(), "grant", command)
}
