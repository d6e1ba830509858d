package main

import (
	"encoding/gob"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/caryahq/carya/www"
)

// Passwords are hashed in processes of their own, of low priority: the kernel gives
// the processor to whoever answers other requests first, and the memory of a hash is
// no matter of the server's garbage collector. (The threads of one process cannot
// be told apart so: argon2 makes its own goroutines.) A process is started when it is
// needed and ends when it was idle for a while, or with the server.
const (
	hasherVerb = "hash-worker"
	hasherNice = 10
	hasherIdle = 20 * time.Second

	// Since Linux 6.6 a thread that wakes up may have to wait until a slice of the
	// one that runs is over, whatever their priorities; since 6.12 not when its own
	// slice is the shorter one. A long slice costs a hash nothing.
	hasherSlice = 100 * time.Millisecond

	// A hash is one thread's work, and all garbage is its memory: collected in the
	// middle of it, and with more threads, it would cost a fifth of the hashes. So
	// it is collected between two of them, or when it is this many times what is kept.
	hasherGC = 800 // percent
)

// hashers are those processes.
type hashers struct {
	exe string // this program
	log *slog.Logger

	mu   sync.Mutex
	free []*hasher
	shut bool
}

// hasher is one of them; it does one work after the other.
type hasher struct {
	in   io.WriteCloser
	enc  *gob.Encoder
	dec  *gob.Decoder
	proc *exec.Cmd
	idle *time.Timer
}

// work does a work in a process; where that fails, here.
func (h *hashers) work(w www.HashWork) www.HashDone {
	for range 2 { // the second time when an idle process has gone
		p, err := h.take()
		if err != nil {
			h.log.Warn("no process for hashing: it is done by the server itself", "err", err)
			break
		}
		var out www.HashDone
		if err := errors.Join(p.enc.Encode(w), p.dec.Decode(&out)); err == nil {
			h.give(p)
			return out
		}
		p.end()
	}
	return w.Do()
}

func (h *hashers) take() (*hasher, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if n := len(h.free); n > 0 {
		p := h.free[n-1]
		h.free = h.free[:n-1]
		p.idle.Stop()
		return p, nil
	}
	return startHasher(h.exe)
}

func (h *hashers) give(p *hasher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.shut {
		go p.end()
		return
	}
	h.free = append(h.free, p)
	p.idle = time.AfterFunc(hasherIdle, func() { h.drop(p) })
}

// drop ends a process that is still idle.
func (h *hashers) drop(p *hasher) {
	h.mu.Lock()
	for i, q := range h.free {
		if q == p {
			h.free = append(h.free[:i], h.free[i+1:]...)
			h.mu.Unlock()
			p.end()
			return
		}
	}
	h.mu.Unlock()
}

// close ends the processes; those at work end when they have finished.
func (h *hashers) close() {
	h.mu.Lock()
	free := h.free
	h.free, h.shut = nil, true
	h.mu.Unlock()
	for _, p := range free {
		p.idle.Stop()
		p.end()
	}
}

func startHasher(exe string) (*hasher, error) {
	c := exec.Command(exe, hasherVerb)
	c.Env = []string{}
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // one priority for its threads, and no Ctrl-C of a terminal
	in, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	return &hasher{in: in, enc: gob.NewEncoder(in), dec: gob.NewDecoder(out), proc: c}, nil
}

func (p *hasher) end() {
	p.in.Close()
	_ = p.proc.Wait() // it has nothing to say
}

// makeWay gives all threads of this process, and those that they will make, the
// priority and the slice of a hasher. Where that cannot be, it works all the same.
func makeWay() {
	_ = unix.Setpriority(unix.PRIO_PGRP, 0, hasherNice)
	for range 2 { // a thread may be made meanwhile
		threads, _ := os.ReadDir("/proc/self/task")
		for _, t := range threads {
			id, err := strconv.Atoi(t.Name())
			if err != nil {
				continue
			}
			if attr, err := unix.SchedGetAttr(id, 0); err == nil && attr.Policy == unix.SCHED_NORMAL {
				attr.Runtime = uint64(hasherSlice.Nanoseconds())
				_ = unix.SchedSetAttr(id, attr, 0)
			}
		}
	}
}

// hashWorker is the verb that such a process runs; nobody types it.
func hashWorker() *cobra.Command {
	return &cobra.Command{
		Use: hasherVerb, Hidden: true, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			makeWay()
			runtime.GOMAXPROCS(1)
			debug.SetGCPercent(hasherGC)
			dec, enc := gob.NewDecoder(c.InOrStdin()), gob.NewEncoder(c.OutOrStdout())
			for {
				var w www.HashWork
				if err := dec.Decode(&w); err != nil {
					return nil // the server has closed its end
				}
				if err := enc.Encode(w.Do()); err != nil {
					return nil
				}
				runtime.GC() // while nobody waits
			}
		},
	}
}
