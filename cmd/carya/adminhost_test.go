package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestNoPageOfAnotherSiteReadsTheAdminAddress(t *testing.T) {
	t.Parallel()
	ask := func(ip, host, fetch string) int {
		r := httptest.NewRequest("GET", "/healthz", nil)
		r.Host = host
		if fetch != "" {
			r.Header.Set("Sec-Fetch-Site", fetch)
		}
		ctx := context.WithValue(r.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.ParseIP(ip), Port: 8081})
		w := httptest.NewRecorder()
		adminHandler(nil).ServeHTTP(w, r.WithContext(ctx))
		_, _ = io.Copy(io.Discard, w.Body)
		return w.Code
	}
	for _, c := range []struct {
		ip, host, fetch string
		want            int
	}{
		{"127.0.0.1", "127.0.0.1:8081", "", 200}, {"127.0.0.1", "localhost:8081", "none", 200}, {"::1", "[::1]:8081", "same-origin", 200},
		{"127.0.0.1", "", "", 200}, {"127.0.0.1", "evil.example:8081", "", 403}, {"::1", "127.0.0.1.evil.example", "", 403},
		{"127.0.0.1", "shop.localhost", "", 403}, {"127.0.0.1", "localhost:8081", "cross-site", 403}, {"127.0.0.1", "localhost:8081", "same-site", 403},
		{"10.0.0.5", "carya:8081", "", 200}, {"10.0.0.5", "carya:8081", "cross-site", 403}, // who listens for others names it as they like
	} {
		if got := ask(c.ip, c.host, c.fetch); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}
