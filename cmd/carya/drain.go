package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// drain lets a server stop without losing a request: once closing, every
// answer asks its client to open no further request on that connection, so
// that idle connections are few when the listener goes. It knows the
// connections, because http.Server.Shutdown drops a request that it reads after
// it was called: until all that was sent is with a handler, it must not be.
type drain struct {
	next    http.Handler
	closing atomic.Bool
	conns   sync.Map     // the open ones, net.Conn
	moved   atomic.Int64 // when one of them last changed while closing, Unix ns
}

func (d *drain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if d.closing.Load() {
		w.Header().Set("Connection", "close")
	}
	d.next.ServeHTTP(w, r)
}

// begin begins to close.
func (d *drain) begin() {
	d.moved.Store(time.Now().UnixNano())
	d.closing.Store(true)
}

// ready is the question for readiness of a server that may be closing.
func (d *drain) ready(open func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if d.closing.Load() {
			return errors.New("stopping")
		}
		return open(ctx)
	}
}

// track is an http.Server's ConnState.
func (d *drain) track(c net.Conn, s http.ConnState) {
	switch s {
	case http.StateNew:
		d.conns.Store(c, nil)
	case http.StateClosed, http.StateHijacked:
		d.conns.Delete(c)
	}
	if d.closing.Load() {
		d.moved.Store(time.Now().UnixNano())
	}
}

// A connection is quiet when nothing has come on it for quietTime; more than
// settleTime is waited for no one.
const (
	quietTime  = 500 * time.Millisecond
	settleTime = 5 * time.Second
)

// settle waits until every request that was sent is with a handler, as far as
// can be told: all connections are gone, or quiet.
func (d *drain) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !d.settled() {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (d *drain) settled() bool {
	none, quiet := true, time.Since(time.Unix(0, d.moved.Load())) >= quietTime
	d.conns.Range(func(c, _ any) bool {
		none, quiet = false, quiet && isQuiet(c.(net.Conn))
		return quiet
	})
	return none || quiet
}

// isQuiet reports whether nothing has come on a connection for a while and
// nothing waits to be read. One that cannot tell is quiet.
func isQuiet(c net.Conn) bool {
	if t, ok := c.(interface{ NetConn() net.Conn }); ok { // TLS
		c = t.NetConn()
	}
	s, ok := c.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return true
	}
	quiet := true
	_ = raw.Control(func(fd uintptr) {
		waiting, err := unix.IoctlGetInt(int(fd), unix.TIOCINQ)
		quiet = err != nil || waiting == 0
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			quiet = quiet && time.Duration(info.Last_data_recv)*time.Millisecond >= quietTime
		}
	})
	return quiet
}
