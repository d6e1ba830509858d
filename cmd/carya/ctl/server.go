package ctl

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"sync"

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
}

// Listen makes the socket and serves jobs until Close. The caller holds the
// root's lock.
func Listen(path string, h Handler) (*Server, error) {
	l, err := listen(path)
	if err != nil {
		return nil, err
	}
	s := &Server{path: path, l: l, h: h}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.wg.Go(s.accept)
	return s, nil
}

// Close stops taking jobs, cancels those that run and waits for them.
func (s *Server) Close() error {
	err := s.l.Close()
	s.cancel()
	s.wg.Wait()
	if rm := os.Remove(s.path); rm != nil && !os.IsNotExist(rm) {
		err = errors.Join(err, rm)
	}
	return err
}

func (s *Server) accept() {
	for {
		nc, err := s.l.Accept()
		if err != nil {
			return
		}
		s.wg.Go(func() { s.serve(nc) })
	}
}

// serve does the one job of a connection.
func (s *Server) serve(nc net.Conn) {
	defer nc.Close()
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { nc.Close() })()
	c := &conn{rw: nc}
	k, payload, err := c.receive()
	if err != nil || k != kindJob {
		return
	}
	var job Job
	if json.Unmarshal(payload, &job) != nil {
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
