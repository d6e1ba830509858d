package domain

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/caryahq/carya/domain/relaxed"
)

// configState keeps a domain's Config current: reread when the watch says so,
// or when its time changed, looked at once a second. While the file is broken
// the last good one counts.
type configState struct {
	d       *Domain
	mu      sync.Mutex // rereading
	current atomic.Pointer[Config]
	src     []byte // the text of current; nil when that is the defaults
	stamp   stamp
	checked atomic.Int64 // Unix nanoseconds
}

// Config is the domain's configuration. It never fails: a broken domain.json
// leaves the last good one, or the defaults, and is reported in the log and by
// Check.
func (d *Domain) Config() *Config {
	c := d.conf.current.Load()
	if c == nil || !d.watch.covers(dotDomain) && time.Now().UnixNano()-d.conf.checked.Load() > int64(time.Second) {
		return d.conf.refresh()
	}
	return c
}

func (s *configState) refresh() *Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.checked.Store(time.Now().UnixNano())
	seen := stampOf(s.d.files, configPath)
	if c := s.current.Load(); c != nil && s.stamp == seen {
		return c
	}
	src, now, err := readStamped(s.d.files, configPath, MaxText)
	if s.stamp = now; err != nil && !missing(err) {
		s.stamp = seen
		s.d.log().Warn("domain.json cannot be read, the last good one stays", "domain", s.d.name, "err", err)
		return s.keep()
	}
	c, faults := parseConfig(string(src))
	if broken(faults) {
		s.d.log().Warn("domain.json is broken, the last good one stays", "domain", s.d.name, "fault", faults[0].String())
		return s.keep()
	}
	s.current.Store(c)
	s.src = src
	return c
}

// keep is the last good Config, or the defaults.
func (s *configState) keep() *Config {
	if c := s.current.Load(); c != nil {
		return c
	}
	c := &Config{Lang: ZH}
	s.current.Store(c)
	return c
}

// ConfigText is the text of the domain.json that counts, when the file on disk is
// another one, which is broken. It is nil when the file counts, or none was good.
func (d *Domain) ConfigText() []byte {
	d.Config()
	d.conf.mu.Lock()
	defer d.conf.mu.Unlock()
	src, _, err := readStamped(d.files, configPath, MaxText)
	if err == nil {
		if _, faults := parseConfig(string(src)); !broken(faults) {
			return nil
		}
	} else if missing(err) {
		return nil
	}
	return d.conf.src
}

// SettingFault is a fault of a setting of domain.json, at its place: a member's keys and
// a list's indexes lead to it. Where it is not there, it is at what is nearest.
func (d *Domain) SettingFault(msg Text, keys ...any) Fault {
	src, _, err := readStamped(d.files, configPath, MaxText)
	n, bad := relaxed.Parse(string(src))
	if err != nil || bad != nil {
		return FaultAt(configPath.String(), 0, 0, msg)
	}
	for _, key := range keys {
		next := nodeAt(n, key)
		if next == nil {
			break
		}
		n = next
	}
	return faultAt(configPath.String(), string(src), n.Offset, msg)
}

// nodeAt is an object's member or a list's item, nil when there is none.
func nodeAt(n *relaxed.Node, key any) *relaxed.Node {
	if i, ok := key.(int); ok && i < len(n.Items) {
		return n.Items[i]
	}
	for _, f := range n.Fields {
		if f.Key == key {
			return f.Value
		}
	}
	return nil
}
