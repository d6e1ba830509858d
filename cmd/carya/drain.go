package main

import (
	"net/http"
	"sync/atomic"
)

// drain lets a server stop without losing a request: once closing, every
// answer asks its client to open no further request on that connection, so
// that idle connections are few when the listener goes.
type drain struct {
	next    http.Handler
	closing atomic.Bool
}

func (d *drain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if d.closing.Load() {
		w.Header().Set("Connection", "close")
	}
	d.next.ServeHTTP(w, r)
}
