package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/grant"
)

func TestCertificatesAreOrderedForGrantedHostsAtARate(t *testing.T) {
	t.Parallel()
	root, err := domain.OpenRoot(t.TempDir(), domain.RootOptions{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if _, err := root.Create("demo"); err != nil {
		t.Fatal(err)
	}
	for i := range ordersInAll + 1 {
		if _, err := root.Grant("demo", grant.Change{Kind: "host", Value: fmt.Sprintf("h%d.example", i)}); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Unix(1_700_000_000, 0)
	c := &certOrders{root: root, now: func() time.Time { return now }}
	for _, host := range []string{"stranger.example", "127.0.0.1", "demo.localhost", ""} {
		if c.allow(t.Context(), host) == nil {
			t.Errorf("ordered for %q", host)
		}
	}
	for range ordersOfHost {
		if err := c.allow(t.Context(), "h0.example"); err != nil {
			t.Fatal(err)
		}
	}
	if c.allow(t.Context(), "h0.example") == nil {
		t.Error("one host has no rate")
	}
	if err := c.allow(context.WithValue(t.Context(), http.ServerContextKey, &http.Server{}), "h0.example"); err != nil {
		t.Errorf("a challenge is refused: %v", err)
	}
	for i := 1; i <= ordersInAll-ordersOfHost; i++ {
		if err := c.allow(t.Context(), fmt.Sprintf("h%d.example", i)); err != nil {
			t.Fatal(err)
		}
	}
	if c.allow(t.Context(), "h100.example") == nil {
		t.Error("all hosts together have no rate")
	}
	now = now.Add(time.Hour)
	if err := c.allow(t.Context(), "h100.example"); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}
