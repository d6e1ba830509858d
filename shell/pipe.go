package shell

import (
	"bytes"
	"io"
	"sync"
)

// pipeSize is how much a stage may write before the next one has to start.
const pipeSize = 64 << 10

// pipe joins two stages. It begins as a buffer: the writing stage runs to its
// end, and then the reading one. When more than pipeSize is written, or
// something is flushed, the rest of the pipeline starts in its own goroutine, and
// the pipe becomes a bounded one that blocks either side. While the run shares
// (Env.Sharing) the two sides alternate: the reader works until it has read all, the
// writer until the pipe is full.
type pipe struct {
	flow *flow
	next int        // the stage that reads
	done chan error // what became of that stage and the further ones; made with the goroutine

	mu      sync.Mutex
	changed sync.Cond
	box     *[]byte // from the pool; nil before the first write
	read    int     // bytes of the box already read
	live    bool    // the reading stage runs in its own goroutine
	ended   error   // io.EOF or why the writer failed; nil while it writes
	gone    bool    // the reader has finished
	moved   bool    // something was written
	handed  bool    // it is the reader's turn, when the sides alternate
}

var pipeBoxes = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

func newPipe(f *flow, next int) *pipe {
	p := &pipe{flow: f, next: next}
	p.changed.L = &p.mu
	return p
}

// Write implements io.Writer. When the reader has finished it fails with
// io.ErrClosedPipe, which is no error of a pipeline.
func (p *pipe) Write(data []byte) (n int, err error) {
	if pace := p.flow.b.pace; pace != nil {
		if err := pace(); err != nil {
			return 0, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.moved = true
	if err := p.overdue(); err != nil {
		return 0, err
	}
	for {
		switch room := pipeSize - p.held(); {
		case p.gone:
			return n, io.ErrClosedPipe
		case p.live && p.handed && p.alternates():
			p.changed.Wait()
		case len(data) <= room:
			p.put(data)
			return n + len(data), nil
		case !p.live:
			p.goLive()
		case room > 0:
			p.put(data[:room])
			n, data = n+room, data[room:]
		default:
			p.hand(true)
			p.changed.Wait()
		}
	}
}

// alternates reports whether of the two sides one works at a time.
func (p *pipe) alternates() bool {
	sharing := p.flow.b.sharing
	return sharing != nil && sharing()
}

// hand says whose turn it is. The lock is held.
func (p *pipe) hand(reader bool) {
	p.handed = reader
	p.changed.Broadcast()
}

// overdue is the deadline's error once the pipe is live: it ends stages that do
// not look at it themselves.
func (p *pipe) overdue() error {
	if !p.live {
		return nil
	}
	return p.flow.b.Err()
}

// held is how much waits to be read.
func (p *pipe) held() int {
	if p.box == nil {
		return 0
	}
	return len(*p.box) - p.read
}

func (p *pipe) put(data []byte) {
	if p.box == nil {
		p.box = pipeBoxes.Get().(*[]byte)
	}
	if p.read > 0 && len(*p.box)+len(data) > cap(*p.box) {
		*p.box = (*p.box)[:copy(*p.box, (*p.box)[p.read:])]
		p.read = 0
	}
	*p.box = append(*p.box, data...)
	if p.live && !p.alternates() {
		p.changed.Broadcast()
	}
}

// goLive starts the rest of the pipeline. The lock is held.
func (p *pipe) goLive() {
	if p.live {
		return
	}
	p.live, p.handed, p.done = true, true, make(chan error, 1)
	go func() { p.done <- p.flow.from(p.next, p) }()
}

// Flush lets the reader see what was written so far.
func (p *pipe) Flush() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held() > 0 {
		p.goLive()
		p.hand(true)
	}
	return nil
}

// Read implements io.Reader.
func (p *pipe) Read(data []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.overdue(); err != nil {
		return 0, err
	}
	for {
		switch {
		case p.held() > 0 && (p.handed || p.ended != nil || !p.alternates()):
			n := copy(data, (*p.box)[p.read:])
			p.read += n
			if p.held() == 0 {
				*p.box, p.read = (*p.box)[:0], 0
			}
			if p.live && !p.alternates() {
				p.changed.Broadcast()
			}
			return n, nil
		case p.held() == 0 && p.ended != nil:
			return 0, p.ended
		case p.held() == 0 && p.handed:
			p.hand(false)
		}
		p.changed.Wait()
	}
}

// all gives everything that was written, when the writer has ended well; false
// when it still writes. The bytes are the caller's: a large box is given away.
func (p *pipe) all() ([]byte, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended != io.EOF {
		return nil, false
	}
	if p.box == nil {
		return nil, true
	}
	data := (*p.box)[p.read:]
	if len(data) < pipeSize/4 {
		data = bytes.Clone(data)
		p.read = len(*p.box)
	} else {
		p.box, p.read = nil, 0
	}
	return data, true
}

// end is called by the writer's side when its stage has finished.
func (p *pipe) end(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended == nil {
		p.ended = err
	}
	p.changed.Broadcast()
}

// leave is called when the reading stage has finished: further writes fail, and
// the buffer goes back.
func (p *pipe) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = true
	if p.box != nil && cap(*p.box) <= pipeSize*2 {
		*p.box = (*p.box)[:0]
		pipeBoxes.Put(p.box)
	}
	p.box, p.read = nil, 0
	p.changed.Broadcast()
}
