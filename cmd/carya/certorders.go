package main

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
)

// Orders of certificates within an hour, of one host and of all: an authority
// refuses who orders more (Let's Encrypt: 5 failures of a host an hour, 300 orders
// in 3 hours), and then nobody gets any.
const (
	ordersOfHost = 5
	ordersInAll  = 100
)

// certOrders decides for which hosts certificates are ordered: those that the
// operator granted to a domain, a bounded number in an hour.
type certOrders struct {
	root *domain.Root
	now  func() time.Time

	mu     sync.Mutex
	recent []certOrder // of the last hour, oldest first
}

type certOrder struct {
	host string
	at   time.Time
}

// allow is an autocert.HostPolicy. The answer to an authority's challenge over HTTP is
// no order.
func (c *certOrders) allow(ctx context.Context, host string) error {
	if err := c.granted(host); err != nil {
		return err
	}
	if ctx.Value(http.ServerContextKey) != nil {
		return nil
	}
	return c.count(host)
}

func (c *certOrders) granted(host string) error {
	if net.ParseIP(host) != nil || !c.root.HasHost(host) {
		return domain.Errorf("主机名 %q 没有授予任何域", "the host %q was granted to no domain", host)
	}
	return nil
}

// count notes an order, unless there were too many.
func (c *certOrders) count(host string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, own, from := c.now(), 0, 0
	for i, o := range c.recent {
		switch {
		case now.Sub(o.at) >= time.Hour:
			from = i + 1
		case o.host == host:
			own++
		}
	}
	c.recent = c.recent[from:]
	if own >= ordersOfHost || len(c.recent) >= ordersInAll {
		return domain.Errorf("一小时内为 %q 申请证书过多", "too many orders of certificates within an hour, for %q", host)
	}
	c.recent = append(c.recent, certOrder{host, now})
	return nil
}

// only lets certificates be served for granted hosts alone: one that was taken back
// is not used, nor renewed, any longer.
func (c *certOrders) only(get func(*tls.ClientHelloInfo) (*tls.Certificate, error)) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if err := c.granted(hello.ServerName); err != nil {
			return nil, err
		}
		return get(hello)
	}
}
