// Command stores measures the embedded engine of ThingSets beside SQLite and
// bbolt that do the same work, in one run on one disk, and draws the figures.
//
//	go run . [-n 1000000] [-svg FILE] [-o FILE] [-commit HASH]
//
// Each engine runs in a process of its own, so that its memory can be told.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// figure is one thing measured.
type figure struct {
	Name   string  `json:"name"`
	Unit   string  `json:"unit"`
	Value  float64 `json:"value"`
	Better string  `json:"better"` // "more" or "less"
}

// report is all that was measured of one engine.
type report struct {
	Engine  string   `json:"engine"`
	Figures []figure `json:"figures"`
}

func main() {
	n := flag.Int("n", 1_000_000, "accounts")
	svg := flag.String("svg", "", "draw the figures into this file")
	out := flag.String("o", "", "keep the figures in this file")
	commit := flag.String("commit", "unknown", "what is measured, for the record")
	engine := flag.String("engine", "", "measure this one only, as JSON")
	flag.Parse()
	if *engine != "" {
		fail(json.NewEncoder(os.Stdout).Encode(measure(*engine, *n)))
		return
	}
	reports := all(*n)
	print(os.Stdout, reports, *n, *commit)
	if *out != "" {
		f, err := os.Create(*out)
		fail(err)
		print(f, reports, *n, *commit)
		fail(f.Close())
	}
	if *svg != "" {
		fail(os.WriteFile(*svg, draw(reports, *n), 0o644))
	}
}

// all measures every engine in a process of its own.
func all(n int) (list []report) {
	self, err := os.Executable()
	fail(err)
	for _, name := range engineNames {
		fmt.Fprintln(os.Stderr, "measuring", name)
		cmd := exec.Command(self, "-engine", name, "-n", strconv.Itoa(n))
		cmd.Stderr = os.Stderr
		text, err := cmd.Output()
		fail(err)
		var r report
		fail(json.Unmarshal(text, &r))
		list = append(list, r)
	}
	return list
}

// processor is what the machine calls its processor.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	_, rest, _ := strings.Cut(string(text), "model name")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), ":"))
}

func print(w io.Writer, list []report, n int, commit string) {
	fmt.Fprintf(w, "# stores: %d accounts of about 1 KB; %s, %s, %d processors, commit %s, %s\n",
		n, runtime.Version(), processor(), runtime.NumCPU(), commit, time.Now().Format(time.DateOnly))
	fmt.Fprintf(w, "%-34s %-9s", "figure", "unit")
	for _, r := range list {
		fmt.Fprintf(w, " %12s", r.Engine)
	}
	fmt.Fprintln(w)
	for i, f := range list[0].Figures {
		fmt.Fprintf(w, "%-34s %-9s", f.Name, f.Unit)
		for _, r := range list {
			fmt.Fprintf(w, " %12s", short(r.Figures[i].Value))
		}
		fmt.Fprintln(w)
	}
}

func short(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "stores:", err)
		os.Exit(1)
	}
}
