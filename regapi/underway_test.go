package regapi

import (
	"net/http"
	"sync"
	"testing"
)

// slowReader is a client that takes nothing of its answer until it is let go.
type slowReader struct {
	nowhere
	begun sync.Once
	at    chan<- struct{}
	free  <-chan struct{}
}

func (s *slowReader) Write(p []byte) (int, error) {
	s.begun.Do(func() { s.at <- struct{}{} })
	<-s.free
	return len(p), nil
}

// Who reads pages slowly holds so many at once of one address, and takes no more of the
// server's files from others; when they have been sent there are others.
func TestSlowReadersOfPagesAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) { o.Limits, o.Files = true, 160 })
	w.file("www/page.txt", "hello")
	page := func(addr string) *http.Request {
		r := (request{url: "/www/demo/page.txt"}).make()
		r.RemoteAddr = addr + ":1"
		return r
	}
	at, free := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			w.h.ServeHTTP(&slowReader{nowhere: nowhere{http.Header{}}, at: at, free: free}, page("192.0.2.1"))
		})
		<-at
	}
	status := func(addr string) int {
		rec := &recorded{nowhere: nowhere{http.Header{}}}
		w.h.ServeHTTP(rec, page(addr))
		return rec.status
	}
	if one, other := status("192.0.2.1"), status("192.0.2.2"); one != 429 || other != 200 {
		t.Errorf("one more of the same address: %d; of another: %d", one, other)
	}
	close(free)
	all.Wait()
	if again := status("192.0.2.1"); again != 200 {
		t.Errorf("when all were sent: %d", again)
	}
}

type recorded struct {
	nowhere
	status int
}

func (r *recorded) WriteHeader(status int) { r.status = status }
