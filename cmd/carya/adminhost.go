package main

import (
	"net"
	"net/http"
	"net/netip"

	"github.com/caryahq/carya/domain/grant"
)

// forThisMachine keeps the pages of other sites from the admin address: who asks an
// address of this machine only must name it as such, which no page does whose own name
// was pointed at it (DNS rebinding), and a browser must not say that another site asks.
func forThisMachine(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isOnlyHere(r) && !isHere(r.Host) || isOtherSite(r.Header.Get("Sec-Fetch-Site")) {
			http.Error(w, "ask by localhost or by address, and from no other site's page", http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// isOnlyHere reports whether the connection came to a loopback address.
func isOnlyHere(r *http.Request) bool {
	a, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	return ok && a.IP.IsLoopback()
}

// isHere reports whether a Host header is an address, localhost, or none.
func isHere(header string) bool {
	host := grant.RequestHost(header)
	_, err := netip.ParseAddr(host)
	return header == "" || err == nil || host == "localhost"
}

func isOtherSite(fetch string) bool { return fetch == "cross-site" || fetch == "same-site" }
