package share

import (
	"sync/atomic"

	"github.com/caryahq/carya/domain"
)

// Kind is which bound refused a request.
type Kind uint8

// The kinds.
const (
	Slots    Kind = iota // no slot in time, or the queue is full
	Address              // one address has its part of them
	Coming               // too many bodies are on their way
	Memory               // no memory for bodies, or what scripts hold
	Disk                 // no disk for bodies
	Requests             // too many requests are under way
	kinds
)

// Kinds are all kinds.
func Kinds() []Kind { return []Kind{Slots, Address, Coming, Memory, Disk, Requests} }

// String is the kind's name in /metrics.
func (k Kind) String() string {
	return [...]string{"slots", "address", "coming", "memory", "disk", "requests"}[k]
}

type counter struct{ atomic.Int64 }

// retryAfter is when a request that was refused for its address may try again.
const retryAfter = 1

// refuse counts a refusal and gives its error.
func (d *Domain) refuse(k Kind) error {
	d.refused[k].Add(1)
	switch k {
	case Address:
		return domain.E("e.api.limit", domain.Text{ZH: "同一地址同时的请求过多", EN: "too many at once from one address"}).With(retryAfter)
	case Coming:
		return domain.E("e.busy", domain.Text{ZH: "正在接收的请求体过多", EN: "too many request bodies are on their way"})
	case Memory:
		return domain.E("e.busy", domain.Text{ZH: "该域的请求和任务占满了内存份额", EN: "the domain's requests and jobs take its share of memory"})
	case Disk:
		return domain.E("e.busy", domain.Text{ZH: "该域的请求占满了磁盘份额", EN: "the domain's requests take its share of disk"})
	case Requests:
		return domain.E("e.busy", domain.Text{ZH: "该域正在处理的请求过多", EN: "too many of the domain's requests are under way"})
	}
	return domain.E("e.busy", domain.Text{ZH: "该域的脚本名额已满", EN: "the domain's slots are taken"})
}

// Usage is what a domain holds at one moment, and what it was refused so far.
type Usage struct {
	Slots, Queue, Coming int
	Requests             int   // under way
	Memory, Disk         int64 // bytes of bodies, and of memory that scripts hold
	Turns                int64 // of long work, taken so far
	Refused              map[Kind]int64
}

// Usage tells what the domain holds.
func (d *Domain) Usage() Usage {
	u := Usage{Refused: map[Kind]int64{}}
	d.pool.mu.Lock()
	u.Slots, u.Queue, u.Turns, u.Requests = d.used, len(d.queue), d.taken, d.under
	d.pool.mu.Unlock()
	d.bodies.mu.Lock()
	u.Coming, u.Memory, u.Disk = d.coming, d.memory, d.disk
	d.bodies.mu.Unlock()
	for _, k := range Kinds() {
		u.Refused[k] = d.refused[k].Load()
	}
	return u
}
