package ctl

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
)

// Job is what a verb asks the server to do. Do names it ("run", "script",
// "init", …); the other fields are what that work needs.
type Job struct {
	Do      string            `json:"do"`
	Domain  string            `json:"domain,omitempty"`
	Lang    domain.Lang       `json:"lang,omitempty"`
	Argv    []string          `json:"argv,omitempty"`
	Text    string            `json:"text,omitempty"`
	File    string            `json:"file,omitempty"`
	Dir     string            `json:"dir,omitempty"`
	Pos     int               `json:"pos,omitempty"`
	Columns int               `json:"columns,omitempty"` // of the terminal that the errors go to; 0 is none
	Vars    map[string]string `json:"vars,omitempty"`
	Hosts   []string          `json:"hosts,omitempty"`   // of init, to be granted
	Session string            `json:"session,omitempty"` // a prompt whose variables last from job to job; "" is none
}

// Stdio is a job's input and outputs.
type Stdio struct {
	In       io.Reader
	Out, Err io.Writer
}

// Handler does a job and returns its exit code.
type Handler func(ctx context.Context, job Job, io Stdio) int

// Server serves jobs on a socket.
type Server struct {
	path string
	l    net.Listener
	h    Handler
	wg   sync.WaitGroup

	cancel context.CancelFunc
	ctx    context.Context

	mu      sync.Mutex
	closing bool
	running map[*running]bool
	waiting map[net.Conn]bool // their jobs have not come
}

// running is a job that was begun.
type running struct {
	job Job
	nc  net.Conn
}

// Listen makes the socket and serves jobs until Close. The caller holds the
// root's lock.
func Listen(path string, h Handler) (*Server, error) {
	l, err := listen(path)
	if err != nil {
		return nil, err
	}
	return serveOn(l, path, h), nil
}

// serveOn serves the jobs that a listener at a path brings.
func serveOn(l net.Listener, path string, h Handler) *Server {
	s := &Server{path: path, l: l, h: h, running: map[*running]bool{}, waiting: map[net.Conn]bool{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.wg.Go(s.accept)
	return s
}

// Patience is how long jobs that run may go on when a server stops.
type Patience struct {
	All     time.Duration
	Brief   time.Duration  // of those that are brief
	IsBrief func(Job) bool // those that may as well be done again
}

// Drain stops taking jobs, waits for those that run as long as p says, and closes.
func (s *Server) Drain(p Patience) error {
	s.refuse()
	err := s.l.Close()
	done := make(chan struct{})
	go func() { s.wg.Wait(); close(done) }()
	brief, all := time.NewTimer(p.Brief), time.NewTimer(p.All)
	defer brief.Stop()
	defer all.Stop()
	for waits := true; waits; {
		select {
		case <-done:
			waits = false
		case <-brief.C:
			s.cut(p.IsBrief)
		case <-all.C:
			waits = false
		}
	}
	if e := s.Close(); !errors.Is(e, net.ErrClosed) {
		err = errors.Join(err, e)
	}
	return err
}

// cut ends the connections of jobs, which cancels these: what they still say of
// that reaches nobody.
func (s *Server) cut(which func(Job) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for r := range s.running {
		if which(r.job) {
			r.nc.Close()
		}
	}
}

// refuse takes no job from now on.
func (s *Server) refuse() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = true
	for nc := range s.waiting {
		nc.Close()
	}
}

// greet notes a connection whose job has not come; it is false when the server
// stops.
func (s *Server) greet(nc net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closing {
		s.waiting[nc] = true
	}
	return !s.closing
}

func (s *Server) forget(nc net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.waiting, nc)
}

// begin notes a job that begins; it is nil when the server stops.
func (s *Server) begin(nc net.Conn, job Job) *running {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.waiting, nc)
	if s.closing {
		return nil
	}
	r := &running{job, nc}
	s.running[r] = true
	return r
}

func (s *Server) end(r *running) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, r)
}

// Close stops taking jobs, cancels those that run and waits for them.
func (s *Server) Close() error {
	s.refuse()
	s.cut(func(Job) bool { return true })
	err := s.l.Close()
	s.cancel()
	s.wg.Wait()
	if rm := os.Remove(s.path); rm != nil && !os.IsNotExist(rm) {
		err = errors.Join(err, rm)
	}
	return err
}

// accept takes connections until the listener is closed. Another error passes, such as
// that of a process with too many open files.
func (s *Server) accept() {
	for {
		nc, err := s.l.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err == nil:
			s.wg.Go(func() { s.serve(nc) })
		default:
			select {
			case <-s.ctx.Done():
				return
			case <-time.After(acceptPause):
			}
		}
	}
}

// acceptPause is how long the server waits after a connection that it could not take.
const acceptPause = 50 * time.Millisecond

// serve does the one job of a connection.
func (s *Server) serve(nc net.Conn) {
	defer nc.Close()
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { nc.Close() })()
	if !s.greet(nc) {
		return
	}
	defer s.forget(nc)
	c := &conn{rw: nc}
	k, payload, err := c.receive()
	if err != nil || k != kindJob {
		return
	}
	var job Job
	if json.Unmarshal(payload, &job) != nil {
		return
	}
	run := s.begin(nc, job)
	if run == nil {
		return
	}
	defer s.end(run)
	if c.send(kindTaken, nil) != nil {
		return
	}
	in := newInput(c)
	go func() {
		in.fill(c)
		cancel()
	}()
	code := s.h(ctx, job, Stdio{In: in, Out: stream{c, kindOut}, Err: stream{c, kindErr}})
	_ = c.send(kindExit, []byte{byte(code)}) // a client that has gone needs no code
}
