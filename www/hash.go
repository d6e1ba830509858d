package www

import (
	"encoding/json"
	"slices"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// hashVerb is `www hash calibrate`: what hashing should cost on this machine.
func (s *Service) hashVerb() *shell.Command {
	text := func(zh, en string) domain.Text { return domain.Text{ZH: zh, EN: en} }
	return &shell.Command{
		Name:   "hash",
		Manual: manual("hash"),
		Params: []shell.Param{{Name: "WHAT", Type: shell.Literal, Help: text("calibrate：按本机测算参数；show：当前参数", "calibrate: propose parameters for this machine; show: those in use")}},
		Options: answerOptions(
			shell.Option{Name: "time", Arity: shell.Required, Type: shell.Duration, Arg: "DURATION", Help: text("一次哈希的目标用时，默认 50ms", "how long one hash may take (50ms)")},
			shell.Option{Name: "memory", Arity: shell.Required, Type: shell.Int, Arg: "KIB", Help: text("内存上限 KiB，默认 65536", "how much memory it may use, in KiB (65536)")},
		),
		Run: s.hashing,
	}
}

// calibration is a proposal; Took is the median of a few measurements.
type calibration struct {
	Memory  uint32  `json:"memory"` // KiB
	Time    uint32  `json:"time"`
	Threads uint8   `json:"threads"`
	TookMS  float64 `json:"took_ms,omitempty"`
}

func (s *Service) hashing(c *shell.Call) error {
	if c.Who != domain.Owner {
		return domain.E("e.auth.nopvg", domain.Text{ZH: "www hash 命令", EN: "www hash"})
	}
	var out calibration
	switch c.Arg(0).Text() {
	case "show":
		out = calibration{Memory: s.o.Hash.Memory, Time: s.o.Hash.Time, Threads: s.o.Hash.Threads}
	case "calibrate":
		wanted, memory := 50*time.Millisecond, 64<<10
		var err error
		if c.Has("time") {
			wanted, err = c.Opt("time").Duration()
		}
		if err == nil && c.Has("memory") {
			memory, err = c.Opt("memory").Int()
		}
		if err != nil {
			return err
		}
		if wanted <= 0 || wanted > 10*time.Second || memory < minHashMemory || memory > maxMemory {
			return domain.E("e.cmd.arg", domain.Textf("-time 最长 10s；-memory 从 %v 到 %v KiB", "-time up to 10s; -memory from %v to %v KiB", minHashMemory, maxMemory))
		}
		h, took := Calibrate(wanted, uint32(memory), measure)
		out = calibration{h.Memory, h.Time, h.Threads, float64(took.Microseconds()) / 1000}
		c.Notef("%s", domain.Textf("要使用它，请把 {memory:%d, time:%d, threads:%d} 写入根目录的 .carya/hash.json 并重启服务",
			"to use it, write {memory:%d, time:%d, threads:%d} into .carya/hash.json of the root and start the server again", h.Memory, h.Time, h.Threads).In(c.Lang))
	default:
		return domain.E("e.cmd.arg", domain.Text{ZH: "只能是 calibrate 或 show", EN: "want calibrate or show"})
	}
	doc, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return c.Reply(doc)
}

// The least that a hash may cost: OWASP's weakest recommendation for argon2id is
// 7 MiB with five passes, its others cost about as much memory times passes.
const (
	minHashMemory = 7168  // KiB
	minHashWork   = 35840 // KiB times passes
)

// Calibrate proposes parameters whose hash takes about the wanted time, by
// RFC 9106, 4: as much memory as fits with one pass, then as many passes as fit.
// It never goes below OWASP's weakest recommendation, whatever that takes. took
// measures one hash.
func Calibrate(wanted time.Duration, memory uint32, took func(Hash) time.Duration) (Hash, time.Duration) {
	h := Hash{Memory: memory, Time: 1, Threads: 1}
	one := took(h)
	for one > wanted && h.Memory/2 >= minHashMemory {
		h.Memory /= 2
		one = took(h)
	}
	h.Time = uint32(min(maxPasses, max(1, wanted/max(one, 1))))
	if need := (minHashWork + h.Memory - 1) / h.Memory; h.Time < need {
		h.Time = need
	}
	return h, took(h)
}

// measure is the median time of a few hashes.
func measure(h Hash) time.Duration {
	var times []time.Duration
	for range 3 {
		begun := time.Now()
		argon2.IDKey([]byte("calibration"), make([]byte, saltLen), h.Time, h.Memory, h.Threads, hashLen)
		times = append(times, time.Since(begun))
	}
	slices.Sort(times)
	return times[1]
}

// CheckHash refuses parameters that are too weak or too dear to be anybody's
// intention: e.cmd.arg.
func CheckHash(h Hash) error {
	if h.Memory < minHashMemory || h.Memory > maxMemory || h.Time < 1 || h.Time > maxPasses || h.Threads < 1 || h.Threads > 64 || h.Memory*h.Time < minHashWork {
		return domain.E("e.cmd.arg", domain.Text{ZH: "argon2id 参数：内存从 7168 到 262144 KiB，内存 × 次数至少 35840", EN: "argon2id parameters: memory from 7168 to 262144 KiB, memory × time at least 35840"})
	}
	return nil
}

// SetHash sets the cost of new hashes, for a Service that nobody uses yet.
func (s *Service) SetHash(h Hash) { s.o.Hash = h }
