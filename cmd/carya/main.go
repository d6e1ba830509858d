// Command carya hosts many domains: directory trees whose scripts are HTTP
// endpoints and whose records are people, roles and whatever the owner keeps.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], stdio{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// stdio is what a verb reads and writes; tests pass buffers.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// run is the whole program: it returns the exit code.
func run(ctx context.Context, args []string, io stdio) int {
	s, err := readSettings(args, os.LookupEnv)
	if err != nil {
		return report(io.err, err, langOf(os.LookupEnv))
	}
	root := rootCommand(s, io)
	root.SetArgs(s.rest)
	return report(io.err, root.ExecuteContext(ctx), s.lang)
}
