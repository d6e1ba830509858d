package main

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// BenchmarkOthersUnderAttack compares the requests per second of a domain while another is
// attacked with those while nobody is, in turn in the same run: 2,000 slow bodies from 9
// addresses and 90 more, 40 readers that do not read, forms of 10 MB. resident/idle is the
// most memory the server had over what it had under the same use without an attack.
func BenchmarkOthersUnderAttack(b *testing.B) {
	s := besieged(b, "good")
	const round = 3 * time.Second
	hammer(b, s.url, "/api/good/page", round)
	idle := s.residentMiB(b)
	most, calm, held := idle, 0.0, 0.0
	for b.Loop() {
		for range 3 {
			calm += float64(hammer(b, s.url, "/api/good/page", round))
			stop := s.attack(b, "bodies")
			time.Sleep(2 * time.Second) // until it is there
			watch := s.watchResident(b)
			held += float64(hammer(b, s.url, "/api/good/page", round))
			most = max(most, slices.Max(watch()))
			stop()
		}
	}
	b.ReportMetric(held/calm, "attacked/calm")
	b.ReportMetric(most/idle, "resident/idle")
	b.ReportMetric(most, "resident-MiB")
	b.ReportMetric(held/float64(b.N)/3/round.Seconds(), "req/s")
}

// BenchmarkWorstRequest tells what processor time the dearest request takes that a
// stranger can send.
func BenchmarkWorstRequest(b *testing.B) {
	s := besieged(b)
	worst := 0.0
	for b.Loop() {
		for _, q := range []struct{ name, kind, body string }{
			{"form", formType, strings.Repeat("site&", 850<<10/5)},
			{"form", formType, "a=" + strings.Repeat("x", 10<<20)},
			{"form", formType, "a=" + strings.Repeat("%41", 8<<20/3-10)},
			{"form", "application/json", `{"a":[1` + strings.Repeat(",1", 199_000) + `],"b":"` + strings.Repeat(`\u0041`, 1<<20) + `"}`},
			{"form", "multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"a\"; filename=\"f\"\r\n\r\n" + strings.Repeat("\r\n--", 7<<20) + "\r\n--B--\r\n"},
			{"body", "text/plain", strings.Repeat("x", 31<<20)},
		} {
			before := s.processor(b)
			s.do("POST", "bad/"+q.name, nil, q.kind, q.body)
			worst = math.Max(worst, (s.processor(b) - before).Seconds())
		}
	}
	b.ReportMetric(worst, "cpu-s/request")
}
