package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certFiles is a certificate kept in two files, loaded again when they change: what
// renews it needs to tell nobody. While they are broken the last good pair
// stays.
type certFiles struct {
	cert, key string
	log       *slog.Logger

	mu     sync.Mutex
	pair   *tls.Certificate
	seen   [2]fileState
	looked time.Time
}

// fileState tells a file's version.
type fileState struct {
	at   time.Time
	size int64
}

// certPause is the least time between two looks at the files.
const certPause = time.Second

// get is tls.Config.GetCertificate.
func (c *certFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) >= certPause {
		c.looked = time.Now()
		if now := c.state(); now != c.seen {
			c.reload(now)
		}
	}
	return c.pair, nil
}

func (c *certFiles) state() (out [2]fileState) {
	for i, name := range []string{c.cert, c.key} {
		if fi, err := os.Stat(name); err == nil {
			out[i] = fileState{fi.ModTime(), fi.Size()}
		}
	}
	return out
}

func (c *certFiles) reload(now [2]fileState) {
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil { // perhaps only one of them is written yet: look again
		c.log.Warn("the new certificate cannot be read, the last good one stays", "err", err)
		return
	}
	c.pair, c.seen = &pair, now
}

// load reads the files for the first time.
func (c *certFiles) load() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.state()
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return fmt.Errorf("--tls-cert, --tls-key: %w", err)
	}
	c.pair, c.seen, c.looked = &pair, now, time.Now()
	return nil
}
