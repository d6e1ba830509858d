package conns

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// Crowd bounds how many connections there are at once, so that clients that only
// connect take no file from the rest of the server. When there are too many, the one that
// has waited longest for a request is closed; a new one, when all others are at work.
type Crowd struct {
	max int

	mu      sync.Mutex
	waiting list.List // of net.Conn, without a request, the longest first
	place   map[net.Conn]*list.Element
	busy    map[net.Conn]bool
}

// NewCrowd makes a Crowd of at most so many.
func NewCrowd(most int) *Crowd {
	return &Crowd{max: most, place: map[net.Conn]*list.Element{}, busy: map[net.Conn]bool{}}
}

// Track is an http.Server's ConnState.
func (c *Crowd) Track(conn net.Conn, s http.ConnState) {
	if gone := c.move(conn, s); gone != nil {
		gone.Close()
	}
}

// move notes what became of a connection, and tells the one that is to be closed.
func (c *Crowd) move(conn net.Conn, s http.ConnState) (gone net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.forget(conn)
	switch {
	case s == http.StateClosed, s == http.StateHijacked, s != http.StateNew && !known:
		return nil
	case s == http.StateActive:
		c.busy[conn] = true
		return nil
	case len(c.place)+len(c.busy) >= c.max:
		if gone = c.longest(); gone == nil {
			return conn
		}
		c.forget(gone)
	}
	c.place[conn] = c.waiting.PushBack(conn)
	return gone
}

// longest is the connection that has waited longest, nil when none waits. The lock is
// held.
func (c *Crowd) longest() net.Conn {
	if e := c.waiting.Front(); e != nil {
		return e.Value.(net.Conn)
	}
	return nil
}

// forget forgets a connection and tells whether it was known. The lock is held.
func (c *Crowd) forget(conn net.Conn) bool {
	e, known := c.place[conn]
	if known {
		c.waiting.Remove(e)
		delete(c.place, conn)
	}
	known = known || c.busy[conn]
	delete(c.busy, conn)
	return known
}
