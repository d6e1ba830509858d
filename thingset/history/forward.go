package history

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/secret"
)

// Bounds of what waits to be copied, and of the patience with a receiver.
const (
	maxWaiting = 1024
	sendTries  = 4
	sendWithin = 10 * time.Second
	closeGrace = 2 * time.Second
)

// Send posts a record to a URL that the domain's owner named. A status other
// than 2xx is an error.
type Send func(ctx context.Context, d *domain.Domain, url string, header http.Header, body []byte) error

// SendBy says how records are posted. Without it rules with http go nowhere, and
// the log says so.
func (b *Books) SendBy(f Send) { b.forward.send.Store(&f) }

// parcel is a copy on its way.
type parcel struct {
	rule rule
	line []byte
}

// forwarder copies records without ever making a writer wait: what does not
// fit into the queue is dropped, counted and logged.
type forwarder struct {
	books *Books
	send  atomic.Pointer[Send]

	mu      sync.Mutex
	queue   chan parcel // nil: nobody is at work
	done    chan struct{}
	cancel  context.CancelFunc
	dropped atomic.Int64
}

// Dropped is how many copies were not sent since the domain was opened: the
// queue was full, or the receiver failed too often.
func (b *Books) Dropped() int64 { return b.forward.dropped.Load() }

// offer queues copies of a record for the rules that want it.
func (f *forwarder) offer(book string, line []byte) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for _, r := range f.books.conf().rules {
		if r.book != "" && r.book != book {
			continue
		}
		switch fits, err := r.match.Match(ctx, line); {
		case err != nil:
			f.drop("its match takes too long")
		case fits:
			f.put(parcel{r, line})
		}
	}
}

func (f *forwarder) put(p parcel) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.queue == nil {
		f.start()
	}
	select {
	case f.queue <- p:
	default:
		f.drop("the queue is full")
	}
}

// drop counts a lost copy; the first and then each hundredth is logged.
func (f *forwarder) drop(why string) {
	if n := f.dropped.Add(1); n%100 == 1 {
		d := f.books.d
		d.Log().Warn("history: copies are lost", "domain", d.Name(), "lost", n, "why", why)
	}
}

func (f *forwarder) start() {
	ctx, cancel := context.WithCancel(context.Background())
	queue, done := make(chan parcel, maxWaiting), make(chan struct{})
	f.queue, f.done, f.cancel = queue, done, cancel
	go func() {
		defer close(done)
		for p := range queue {
			f.deliver(ctx, p)
		}
	}()
}

// close gives what waits a moment, then lets it go.
func (f *forwarder) close() {
	f.mu.Lock()
	queue, done, cancel := f.queue, f.done, f.cancel
	f.queue = nil
	f.mu.Unlock()
	if queue == nil {
		return
	}
	close(queue)
	late := time.AfterFunc(closeGrace, cancel)
	<-done
	late.Stop()
	cancel()
}

// deliver tries a receiver a few times, each time after a longer wait.
func (f *forwarder) deliver(ctx context.Context, p parcel) {
	wait := time.Second
	for try := 1; ; try++ {
		err := f.copy(ctx, p)
		if err == nil {
			return
		}
		if try == sendTries || ctx.Err() != nil || isFinal(err) {
			f.drop(err.Error())
			return
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
		wait *= 4
	}
}

// isFinal reports whether only the operator or the owner can mend what is wrong: an
// address or a secret that was not granted, a file where no data may lie.
func isFinal(err error) bool {
	switch domain.CodeOf(err) {
	case "e.http.host", "e.domain.secret", "e.io.forbidden":
		return true
	}
	return false
}

func (f *forwarder) copy(ctx context.Context, p parcel) error {
	if p.rule.file != "" {
		if err := noData(f.books.d, p.rule.file); err != nil { // it may have become one
			return err
		}
		return f.books.d.Tree(domain.Owner).Append(p.rule.file, append(p.line[:len(p.line):len(p.line)], '\n'))
	}
	send := f.send.Load()
	if send == nil {
		return domain.E("e.http.failed", domain.Text{ZH: "这里不转发记录", EN: "nothing sends records here"})
	}
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	header := http.Header{"Content-Type": {"application/json"}}
	if p.rule.secret != "" {
		key, err := f.key(p.rule.secret)
		if err != nil {
			return err
		}
		header.Set("X-Carya-Signature", "sha256="+sign(key, p.line))
	}
	return (*send)(ctx, f.books.d, p.rule.url, header, p.line)
}

// key is what a rule signs with: the text itself, or the secret that it names.
func (f *forwarder) key(text string) (string, error) {
	if !secret.IsRef(text) {
		return text, nil
	}
	return secret.Read(f.books.d, text)
}

// sign is the HMAC of a record.
func sign(key string, line []byte) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(line)
	return hex.EncodeToString(mac.Sum(nil))
}
