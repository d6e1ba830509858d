package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/caryahq/carya/cmd/carya/jobpool"
)

// jobMeters tell of streams of events and of jobs, by domain. A domain without any is
// not named.
type jobMeters struct {
	a       *app
	missed  *prometheus.CounterVec // carya_cron_missed_total
	streams *prometheus.Desc
	running *prometheus.Desc
	waiting *prometheus.Desc
	lag     *prometheus.Desc
	used    *prometheus.Desc
}

func newJobMeters(a *app) *jobMeters {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, []string{"domain"}, nil)
	}
	return &jobMeters{
		a:       a,
		missed:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "carya_cron_missed_total", Help: "Times at which a job did not begin, by domain and reason (down, running, waiting, share, stopped)."}, []string{"domain", "why"}),
		streams: desc("carya_streams_open", "Streams of events that are open."),
		running: desc("carya_cron_running", "Jobs that run."),
		waiting: desc("carya_cron_waiting", "Jobs whose time has come and that wait for their turn."),
		lag:     desc("carya_cron_lag_seconds", "How long the job that waits longest has waited."),
		used:    desc("carya_cron_used_seconds", "Running time of jobs within the last hour; the share cron bounds it."),
	}
}

// Describe implements prometheus.Collector.
func (m *jobMeters) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.streams, m.running, m.waiting, m.lag, m.used} {
		to <- d
	}
	m.missed.Describe(to)
}

// Collect implements prometheus.Collector.
func (m *jobMeters) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, domain string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, domain)
	}
	for name, n := range m.a.handler().Streams() {
		gauge(m.streams, float64(n), name)
	}
	for name, l := range m.loads() {
		gauge(m.running, float64(l.Running), name)
		gauge(m.waiting, float64(l.Waiting), name)
		gauge(m.lag, l.Lag.Seconds(), name)
		gauge(m.used, l.Used.Seconds(), name)
	}
	m.missed.Collect(to)
}

func (m *jobMeters) loads() map[string]jobpool.Load {
	if c := m.a.cron.Load(); c != nil {
		return c.pool.Loads()
	}
	return nil
}
