package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// benchApp is a domain demo with one person signed in, in this process.
func benchApp(b *testing.B) (a *app, site, ticket string) {
	b.Helper()
	a = newApp(slog.New(slog.DiscardHandler))
	if err := a.open(b.TempDir()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { a.close() })
	if err := a.init(b.Context(), ctl.Job{Domain: "demo", Argv: []string{"auth"}}, ctl.Stdio{Out: io.Discard, Err: io.Discard}); err != nil {
		b.Fatal(err)
	}
	run := func(line string) string {
		var out bytes.Buffer
		if err := a.runScript(b.Context(), ctl.Job{Domain: "demo", Text: line}, ctl.Stdio{Out: &out, Err: io.Discard}); err != nil {
			b.Fatal(line, err)
		}
		return out.String()
	}
	site = gjson.Get(run("obj ~/www -cqn"), "id").String()
	run(`www account ~/www -new '{nm:"anna",nickname:"Anna",phone:"13910110011",passwd:"correct horse battery"}'`)
	ticket = gjson.Get(run(`www auth ~/www anna -p 'correct horse battery' -cqn`), "ticket").String()
	return a, site, ticket
}

// BenchmarkCheckmeOverHTTP compares requests per second of checkme, through its
// script, with those of a bare net/http handler that answers the same bytes from
// a map: in turn, on the same machine, load generator included.
func BenchmarkCheckmeOverHTTP(b *testing.B) {
	a, site, ticket := benchApp(b)
	path := "/api/demo/auth/checkme?site=" + site + "&ticket=" + ticket
	full := httptest.NewServer(a.serveHTTP(false))
	defer full.Close()
	bare := httptest.NewServer(bareHandler(b, full.URL+path, ticket))
	defer bare.Close()
	const round, rounds = 250 * time.Millisecond, 10
	hammer(b, bare.URL, path, round) // warm
	hammer(b, full.URL, path, round)
	var nFull, nBare float64
	for b.Loop() {
		for range rounds { // in turn: what else the machine does falls on both
			nBare += float64(hammer(b, bare.URL, path, round))
			nFull += float64(hammer(b, full.URL, path, round))
		}
	}
	seconds := float64(b.N*rounds) * round.Seconds()
	b.ReportMetric(nFull/nBare, "checkme/bare")
	b.ReportMetric(nBare/seconds, "bare-req/s")
	b.ReportMetric(nFull/seconds, "checkme-req/s")
}

// bareHandler answers what url answers, by ticket, from a map.
func bareHandler(b *testing.B, url, ticket string) http.Handler {
	b.Helper()
	resp, err := http.Get(url)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || !gjson.GetBytes(body, "ok").Bool() {
		b.Fatalf("%v %s", err, body)
	}
	answers := map[string][]byte{ticket: body}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := answers[r.URL.Query().Get("ticket")]
		if !ok {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/json; charset=utf-8")
		h.Set("Content-Length", strconv.Itoa(len(body)))
		w.Write(body)
	})
}

// hammer sends the same request on 16 connections for d and counts answers.
func hammer(b *testing.B, url, path string, d time.Duration) int64 {
	b.Helper()
	addr := strings.TrimPrefix(url, "http://")
	request := []byte("GET " + path + " HTTP/1.1\r\nHost: " + addr + "\r\n\r\n")
	var n atomic.Int64
	var wg sync.WaitGroup
	end := time.Now().Add(d)
	for range 16 {
		wg.Go(func() {
			done, err := hammerOne(addr, request, end)
			if err != nil {
				b.Error(err)
			}
			n.Add(done)
		})
	}
	wg.Wait()
	return n.Load()
}

func hammerOne(addr string, request []byte, end time.Time) (n int64, err error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	r := bufio.NewReaderSize(c, 16<<10)
	for time.Now().Before(end) {
		if _, err := c.Write(request); err != nil {
			return n, err
		}
		if err := skipAnswer(r); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// skipAnswer reads one answer of known length that must be a 200.
func skipAnswer(r *bufio.Reader) error {
	length := 0
	for first := true; ; first = false {
		line, err := r.ReadSlice('\n')
		switch {
		case err != nil:
			return err
		case first && !bytes.HasPrefix(line, []byte("HTTP/1.1 200")):
			return fmt.Errorf("answer %q", line)
		case bytes.HasPrefix(line, []byte("Content-Length: ")):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[16:]))); err != nil {
				return err
			}
		case len(line) <= 2:
			_, err := r.Discard(length)
			return err
		}
	}
}

// BenchmarkCheckmeScript is one run of checkme's script, compiled once, without
// HTTP.
func BenchmarkCheckmeScript(b *testing.B) {
	a, site, ticket := benchApp(b)
	script, err := a.registry.CompileText("www checkme id:${http-qs-site?unkonw} ${http-qs-ticket?-nil-} -ajax -cqn", shell.CompileOptions{File: "checkme", Endpoint: true})
	if err != nil {
		b.Fatal(err)
	}
	d, err := a.root.Domain("demo")
	if err != nil {
		b.Fatal(err)
	}
	vars := shell.MapVars{"http-qs-site": site, "http-qs-ticket": ticket}
	var out bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		if err := script.Run(context.Background(), &shell.Env{Domain: d, Who: domain.API, Vars: vars, Out: &out}); err != nil {
			b.Fatal(err)
		}
	}
	if !gjson.GetBytes(out.Bytes(), "ok").Bool() {
		b.Fatal(out.String())
	}
}
