package main

import (
	"os"
	"runtime"
)

// overlap has Go run two more goroutines at once than there are processors, or twice as
// many when there is one. Go takes a processor from who computes after 10 ms, the system
// from a thread that computes as soon as one wakes up that has slept: so a short request
// beside scripts that compute, and beside the collector, waits about half as long (make
// soak, on two processors). Not where GOMAXPROCS is given, nor where the process may use
// less than the machine's processors, by a container's quota: it would use its share up
// early and then be held up.
func overlap() {
	if n := runtime.NumCPU(); os.Getenv("GOMAXPROCS") == "" && runtime.GOMAXPROCS(0) == n {
		runtime.GOMAXPROCS(n + min(n, 2))
	}
}
