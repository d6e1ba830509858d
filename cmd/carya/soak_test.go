package main

import (
	"context"
	"fmt"
	"math"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestSoak has three domains on one server, one of them attacked in all ways at once for
// CARYA_SOAK (10m, say; `make soak`): the answers of the others stay right, their p99 stays
// within three times what it is while nobody attacks, and the memory stays bounded. Load
// that comes and goes with the machine falls on both, for calm and attack are measured in
// turn.
func TestSoak(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("CARYA_SOAK"))
	if err != nil {
		t.Skip("CARYA_SOAK=10m runs it")
	}
	s := besieged(t, "one", "two")
	round := min(length/4, 30*time.Second)
	var calm, held [2]latencies
	use := func(to *[2]latencies, d time.Duration) {
		ctx, cancel := context.WithTimeout(t.Context(), d)
		defer cancel()
		var both sync.WaitGroup
		for i, name := range []string{"one", "two"} {
			both.Go(func() {
				l := s.use(ctx, name, 4, 10*time.Millisecond)
				to[i].list, to[i].wrong = append(to[i].list, l.list...), append(to[i].wrong, l.wrong...)
			})
		}
		both.Wait()
	}
	use(&calm, round/4)
	calm = [2]latencies{}
	idle, most := s.residentMiB(t), 0.0
	var firstHalf, secondHalf float64
	for end, half := time.Now().Add(length), time.Now().Add(length/2); time.Now().Before(end); {
		use(&calm, round/2)
		stop := s.begin(t.Context())
		s.everything()
		watch := s.watchResident(t, &most)
		use(&held, round)
		watch()
		stop()
		if time.Now().Before(half) {
			firstHalf = math.Max(firstHalf, most)
		} else {
			secondHalf = math.Max(secondHalf, most)
		}
	}
	for i, name := range []string{"one", "two"} {
		a, b := calm[i].at(.99), held[i].at(.99)
		t.Logf("%s: p50 %v, under attack %v; p99 %v, under attack %v (%.1f times); %d answers, %d wrong",
			name, calm[i].at(.5), held[i].at(.5), a, b, float64(b)/float64(a), len(held[i].list), len(held[i].wrong))
		if len(held[i].wrong) > 0 {
			t.Errorf("%s: %d wrong answers: %.300s", name, len(held[i].wrong), held[i].wrong[0])
		}
		if b > 3*a {
			t.Errorf("%s: p99 is %v, without an attack %v", name, b, a)
		}
	}
	t.Logf("resident %.0f MiB, at most %.0f; %d requests of the attack", idle, most, s.sent.Load())
	if most > soakResident {
		t.Errorf("the server takes %.0f MiB", most)
	}
	if secondHalf > 1.5*firstHalf && firstHalf > 0 {
		t.Errorf("memory grows: %.0f MiB in the first half, %.0f in the second", firstHalf, secondHalf)
	}
}

// soakResident bounds the memory in MiB: the share of bodies, and the rest of the server.
const soakResident = 256 + 256

// everything attacks in all ways at once.
func (s *siege) everything() {
	s.slowBodies(200, 9)
	s.deafReaders(20, 5)
	s.posts(1, 1, "form", formType, "a="+strings.Repeat("x", 10<<20))
	s.posts(2, 2, "form", formType, strings.Repeat("site&", 850<<10/5))
	s.posts(1, 1, "form", "application/json", `{"a":[1`+strings.Repeat(",1", 150_000)+"]}")
	s.posts(1, 1, "signed", "multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n"+strings.Repeat("x", 4<<20)+"\r\n--B--\r\n")
	s.posts(4, 4, "slow", "text/plain", "x")
	s.gets(4, 4, "fetch")
	s.gets(100, 10, "events")
}

// gets ask an endpoint and read what comes, as long as it comes.
func (s *siege) gets(n, addresses int, name string) {
	s.each(n, addresses, func(conn net.Conn) {
		fmt.Fprintf(conn, "GET /api/bad/%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", name)
		buf := make([]byte, 32<<10)
		for {
			if _, err := conn.Read(buf); err != nil {
				return
			}
		}
	})
}
