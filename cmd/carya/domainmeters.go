package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/regapi/share"
)

// domainMeters are what /metrics tells of each open domain: what it holds of its shares,
// and what it was refused. A domain that is closed has no series, so that there are no
// more of them than domains in use.
type domainMeters struct {
	a    *app
	disk diskUse

	slots, queue, coming, memory, spilled, turns, refused, files, bound, proxy *prometheus.Desc
}

var _ prometheus.Collector = (*domainMeters)(nil)

func newDomainMeters(a *app) *domainMeters {
	of := func(name, help string, more ...string) *prometheus.Desc {
		return prometheus.NewDesc("carya_domain_"+name, help, append([]string{"domain"}, more...), nil)
	}
	return &domainMeters{
		a:       a,
		slots:   of("slots", "Slots that the domain's scripts hold."),
		queue:   of("queue", "Requests that wait for a slot."),
		coming:  of("bodies_coming", "Requests whose body is on its way."),
		memory:  of("body_bytes", "Memory that bodies of requests, what is parsed of them, and scripts of requests take."),
		spilled: of("body_disk_bytes", "Disk that bodies of requests take."),
		turns:   of("turns_total", "Turns of long work that the domain has taken, of up to 10 ms each."),
		refused: of("refused_total", "Requests that were refused because a share was used up, by share.", "share"),
		files:   of("disk_bytes", "Bytes of the files in the domain's folder, looked at every quarter of an hour."),
		bound:   of("share", "What the domain may hold; none for a share without a bound.", "share"),
		proxy:   prometheus.NewDesc("carya_untrusted_proxy", "1 when a peer of a private network named other clients and is not trusted: they all count as one address.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (m *domainMeters) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.slots, m.queue, m.coming, m.memory, m.spilled, m.turns, m.refused, m.files, m.bound, m.proxy} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (m *domainMeters) Collect(to chan<- prometheus.Metric) {
	proxy := 0.0
	if m.a.handler().UntrustedProxy() != "" {
		proxy = 1
	}
	to <- prometheus.MustNewConstMetric(m.proxy, prometheus.GaugeValue, proxy)
	m.a.domains.Range(func(_, d any) bool {
		m.domain(d.(*domain.Domain), to)
		return true
	})
}

func (m *domainMeters) domain(d *domain.Domain, to chan<- prometheus.Metric) {
	name, u := d.Name(), m.a.handler().Usage(d)
	gauge := func(desc *prometheus.Desc, v float64, more ...string) {
		to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, v, append([]string{name}, more...)...)
	}
	gauge(m.slots, float64(u.Slots))
	gauge(m.queue, float64(u.Queue))
	gauge(m.coming, float64(u.Coming))
	gauge(m.memory, float64(u.Memory))
	gauge(m.spilled, float64(u.Disk))
	to <- prometheus.MustNewConstMetric(m.turns, prometheus.CounterValue, float64(u.Turns), name)
	for _, k := range share.Kinds() {
		to <- prometheus.MustNewConstMetric(m.refused, prometheus.CounterValue, float64(u.Refused[k]), name, k.String())
	}
	if n, ok := m.disk.of(d, time.Now()); ok {
		gauge(m.files, float64(n))
	}
	for text, n := range d.Grants().Shares.Each() {
		gauge(m.bound, float64(n), text)
	}
}
