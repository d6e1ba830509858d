package domain

import (
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// hostIndex knows which domain a host name is, without opening the domains: it
// reads only their domain.json. It is filled on the first ByHost; a domain
// that is open tells of changes itself, those that are closed are looked at
// again when an unknown host is asked for.
type hostIndex struct {
	root *Root

	mu    sync.RWMutex
	hosts map[string]string      // host name to domain
	of    map[string]domainHosts // by domain

	scan sync.Mutex // held while looking
	next time.Time  // no look before
}

// domainHosts is what one domain.json said.
type domainHosts struct {
	stamp stamp
	hosts []string
}

// rescanPause is the least time between two looks at all domains; a look that
// takes long makes the pause longer.
const rescanPause = time.Second

// hostReaders is how many files are read at once: reading is mostly waiting.
const hostReaders = 4

// ByHost is the domain that has a host name among its hosts (domain.json). A
// port and a trailing dot are ignored. When two domains claim a name the one
// whose own name sorts first has it.
func (r *Root) ByHost(host string) (*Domain, bool) {
	host = hostName(host)
	if !isHost(host) {
		return nil, false
	}
	for range 2 { // the second time when the index was behind
		name, ok := r.hosts.find(host)
		if !ok {
			return nil, false
		}
		d, err := r.Domain(name)
		if err == nil && (slices.Contains(d.Config().Hosts, host) || slices.Contains(d.conf.refresh().Hosts, host)) {
			return d, true
		}
		if err != nil {
			r.hosts.drop(name)
		}
	}
	return nil, false
}

// HasHost reports whether a domain has a host name, without opening it.
func (r *Root) HasHost(host string) bool {
	host = hostName(host)
	if !isHost(host) {
		return false
	}
	_, ok := r.hosts.find(host)
	return ok
}

func (h *hostIndex) find(host string) (string, bool) {
	if name, ok := h.lookup(host); ok {
		return name, true
	}
	h.refresh()
	return h.lookup(host)
}

func (h *hostIndex) lookup(host string) (string, bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	name, ok := h.hosts[host]
	return name, ok
}

// refresh looks at every domain.json that changed. The first look is waited
// for; later ones happen at most now and then, and only one asker waits.
func (h *hostIndex) refresh() {
	h.mu.RLock()
	first := h.of == nil
	h.mu.RUnlock()
	if first {
		h.scan.Lock()
	} else if !h.scan.TryLock() {
		return
	}
	defer h.scan.Unlock()
	start := time.Now()
	if start.Before(h.next) {
		return
	}
	h.look()
	h.next = time.Now().Add(max(rescanPause, 20*time.Since(start)))
}

func (h *hostIndex) look() {
	names, err := h.root.Names()
	if err != nil {
		h.root.opt.Log.Warn("list domains", "err", err)
		return
	}
	found := make([]domainHosts, len(names))
	var readers sync.WaitGroup
	var next atomic.Int64
	for range hostReaders {
		readers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(names)); i = next.Add(1) - 1 {
				found[i] = h.read(names[i])
			}
		})
	}
	readers.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.of = make(map[string]domainHosts, len(names))
	for i, name := range names {
		h.of[name] = found[i]
	}
	h.rebuild()
}

// read is one domain's hosts; while its file is broken, the last good ones.
func (h *hostIndex) read(name string) domainHosts {
	path := Path(name).child(string(configPath))
	h.mu.RLock()
	old, known := h.of[name]
	h.mu.RUnlock()
	seen := stampOf(h.root.files, path)
	if known && seen == old.stamp {
		return old
	}
	src, now, err := readStamped(h.root.files, path, MaxText)
	switch {
	case missing(err):
		return domainHosts{}
	case err != nil:
		h.root.opt.Log.Warn("domain.json cannot be read, its last good hosts stay", "domain", name, "err", err)
		return domainHosts{seen, old.hosts}
	}
	c, faults := parseConfig(string(src))
	if broken(faults) {
		h.root.opt.Log.Warn("domain.json is broken, its last good hosts stay", "domain", name, "fault", faults[0].String())
		return domainHosts{now, old.hosts}
	}
	return domainHosts{now, c.Hosts}
}

// set takes what an open domain says of itself.
func (h *hostIndex) set(name string, s stamp, hosts []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.of == nil || slices.Equal(h.of[name].hosts, hosts) {
		return
	}
	h.of[name] = domainHosts{s, hosts}
	h.rebuild()
}

// last is the last good hosts of a domain.
func (h *hostIndex) last(name string) []string {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.of[name].hosts
}

func (h *hostIndex) drop(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.of, name)
	h.rebuild()
}

func (h *hostIndex) rebuild() {
	names := make([]string, 0, len(h.of))
	for name, of := range h.of {
		if len(of.hosts) > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	h.hosts = make(map[string]string, len(names))
	for _, name := range names {
		for _, host := range h.of[name].hosts {
			if _, taken := h.hosts[host]; !taken {
				h.hosts[host] = name
			}
		}
	}
}

// hostName is a Host header's name: lower case, without port.
func hostName(s string) string {
	if h, _, err := net.SplitHostPort(s); err == nil {
		s = h
	}
	return strings.TrimSuffix(strings.ToLower(strings.Trim(s, "[]")), ".")
}

// isHost reports whether s, in lower case, may be a host name or an address.
func isHost(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r == 0x7f || strings.ContainsRune(`/\?#@[]*%"'<>`, r)
	})
}
