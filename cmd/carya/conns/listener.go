package conns

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"time"
)

// handshakeTime is how long a client may take to agree on TLS; closingTime is what is
// left of it when the listener closes.
const (
	handshakeTime = 10 * time.Second
	closingTime   = time.Second
)

// Plain guards the connections of a listener in the clear.
func Plain(l net.Listener) net.Listener { return plainListener{l, Stall} }

type plainListener struct {
	net.Listener
	stall time.Duration
}

// Accept implements net.Listener.
func (l plainListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		return &plain{lasting: lasting{TCPConn: tcp, stall: l.stall}}, nil
	}
	return c, nil
}

// Protocols adds what net/http speaks to a TLS configuration that does not name it. The
// configuration is a copy.
func Protocols(conf *tls.Config) *tls.Config {
	conf = conf.Clone()
	for _, p := range []string{"h2", "http/1.1"} {
		if !slices.Contains(conf.NextProtos, p) {
			conf.NextProtos = append(slices.Clip(conf.NextProtos), p)
		}
	}
	return conf
}

// TLS guards the connections of a listener over TLS: which protocol a client speaks is
// agreed on before Accept gives its connection. Clients that agree on nothing are given
// as they are, for net/http to answer. The crowd knows those that are not agreed yet.
func TLS(l net.Listener, conf *tls.Config, crowd *Crowd) net.Listener {
	t := &tlsListener{Listener: l, conf: conf, crowd: crowd, ready: make(chan net.Conn), greeting: map[net.Conn]bool{}}
	go t.accept()
	return t
}

type tlsListener struct {
	net.Listener
	conf  *tls.Config
	crowd *Crowd
	ready chan net.Conn // closed when the listener has no more
	err   error         // why; set before ready is closed

	mu       sync.Mutex
	greeting map[net.Conn]bool // in their handshake
	closing  bool
}

// Accept implements net.Listener.
func (t *tlsListener) Accept() (net.Conn, error) {
	if c, ok := <-t.ready; ok {
		return c, nil
	}
	return nil, t.err
}

// accept takes connections until the listener ends, and then waits for those that are in
// their handshake: they have come before the end.
func (t *tlsListener) accept() {
	var all sync.WaitGroup
	for pause := time.Millisecond; ; {
		c, err := t.Listener.Accept()
		if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ECONNABORTED) {
			time.Sleep(pause)
			pause = min(2*pause, time.Second)
			continue
		}
		if err != nil {
			t.err = err
			break
		}
		pause = time.Millisecond
		all.Go(func() { t.ready <- t.greet(c) })
	}
	t.hurry()
	all.Wait()
	close(t.ready)
}

// greet agrees on TLS with a client.
func (t *tlsListener) greet(c net.Conn) net.Conn {
	raw := c
	if tcp, ok := c.(*net.TCPConn); ok {
		raw = &lasting{TCPConn: tcp, stall: Stall}
	}
	t.begin(c)
	t.crowd.Track(c, http.StateNew)
	conn := tls.Server(raw, t.conf)
	err := conn.Handshake()
	t.crowd.Track(c, http.StateClosed)
	t.end(c)
	if err != nil {
		return conn // net/http is told the same, and answers
	}
	_ = conn.SetDeadline(time.Time{})
	switch conn.ConnectionState().NegotiatedProtocol {
	case "", "http/1.1", "http/1.0":
		return &secure{Conn: conn}
	}
	return conn
}

func (t *tlsListener) begin(c net.Conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.greeting[c] = true
	limit := handshakeTime
	if t.closing {
		limit = closingTime
	}
	_ = c.SetDeadline(time.Now().Add(limit)) // the handshake tells
}

func (t *tlsListener) end(c net.Conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.greeting, c)
}

// hurry gives those in their handshake little more time.
func (t *tlsListener) hurry() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closing = true
	for c := range t.greeting {
		_ = c.SetDeadline(time.Now().Add(closingTime))
	}
}
