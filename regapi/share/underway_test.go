package share

import (
	"net/netip"
	"testing"

	"github.com/caryahq/carya/domain"
)

// Of what is under way one address has a part, of all domains, and each domain another;
// what has ended counts no longer.
func TestRequestsUnderWayAreBounded(t *testing.T) {
	t.Parallel()
	p := &Pool{Files: 1600}
	a, b := p.Domain(shares(10)), p.Domain(shares(10))
	var ends []func()
	begin := func(d *Domain, addr netip.Addr, want string) {
		t.Helper()
		done, err := d.Begin(addr)
		if domain.CodeOf(err) != want {
			t.Fatalf("%d are under way: %v, want %q", len(ends), err, want)
		}
		if err == nil {
			ends = append(ends, done)
		}
	}
	for range 60 {
		begin(a, address(1), "")
	}
	for range 40 {
		begin(b, address(1), "")
	}
	begin(a, address(1), "e.api.limit")
	begin(b, address(1), "e.api.limit")
	for n := range 140 {
		begin(a, address(2+n), "")
	}
	begin(a, address(500), "e.busy")
	begin(b, address(500), "")
	begin(a, netip.Addr{}, "e.busy")
	if u := a.Usage(); u.Requests != 200 || u.Refused[Requests] != 2 || u.Refused[Address] != 1 {
		t.Errorf("%+v", u)
	}
	for _, done := range ends {
		done()
	}
	if a.under != 0 || b.under != 0 || len(p.under) != 0 {
		t.Errorf("left: %d %d %v", a.under, b.under, p.under)
	}
	if done, err := (&Pool{}).Domain(shares(1)).Begin(address(1)); err != nil || done == nil {
		t.Error("without a bound there is none", err)
	}
}
