package outbound

import (
	"context"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/grant"
)

// pools keep connections of HTTP open. A domain with networks of its own has a pool
// of its own, for as long as the grants are these: nobody gets a connection that it
// could not have opened. All others share one, which reaches the public internet.
type pools struct {
	mu     sync.Mutex
	public *http.Transport
}

// poolKey is where a domain keeps its own pool.
type poolKey struct{}

// pool is a domain's own.
type pool struct {
	mu       sync.Mutex
	networks []grant.Network
	kept     *http.Transport
}

// Client is an HTTP client of a domain; redirects are followed as check says, nil
// follows none.
func (x *Dialer) Client(d *domain.Domain, check func(*http.Request, []*http.Request) error) *http.Client {
	if check == nil {
		check = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	return &http.Client{Transport: x.transport(d), CheckRedirect: check}
}

func (x *Dialer) transport(d *domain.Domain) http.RoundTripper {
	g := d.Grants()
	if len(g.Networks) == 0 {
		return &asked{x, d}
	}
	own := d.ValueOr(poolKey{}, func() any { return &pool{} }).(*pool)
	own.mu.Lock()
	defer own.mu.Unlock()
	if own.kept == nil || !slices.Equal(own.networks, g.Networks) {
		if own.kept != nil {
			own.kept.CloseIdleConnections()
		}
		own.networks = g.Networks
		own.kept = newTransport(func(ctx context.Context, network, address string) (net.Conn, error) {
			return x.dial(ctx, d, g, network, address)
		})
	}
	return own.kept
}

// asked is the shared pool for one domain: whoever asks is told what to grant.
type asked struct {
	x *Dialer
	d *domain.Domain
}

// askerKey is where a request of the shared pool says whose it is.
type askerKey struct{}

// RoundTrip implements http.RoundTripper.
func (a *asked) RoundTrip(req *http.Request) (*http.Response, error) {
	return a.x.shared().RoundTrip(req.WithContext(context.WithValue(req.Context(), askerKey{}, a.d)))
}

// shared is the pool of those who have no networks.
func (x *Dialer) shared() *http.Transport {
	x.pools.mu.Lock()
	defer x.pools.mu.Unlock()
	if x.pools.public == nil {
		nothing := &grant.Grants{}
		x.pools.public = newTransport(func(ctx context.Context, network, address string) (net.Conn, error) {
			d, _ := ctx.Value(askerKey{}).(*domain.Domain)
			return x.dial(ctx, d, nothing, network, address)
		})
	}
	return x.pools.public
}

func newTransport(dial func(ctx context.Context, network, address string) (net.Conn, error)) *http.Transport {
	return &http.Transport{
		DialContext:            dial,
		TLSHandshakeTimeout:    dialTime,
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    8,
		IdleConnTimeout:        time.Minute,
		ForceAttemptHTTP2:      true,
		MaxResponseHeaderBytes: 64 << 10,
	}
}
