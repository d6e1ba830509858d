package main

import (
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/caryahq/carya/regapi"
)

// meters are what /metrics tells of a server besides its process.
type meters struct {
	served  *prometheus.CounterVec // carya_requests_total
	took    prometheus.Histogram   // carya_request_seconds
	running prometheus.GaugeFunc   // carya_scripts_running
	open    prometheus.GaugeFunc   // carya_domains_open
	shares  *domainMeters          // carya_domain_…
	jobs    *jobMeters

	mu      sync.RWMutex
	domains map[string]classes
}

// classes are the counters of a domain by class of status, 1xx to 5xx.
type classes [5]prometheus.Counter

// buckets are upper bounds in seconds: most scripts take microseconds, a sign-in
// some hundredths, and none is waited for longer than http-timeout.
var buckets = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

func newMeters(a *app) *meters {
	gauge := func(name, help string, f func() float64) prometheus.GaugeFunc {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, f)
	}
	return &meters{
		served:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "carya_requests_total", Help: "Answers by domain (none: no such domain was asked for) and class of status."}, []string{"domain", "status"}),
		took:    prometheus.NewHistogram(prometheus.HistogramOpts{Name: "carya_request_seconds", Help: "Time from a request's head to the end of its answer.", Buckets: buckets}),
		running: gauge("carya_scripts_running", "Scripts that run at this moment.", func() float64 { return float64(a.handler().Running()) }),
		open:    gauge("carya_domains_open", "Domains that are open at this moment.", a.openDomains),
		shares:  newDomainMeters(a),
		jobs:    newJobMeters(a),
		domains: map[string]classes{},
	}
}

func (a *app) openDomains() (n float64) {
	a.domains.Range(func(_, _ any) bool { n++; return true })
	return n
}

// collectors are all of them.
func (m *meters) collectors() []prometheus.Collector {
	return []prometheus.Collector{m.served, m.took, m.running, m.open, m.jobs, m.shares}
}

// count counts a request that was answered.
func (m *meters) count(s regapi.Served) {
	m.took.Observe(s.Took.Seconds())
	m.mu.RLock()
	c, ok := m.domains[s.Domain]
	m.mu.RUnlock()
	if !ok {
		c = m.add(s.Domain)
	}
	c[min(max(s.Status/100, 1), len(c))-1].Inc()
}

// add makes the counters of a domain. Only domains that there are have some, so
// that nobody can fill the memory with names.
func (m *meters) add(domain string) (c classes) {
	for i := range c {
		c[i] = m.served.WithLabelValues(domain, strconv.Itoa(i+1)+"xx")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.domains[domain] = c
	return c
}
